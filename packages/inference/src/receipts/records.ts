import { ADDRESSES } from '@opengradient/contracts'
import {
  type Address,
  assembleBundle,
  type Bundle,
  type BundleZk,
  batchToJson,
  type ChainEvidence,
  type Hex,
  type Inclusion,
  OgError,
  parseExecution,
  parseRequestSecret,
  receiptToJson,
  recoverAddress,
  requestIdOf,
} from '@opengradient/protocol'
import { UNIT_NUMBER } from '../chain/view.ts'
import type { Answer, BatchCommit } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Known } from '../journal/reader.ts'
import { requireReleased } from '../payment/released.ts'
import { BatchTrees } from './batchTrees.ts'

/** What a bundle needs to have proven about an answer; the `client` package's `EvidenceQuery`. */
export interface EvidenceNeed {
  node: Address
  key: Address
  modelId: Hex
  unit: number[]
  paymentId?: Hex
  batch?: bigint
}

export interface RecordsOptions {
  journal: Journal
  chainId: number
  /** A model's manifest and author. */
  manifestOf: (modelId: Hex) => Promise<{ author: Address; manifestBytes: Uint8Array }>
  /** The zk proof of an answer with the model's file as published; nothing for other levels, and while it is not made. */
  zkOf?: (requestId: Hex, modelId: Hex) => Promise<BundleZk | undefined>
  /** Proofs from the chain, at the block `height` if one is named. */
  evidence: (need: EvidenceNeed, height: number | undefined) => Promise<ChainEvidence>
}

/** How long a caller waits before it asks again for what is not there yet. */
const RETRY_MS = 2000

/**
 * What the node tells about its answers: to anybody the receipt and its place in a batch, to who holds the secret everything. Of an answer that
 * waits for its payment nothing: each of these throws `NODE_REQUEST_PENDING` then, or `SETTLEMENT_REVERTED`.
 */
export class Records {
  readonly #options: RecordsOptions
  readonly #trees = new BatchTrees()

  constructor(options: RecordsOptions) {
    this.#options = options
  }

  /** The receipt, how its payment stands, and where it is anchored. Public. @throws OgError `NODE_REQUEST_UNKNOWN` */
  receipt(requestId: Hex): object {
    const { known, answer } = this.#find(requestId)
    return {
      receipt: receiptToJson(answer.receipt),
      signature: answer.signature,
      receiptHash: answer.receiptHash,
      state: known.state,
      ...(known.reason !== undefined && { reason: known.reason }),
      ...(known.settlement && { settlement: known.settlement }),
      ...(known.sequence !== undefined && { batch: known.sequence.toString() }),
    }
  }

  /** The receipt's path in a committed batch. Public. @throws OgError `NODE_REQUEST_UNKNOWN`, `BATCH_NOT_ANCHORED`, `NODE_BACKLOG` */
  async inclusion(requestId: Hex): Promise<object> {
    const { known, answer } = this.#find(requestId)
    const found = await this.#inclusion(known, answer)
    if (!found)
      throw new OgError('BATCH_NOT_ANCHORED', 'The receipt is in no committed batch yet.', { details: { retryAfterMs: RETRY_MS } })
    const { leaf, path, batch, signature } = found.inclusion
    const { tx, block } = found.commit
    return { leaf, path, batch: batchToJson(batch), signature, tx, block }
  }

  /** A committed batch with its leaves, from which anybody recomputes root and count. Public. @throws OgError `BATCH_NOT_ANCHORED` */
  batch(sequence: bigint): object {
    const stored = this.#options.journal.batch(sequence)
    if (!stored?.commit) throw new OgError('BATCH_NOT_ANCHORED', `There is no committed batch ${sequence} here.`)
    const { batch, receiptHashes, commit } = stored
    return { batch: batchToJson(batch), signature: commit.signature, tx: commit.tx, block: commit.block, receiptHashes }
  }

  /** The answer as it was released, with its execution record. @throws OgError `NODE_REQUEST_UNKNOWN` also if the secret is wrong */
  answer(requestId: Hex, secret: string | undefined): Answer {
    this.#checkSecret(requestId, secret)
    return this.#find(requestId).answer
  }

  /** The execution record as it was released. @throws OgError `NODE_REQUEST_UNKNOWN`, `NODE_REQUEST_SEALED` */
  execution(requestId: Hex, secret: string | undefined): Uint8Array {
    const { execution, sealed: hash } = this.answer(requestId, secret)
    if (hash !== undefined) throw sealed(requestId)
    return execution
  }

  /**
   * Everything needed to verify the answer offline, the request itself excepted: the node does not keep it.
   * @param withChain proofs from the chain, which need the full node
   * @throws OgError `NODE_REQUEST_SEALED`: only the caller can put the bundle together; `NODE_BACKLOG`
   */
  async bundle(requestId: Hex, secret: string | undefined, withChain: boolean): Promise<Bundle> {
    this.#checkSecret(requestId, secret)
    const { chainId, manifestOf, zkOf } = this.#options
    const { known, answer } = this.#find(requestId)
    if (answer.sealed !== undefined) throw sealed(requestId)
    const { receipt, signature } = answer
    const zk = await zkOf?.(requestId, receipt.modelId)
    const { author, manifestBytes: manifest } = await manifestOf(receipt.modelId)
    const found = await this.#inclusion(known, answer)
    const payment = known.reservation && { ...paymentOf(known.reservation) }
    return assembleBundle({
      network: { chainId, settlement: ADDRESSES.settlement },
      receipt,
      signature,
      execution: answer.execution,
      manifest,
      author,
      response: { contentType: answer.contentType, body: answer.body },
      ...(payment && { payment }),
      ...(zk && { zk }),
      ...(found && { inclusion: found.inclusion }),
      ...(withChain && { chain: await this.#evidence(known, answer, found?.commit) }),
    })
  }

  /** Proofs in the block that anchors the receipt last, so that key and price are those of its time; in the newest if none does. */
  #evidence(known: Known, answer: Answer, commit: BatchCommit | undefined): Promise<ChainEvidence> {
    const { receipt, receiptHash, signature } = answer
    const unit = parseExecution(answer.execution).quote.map((line) => UNIT_NUMBER[line.unit])
    const need: EvidenceNeed = {
      node: receipt.node,
      key: recoverAddress(receiptHash, signature),
      modelId: receipt.modelId,
      unit,
      ...(receipt.price > 0n && { paymentId: receipt.paymentId }),
      ...(commit && known.sequence !== undefined && { batch: known.sequence }),
    }
    const height = Math.max(known.settlement?.block ?? 0, commit?.block ?? 0)
    return this.#options.evidence(need, height > 0 ? height : undefined)
  }

  async #inclusion(known: Known, { receiptHash }: Answer): Promise<{ inclusion: Inclusion; commit: BatchCommit } | undefined> {
    const stored = known.sequence === undefined ? undefined : this.#options.journal.batch(known.sequence)
    if (!stored?.commit) return undefined
    const { batch, commit } = stored
    return { inclusion: { ...(await this.#trees.place(stored, receiptHash)), batch, signature: commit.signature }, commit }
  }

  #find(requestId: Hex): { known: Known; answer: Answer } {
    const known = this.#options.journal.find(requestId)
    if (known?.at) requireReleased(known)
    const answer = known && this.#options.journal.load(known)
    if (!answer) throw unknown(requestId)
    return { known, answer }
  }

  #checkSecret(requestId: Hex, secret: string | undefined): void {
    if (secret === undefined || requestIdOf(parseRequestSecret(secret)) !== requestId) throw unknown(requestId)
  }
}

function paymentOf({ payer, nonce, value, validAfter, validBefore, signature }: NonNullable<Known['reservation']>) {
  return { scheme: 'exact' as const, asset: ADDRESSES.wopg, payer, nonce, value, validAfter, validBefore, signature }
}

function sealed(requestId: Hex): OgError {
  return new OgError(
    'NODE_REQUEST_SEALED',
    `The answer to request ${requestId} is sealed to its caller. GET /v1/receipts/${requestId}/response gives it, sealed, with its execution record inside.`,
  )
}

function unknown(requestId: Hex): OgError {
  return new OgError(
    'NODE_REQUEST_UNKNOWN',
    `There is no answer to request ${requestId} here, or the secret is not the one of that request.`,
  )
}
