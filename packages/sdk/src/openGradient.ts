import {
  type ChainClient,
  connect as connectChain,
  createWriter,
  type Http,
  type Sent,
  timely,
  type Writer,
  webHttp,
} from '@opengradient/client'
import type { HeldRecord } from '@opengradient/contracts/slots'
import { type Hex, type NetworkFile, OgError, type Receipt, type SignedReceipt } from '@opengradient/protocol'
import { kindOf, options, takeAll } from '@opengradient/protocol/take'
import type { LocalAccount } from 'viem'
import { type AnswerBook, type AnswerEntry, type AnswerSummary, memoryBook } from './answers/book.ts'
import { type Equivocation, equivocation, type Reported, report } from './answers/equivocation.ts'
import { settledInstead } from './answers/settledInstead.ts'
import { type BundleOptions, type StoredBundle, storedBundle } from './answers/stored.ts'
import { checked } from './checked.ts'
import type { Context, SdkPolicy } from './context.ts'
import { CONNECT } from './given.ts'
import type { InferResult } from './infer/conclude.ts'
import { type InferOptions, infer } from './infer/infer.ts'
import { recover } from './infer/recover.ts'
import { fileSource } from './models/load.ts'
import { type Models, modelsOf } from './models/models.ts'
import { type Published, type PublishOptions, publish } from './models/publish.ts'
import { accept, type Challenged, challenge, collect, heldOf, type Redress, redress } from './pay/held.ts'
import { dayOf, memoryLedger, type SpendLedger } from './pay/ledger.ts'
import { sealing } from './tee/channel.ts'
import type { InputValue } from './tensor/values.ts'
import { type Wallet, walletOf } from './wallet.ts'

/** Which network, who pays, and what every answer has to reach. */
export interface ConnectOptions {
  /** What to trust and where to ask. */
  network: NetworkFile
  /** Ask this RPC instead of those of the network file. */
  rpcUrl?: string
  /** Signs payments and transactions; without one only free models can be asked. */
  account?: LocalAccount
  policy: SdkPolicy
  /** Addresses of stores that hold manifests and files. */
  stores?: readonly string[]
  /** The store that `publish` uploads to. */
  upload?: { url: string; token: string }
  /** Counts what is spent (in memory: forgotten at the end of the process). */
  ledger?: SpendLedger
  /** Keeps requests and answers (in memory). */
  book?: AnswerBook
  fetch?: typeof globalThis.fetch
  /** Sends requests to nodes; see `Http`. */
  nodeHttp?: Http
  /** Unix seconds. */
  now?: () => number
}

/** Calls models, pays for them, and gives out only what it could verify. */
export interface OpenGradient {
  /** The chain as this network file lets it be seen. */
  readonly chain: ChainClient
  /**
   * Asks a model (`owner/name` or model id) and verifies the answer.
   *
   * @example
   * const { outputs, verdict } = await og.infer('alice/volatility', { x: Float32Array.of(0.1, 0.2) })
   * @throws OgError refused before anything was sent: `INPUT_*`, `MODEL_*`, `POLICY_*`, `PAYMENT_INSUFFICIENT_BALANCE`, and at level tee `EVIDENCE_*`,
   * `KEYSET_MALFORMED`, `ATTESTATION_MALFORMED`; the answer is wrong: `VERIFICATION_FAILED` (`details.verdict`); outcome unknown:
   * `NODE_UNREACHABLE`, `NODE_RESPONSE_INVALID`, `NODE_REQUEST_PENDING`, and for sealed answers that do not open `CHANNEL_*` (`details.requestId`,
   * see `recover`)
   */
  infer(model: string, inputs: Readonly<Record<string, InputValue>>, options?: InferOptions): Promise<InferResult>
  /**
   * Looks, proven and without signing anything, where the payment of a request of level zk is, and says what its payer can do: also when no answer
   * or proof ever came. Amounts of what it would cost are in it.
   *
   * @example
   * const { can, deposit, gas, until } = await og.redress(requestId)
   * if (can === 'challenge') await og.challenge(requestId)
   */
  redress(answer: Hex | Receipt): Promise<Redress>
  /**
   * Demands the proof of an answer of level zk on chain, within 3,600 blocks after its settlement. The deposit pays for the proof; without
   * one in 21,600 blocks `collect` brings price, deposit and a penalty. Takes a request id of the book, or the receipt; of a request without an
   * answer the receipt is looked up in the block that settled it. A payment is challenged once.
   *
   * @throws OgError `PAYMENT_NOT_HELD` (with the state of the payment), `NODE_REQUEST_UNKNOWN`, `RECEIPT_MISSING`, and as `Writer.send`
   */
  challenge(answer: Hex | Receipt): Promise<Challenged>
  /** Takes price, deposit and penalty of a challenge that was not answered in 21,600 blocks; they become the account's credit. @throws OgError as `challenge` */
  collect(answer: Hex | Receipt): Promise<Sent>
  /** Has an answer of level zk paid at once, before anybody could challenge it: for those who verified the proof. */
  accept(answer: Hex | Receipt): Promise<Sent>
  /**
   * Asks again for the answer to a request whose outcome is unknown, or whose answer was refused: altered on its way, its node still has it. Never
   * pays twice.
   *
   * @throws OgError as `infer` of an answer; `NODE_REQUEST_UNKNOWN` and `NODE_UNREACHABLE` say what the chain proves of the payment: settled
   * (`details.settledFor`), or not, and until when it still can be (`details.voidAt`, unix seconds). `infer` pays anew
   */
  recover(requestId: Hex, onProof?: InferOptions['onProof']): Promise<InferResult>
  /** The bundle of an earlier answer with the newest evidence, and what it proves now. */
  bundle(requestId: Hex, options?: BundleOptions): Promise<StoredBundle>
  /**
   * Looks, proven and without signing anything, whether two receipts show that their node signed twice for one payment (`NODE_SIGNED_TWICE` holds
   * both in its details; a `Bundle` is one, too), and says what reporting them brings and costs.
   *
   * @throws OgError `RECEIPT_NO_EQUIVOCATION` (says what is missing), `NODE_BOND_GONE`
   */
  equivocation(first: SignedReceipt, second: SignedReceipt): Promise<Equivocation>
  /**
   * The receipt that the payment of this one was settled for, out of the transaction that did it, if it is another one: then its node signed twice.
   * Undefined if the payment is settled for this one, or not yet.
   *
   * @throws OgError `RECEIPT_MISSING` when the RPC shows no such transaction
   */
  settledInstead(first: SignedReceipt): Promise<SignedReceipt | undefined>
  /**
   * Reports a node that signed twice for one payment: it loses its bond, 5 % of which becomes the account's credit (`wallet.withdraw`). The first
   * report counts.
   *
   * @example
   * const error = await og.bundle(requestId).catch((error) => error)
   * const { first, second } = error.details as { first: SignedReceipt; second: SignedReceipt } // of `NODE_SIGNED_TWICE`
   * await og.report(first, second)
   * @throws OgError as `equivocation`, and as `Writer.send`
   */
  report(first: SignedReceipt, second: SignedReceipt): Promise<Reported>
  /** Uploads a model and publishes it as the next version of its name. */
  publish(options: PublishOptions): Promise<Published>
  readonly models: Models
  readonly receipts: {
    /** Newest first. */
    list(): Promise<AnswerSummary[]>
    /** One request, and the hash of the receipt that its payment was settled for, if it was. */
    get(requestId: Hex): Promise<(AnswerEntry & { settledFor: Hex | undefined; held: HeldRecord | undefined }) | undefined>
    /** Where the payment of an answer of level zk is: held, challenged, released or failed. */
    held(requestId: Hex): Promise<HeldRecord | undefined>
  }
  readonly wallet: Wallet
}

const GIVEN = [['what connect is given', options(CONNECT)]] as const

/**
 * Connects to a network. Nothing is asked until it is needed.
 *
 * @param strangers sends requests to nodes where nothing else is given for it; over `fetch` by default
 */
export function connectTo(given: ConnectOptions, strangers?: Http): OpenGradient {
  const [taken] = takeAll(GIVEN, [given]) as [ConnectOptions]
  const context = contextOf(taken, strangers)
  const { book, chain } = context
  return checked({
    chain,
    infer: (model, inputs, inferOptions) => infer(context, model, inputs, inferOptions),
    redress: (answer) => redress(context, answer),
    challenge: (answer) => challenge(context, answer),
    collect: (answer) => collect(context, answer),
    accept: (answer) => accept(context, answer),
    recover: (requestId, onProof) => recover(context, requestId, onProof),
    bundle: (requestId, bundleOptions) => storedBundle(context, requestId, bundleOptions),
    equivocation: (first, second) => equivocation(context, first, second),
    settledInstead: (first) => settledInstead(context, first),
    report: (first, second) => report(context, first, second),
    publish: (publishOptions) => publish(context, publishOptions),
    models: modelsOf(context),
    receipts: {
      list: () => book.list(),
      async get(requestId) {
        const entry = await book.get(requestId)
        const paymentId = entry?.bundle?.receipt.paymentId ?? entry?.paymentId
        if (entry === undefined) return undefined
        return { ...entry, settledFor: paymentId && (await chain.settled(paymentId)), held: await heldOf(context, requestId) }
      },
      held: (requestId) => heldOf(context, requestId),
    },
    wallet: walletOf(context, () => context.ledger.spent(dayOf(context.now()))),
  })
}

function contextOf(options: ConnectOptions, strangers: Http | undefined): Context {
  const { network, account, policy, fetch = globalThis.fetch } = options
  const now = secondsOf(options.now ?? (() => Date.now() / 1000))
  const ownHttp = webHttp(fetch)
  const chain = connectChain({ network, now, fetch, ...(options.rpcUrl === undefined ? {} : { rpcUrl: options.rpcUrl }) })
  let writer: Writer | undefined
  return {
    chain,
    account,
    writer() {
      if (!account) throw new OgError('CONFIG_MISSING', 'writing to the chain needs an account; connect with one')
      if (typeof account.signTransaction !== 'function')
        throw new OgError(
          'CONFIG_INVALID',
          'this account signs no transactions: writing to the chain needs one with signTransaction, such as privateKeyToAccount gives',
        )
      writer ??= createWriter({ client: chain, account })
      return writer
    },
    policy,
    ledger: options.ledger ?? memoryLedger(),
    book: options.book ?? memoryBook(),
    files: fileSource(ownHttp, options.stores ?? []),
    upload() {
      if (!options.upload) throw new OgError('CONFIG_MISSING', 'publishing needs a store to upload to; connect with upload: { url, token }')
      return options.upload
    },
    nodeHttp: options.nodeHttp ? timely(options.nodeHttp) : (strangers ?? ownHttp),
    ownHttp,
    now,
    random,
    sleep,
    enclaves: new Map(),
    seal: sealing(now, random),
  }
}

/** A clock in seconds, each time. @throws OgError `CONFIG_INVALID` where it says something else */
function secondsOf(now: () => number): () => number {
  return () => {
    const said: unknown = now()
    if (typeof said === 'number' && said >= 0 && said < MILLISECONDS) return said
    const shown = said === undefined || typeof said === 'number' ? said : kindOf(said)
    throw new OgError('CONFIG_INVALID', `now has to give unix seconds, such as () => Date.now() / 1000; it gave ${shown}`)
  }
}

/** Seconds until the year 5138; what is above counts smaller units. */
const MILLISECONDS = 1e11

const random = (bytes: number): Uint8Array => crypto.getRandomValues(new Uint8Array(bytes))

/** Resolves after `ms`; rejects with the signal's reason when that comes first. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted()
  return new Promise((resolve, reject) => {
    const leave = () => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', leave)
      resolve()
    }, ms)
    signal?.addEventListener('abort', leave, { once: true })
  })
}
