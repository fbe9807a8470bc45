import { ADDRESSES } from '@opengradient/contracts'
import { type Hex, hexToBytes, isOgError } from '@opengradient/protocol'
import { parseTransaction } from 'viem'
import type { GasCall, Included, Sender, SignedTx } from '../chain/sender.ts'
import type { Submission } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { NodeLog } from '../log.ts'

export interface HeldTransactionsOptions {
  readonly journal: Pick<Journal, 'submissions' | 'submitted' | 'requeued'>
  readonly sender: Pick<Sender, 'send' | 'follow' | 'resend' | 'included' | 'used' | 'gasFor'>
  readonly log: NodeLog
}

/** The node's transactions about held payments: each is in the journal before it is sent, and one payment is in one of them at a time. */
export class HeldTransactions {
  readonly #options: HeldTransactionsOptions

  constructor(options: HeldTransactionsOptions) {
    this.#options = options
  }

  /** Payments that are in a transaction whose outcome is not known. */
  busy(): Set<Hex> {
    return new Set(this.#submissions().flatMap(({ paymentIds }) => paymentIds))
  }

  /** A call of `HeldPayments` with the gas for it. @throws OgError `RPC_ERROR` if the chain refuses it */
  async priced(data: Uint8Array): Promise<GasCall> {
    const call = { to: ADDRESSES.heldPayments, data }
    return { ...call, gas: await this.#options.sender.gasFor(call) }
  }

  /** Sends a call about these payments, and waits for its block. */
  send(call: GasCall, paymentIds: Hex[], held: 'release' | 'prove'): Promise<Included> {
    return this.#options.sender.send(call, (signed) => this.#keep(signed, paymentIds, held))
  }

  /** A transaction is in a block and changed nothing: it and what it replaced are over. */
  async drop(tx: Hex): Promise<void> {
    const all = this.#submissions()
    const nonce = all.find((submission) => submission.tx === tx)?.nonce
    for (const submission of all) if (submission.nonce === nonce) await this.#options.journal.requeued(submission.tx, [])
  }

  /**
   * Finds out about every transaction of an earlier run, or an interrupted one, before anything new is sent.
   * @param read writes down how the chain says that payments stand; `included`: the transaction that may have done it
   */
  async reconcile(read: (paymentIds: readonly Hex[], included?: Included) => Promise<void>): Promise<void> {
    const byNonce = new Map<number, Submission[]>()
    for (const submission of this.#submissions()) byNonce.set(submission.nonce, [...(byNonce.get(submission.nonce) ?? []), submission])
    for (const [, candidates] of [...byNonce].sort(([a], [b]) => a - b)) await this.#reconcileOne(candidates, read)
  }

  /** Submissions of one nonce: at most one of them is, or will be, in a block. */
  async #reconcileOne(
    candidates: readonly Submission[],
    read: (paymentIds: readonly Hex[], included?: Included) => Promise<void>,
  ): Promise<void> {
    const { journal, sender, log } = this.#options
    const { nonce, paymentIds, held } = candidates[0]!
    try {
      const included = await this.#outcome(candidates)
      await read(paymentIds, included)
    } catch (error) {
      if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
      log.warn({ nonce, held, reason: error.message, used: await sender.used() }, 'a transaction about held payments was lost')
      for (const { tx } of candidates) await journal.requeued(tx, [])
      await read(paymentIds)
    }
  }

  async #outcome(candidates: readonly Submission[]): Promise<Included> {
    const { sender } = this.#options
    for (const { tx } of candidates) {
      const included = await sender.included(tx)
      if (included) return included
    }
    const { nonce, paymentIds, held } = candidates[0]!
    if ((await sender.used()) <= nonce) await sender.resend(candidates)
    const { to, data, gas } = parseTransaction(candidates.at(-1)!.raw)
    const call = { to: to as Hex, data: hexToBytes(data as Hex), gas: gas! }
    return sender.follow(candidates, call, (signed) => this.#keep(signed, paymentIds, held!))
  }

  #keep({ tx, nonce, raw }: SignedTx, paymentIds: Hex[], held: 'release' | 'prove'): Promise<void> {
    return this.#options.journal.submitted({ tx, nonce, raw, paymentIds, held })
  }

  #submissions(): Submission[] {
    return this.#options.journal.submissions().filter(({ held }) => held !== undefined)
  }
}
