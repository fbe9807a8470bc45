import { ADDRESSES, settlementAbi } from '@opengradient/contracts'
import { type Hex, isOgError, OgError, ZERO_HASH } from '@opengradient/protocol'
import { getAbiItem, toFunctionSelector } from 'viem'
import { affordable } from '../chain/gasMoney.ts'
import type { GasCall, Included, Sender, SignedTx } from '../chain/sender.ts'
import type { ChainView, Head } from '../chain/view.ts'
import { isWithheld, OPEN_STATES, type Submission } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Unsettled } from '../journal/reader.ts'
import type { NodeLog } from '../log.ts'
import { ZK_LEVEL } from '../payment/x402.ts'
import { encodeSettleMany } from './encode.ts'
import { GasModel, type Load } from './gas.ts'
import { type Failure, isFinal, outcomeOf } from './outcome.ts'
import type { ProvePayments, ProveSpent } from './proven.ts'
import { RefusedPayments } from './refused.ts'

export interface SettlerOptions {
  journal: Journal
  view: Pick<ChainView, 'head' | 'refreshHead' | 'payer' | 'balance'>
  prove: ProvePayments
  spent: ProveSpent
  sender: Pick<Sender, 'send' | 'follow' | 'resend' | 'clear' | 'included' | 'used'>
  log: NodeLog
}

const SELECTOR = toFunctionSelector(getAbiItem({ abi: settlementAbi, name: 'settleMany' }))
/** A full node answers nobody while it runs a transaction, so several middling ones are better than one large one (150 would fit). */
const MAX_ENTRIES = 32
/** Transactions under way at once: together they fit a block. */
const MAX_TRANSACTIONS = 8
/** Why a payment waits of which its transaction says nothing. */
const SAID_NOTHING = 'its transaction says nothing of it'
/** Why a payment waits whose transaction is said to have done nothing. */
const REVERTED = 'its transaction reverted as a whole'
/** Settlement takes receipts of the last hour. */
const RECEIPT_WINDOW = 3600

/** Payments by what a block shows of them. */
interface Parts {
  ours: Hex[]
  taken: Hex[]
  rest: Hex[]
  /** Of that block, unix seconds; 0 where none was asked. */
  time: number
}

/** Whether no block of this time or later can settle a payment. */
const isOver = ({ reservation, answer }: Unsettled, time: number): boolean =>
  reservation.validBefore <= BigInt(time) || answer.signed.receipt.issuedAt + BigInt(RECEIPT_WINDOW) < BigInt(time)

/** What costs gas in these. */
const loadOf = (payments: readonly Unsettled[]): Load => ({
  entries: payments.length,
  models: new Set(payments.map(({ reservation }) => reservation.modelId)).size,
  held: payments.filter(({ answer }) => answer.signed.receipt.level === ZK_LEVEL).length,
})

/**
 * Those whose answer waits for it go first. Then those that end first: in a long queue nobody gets a call for nothing by signing for a short time.
 */
const byUrgency = (a: Unsettled, b: Unsettled): number =>
  Number(isWithheld(b)) - Number(isWithheld(a)) || Number(a.reservation.validBefore - b.reservation.validBefore)

/**
 * Turns queued answers into money, and finds out what became of every transaction whose outcome is not known. A payment is in one
 * transaction at a time; one of unknown outcome is looked up, never sent again in another transaction while it may still succeed. Whether a
 * payment is settled is proven, not told: an RPC that lies can keep money from the node for as long as it is asked, and no longer.
 */
export class Settler {
  readonly #options: SettlerOptions
  readonly #gas = new GasModel()
  readonly #refused: RefusedPayments

  constructor(options: SettlerOptions) {
    this.#options = options
    this.#refused = new RefusedPayments(options)
  }

  /** Gas that a transaction which settles one payment may use. */
  leastGas(blockGasLimit: bigint): bigint {
    return this.#gas.limit({ entries: 1, models: 1, held: 0 }, blockGasLimit)
  }

  /** Settles what is queued, as much as fits one block, and as there is money for. @returns how many payments were tried */
  async settle(): Promise<number> {
    const head = await this.#options.view.refreshHead()
    const due = await this.#refused.due(head.timestamp)
    const fresh = this.#options.journal.queued().filter(({ refused }) => refused === undefined)
    const waiting = [...fresh, ...due.filter(({ state }) => state === 'queued')].sort(byUrgency)
    // Entries of one model next to each other: Settlement then writes each account once.
    const queued = waiting.slice(0, MAX_ENTRIES * MAX_TRANSACTIONS)
    queued.sort((a, b) => (a.reservation.modelId < b.reservation.modelId ? -1 : a.reservation.modelId > b.reservation.modelId ? 1 : 0))
    const groups = this.#groups(queued, this.#room(head), head.gasLimit)
    const outcomes = await Promise.allSettled(groups.map((group) => this.#submit(group, head.gasLimit)))
    const failed = outcomes.find((outcome) => outcome.status === 'rejected')
    if (failed) throw failed.reason
    return groups.reduce((sum, group) => sum + group.length, 0)
  }

  /** Gas that transactions may ask for together: what a block has, or less where the account cannot pay it; all would be refused for one that is too large. */
  #room(head: Head): bigint {
    const { balance } = this.#options.view
    return balance === undefined ? head.gasLimit : affordable(balance, head)
  }

  /** As many transactions as may ask for so much gas together, one at least. */
  #groups(queued: readonly Unsettled[], gas: bigint, blockGasLimit: bigint): Unsettled[][] {
    const size = Math.min(MAX_ENTRIES, this.#gas.capacity(gas))
    const groups: Unsettled[][] = []
    let room = gas
    for (let i = 0; i < queued.length && groups.length < MAX_TRANSACTIONS; i += size) {
      const group = queued.slice(i, i + size)
      room -= this.#gas.limit(loadOf(group), blockGasLimit)
      if (room < 0n && groups.length > 0) break
      groups.push(group)
    }
    return groups
  }

  /** Finds out about every transaction of an earlier run (or an interrupted one) before anything new is sent. */
  async reconcile(): Promise<void> {
    const byNonce = new Map<number, Submission[]>()
    for (const submission of this.#options.journal.submissions()) {
      if (submission.sequence !== undefined || submission.held !== undefined) continue
      byNonce.set(submission.nonce, [...(byNonce.get(submission.nonce) ?? []), submission])
    }
    for (const candidates of [...byNonce].sort(([a], [b]) => a - b).map(([, list]) => list)) await this.#reconcileOne(candidates)
    await this.#adoptOrphans()
  }

  /** Payments that count as sent, but are in no transaction any more: what they were in was closed for the sake of others. */
  async #adoptOrphans(): Promise<void> {
    const { journal } = this.#options
    const sent = new Set(journal.submissions().flatMap(({ paymentIds }) => paymentIds))
    const orphans = journal.unsettled().filter(({ state, reservation }) => state === 'submitted' && !sent.has(reservation.paymentId))
    if (orphans.length > 0)
      await this.#requeue(
        [],
        orphans.map(({ reservation }) => reservation.paymentId),
      )
  }

  async #submit(group: Unsettled[], blockGasLimit: bigint): Promise<void> {
    const { sender } = this.#options
    const paymentIds = group.map((entry) => entry.reservation.paymentId)
    try {
      const included = await sender.send(this.#call(paymentIds, blockGasLimit), (signed) => this.#keep(signed, paymentIds))
      await this.#record(included, paymentIds)
    } catch (error) {
      if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
      await this.#reconcile(paymentIds)
      throw error
    }
  }

  #call(paymentIds: readonly Hex[], blockGasLimit: bigint): GasCall {
    const payments = paymentIds.flatMap((id) => (this.#options.journal.payment(id) as Unsettled | undefined) ?? [])
    const entries = payments.map(({ reservation, answer }) => ({ ...answer.signed, payment: reservation }))
    return { to: ADDRESSES.settlement, data: encodeSettleMany(SELECTOR, entries), gas: this.#gas.limit(loadOf(payments), blockGasLimit) }
  }

  #keep({ tx, nonce, raw }: SignedTx, paymentIds: Hex[]): Promise<void> {
    return this.#options.journal.submitted({ tx, nonce, raw, paymentIds })
  }

  /** After a refusal: whichever submissions hold these payments are looked up. */
  async #reconcile(paymentIds: readonly Hex[]): Promise<void> {
    const concerned = this.#options.journal
      .submissions()
      .filter((s) => s.held === undefined && s.paymentIds.some((id) => paymentIds.includes(id)))
    if (concerned.length > 0) await this.#reconcileOne(concerned)
  }

  /** Submissions of one nonce: at most one of them is, or will be, in a block. */
  async #reconcileOne(candidates: readonly Submission[]): Promise<void> {
    const { sender, view, log } = this.#options
    const { nonce, paymentIds } = candidates[0]!
    for (const one of candidates) {
      const included = await sender.included(one.tx)
      if (included) return one.paymentIds.length > 0 ? this.#record(included, one.paymentIds) : this.#forget(candidates)
    }
    const open = paymentIds.filter((id) => this.#isOpen(id))
    if (open.length === 0) return this.#forget(candidates)
    try {
      if ((await sender.used()) <= nonce) await sender.resend(candidates)
      const call = this.#call(open, (await view.refreshHead()).gasLimit)
      await this.#record(await sender.follow(candidates, call, (signed) => this.#keep(signed, open)), paymentIds)
    } catch (error) {
      if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
      log.warn({ nonce, payments: paymentIds.length, reason: error.message }, 'a settlement transaction was lost; its payments wait again')
      await this.#requeue(candidates, paymentIds)
    }
  }

  /** Nothing depends on these transactions any more, all their payments are closed; but one that waits in the pool holds up those of all others. */
  async #forget(candidates: readonly Submission[]): Promise<void> {
    const { journal, sender } = this.#options
    const { nonce } = candidates[0]!
    await sender.clear(candidates, (signed) => this.#keep(signed, []))
    for (const submission of journal.submissions())
      if (submission.nonce === nonce && submission.sequence === undefined && submission.held === undefined)
        await journal.requeued(submission.tx, [])
  }

  /** None of these transactions will ever be in a block; what another one settled is settled, the rest waits again. */
  async #requeue(candidates: readonly Submission[], paymentIds: Hex[]): Promise<void> {
    const { journal, view } = this.#options
    const { ours, taken, rest, time } = await this.#split(paymentIds)
    if (ours.length > 0) await journal.settled(ZERO_HASH, Number(view.head?.number ?? 0n), ours)
    for (const tx of candidates.length > 0 ? candidates.map((candidate) => candidate.tx) : [ZERO_HASH]) await journal.requeued(tx, rest)
    await this.#closeTaken(taken, time)
  }

  /** Writes down what a transaction in a block did. @throws OgError `RPC_LIED`: then its payments stay where they are */
  async #record(included: Included, paymentIds: Hex[]): Promise<void> {
    const { journal, log } = this.#options
    const proven = await this.#split(paymentIds, included)
    if (!included.ok) {
      this.#gas.exceeded()
      log.warn(
        { tx: included.tx, gasUsed: included.gasUsed.toString() },
        'a settlement transaction reverted as a whole; its payments wait again',
      )
      const { ours, taken, rest, time } = proven
      // That it reverted is only told, not proven, and it has cost gas: a next one at once would, too, block for block.
      await journal.requeued(included.tx, rest, { reason: REVERTED, blame: 'node', at: time })
      if (ours.length > 0) await journal.settled(included.tx, included.block, ours)
      await this.#closeTaken(taken, time)
      return
    }
    this.#gas.learn(paymentIds.length, included.gasUsed)
    const { settled, failed, unmentioned } = outcomeOf(included.logs, paymentIds)
    if (!settled.every((id) => proven.ours.includes(id))) throw lied(included, 'settled a payment')
    // What this transaction could not settle, another one may have settled behind it, in the same block: then the state counts. So it does for
    // what the RPC says nothing of: each transaction more for what is settled would cost gas.
    const unsettled = [...failed.map(({ paymentId }) => paymentId), ...unmentioned]
    const others = unsettled.filter((paymentId) => !proven.rest.includes(paymentId))
    const waiting = unmentioned.filter((paymentId) => proven.rest.includes(paymentId))
    const open = failed.filter(({ paymentId }) => proven.rest.includes(paymentId) && this.#isOpen(paymentId))
    if (open.some(({ blame }) => blame === undefined)) throw lied(included, 'found a payment settled')
    await this.#requireSpent(open, included)
    await journal.settled(included.tx, included.block, [...settled, ...others.filter((id) => proven.ours.includes(id))])
    // A transaction that has gas for its first entry says what became of it: if it says nothing at all, the next one at once would say no more.
    const silent = unmentioned.length === paymentIds.length
    const nothing = { reason: SAID_NOTHING, blame: 'node', at: proven.time } as const
    if (waiting.length > 0) await journal.requeued(included.tx, waiting, silent ? nothing : undefined)
    for (const { paymentId, reason, blame = 'node' } of open) {
      if (isFinal(reason)) {
        log.warn({ paymentId, reason, blame }, 'a payment could not be collected; nothing was charged')
        await journal.close(paymentId, 'reverted', reason, blame, proven.time)
      } else {
        log.warn({ paymentId, reason, blame }, 'a payment could not be collected yet; it is tried again until its authorisation ends')
        await journal.requeued(included.tx, [paymentId], { reason, blame, at: proven.time })
      }
    }
    await this.#closeTaken(
      others.filter((id) => proven.taken.includes(id)),
      proven.time,
    )
  }

  /** Sees to it that what is given up for good could never be settled. @throws OgError `RPC_LIED` */
  async #requireSpent(failed: readonly Failure[], included: Included): Promise<void> {
    const { journal, spent } = this.#options
    for (const { paymentId } of failed.filter(({ reason }) => isFinal(reason))) {
      const { payer, nonce } = (journal.payment(paymentId) as Unsettled).reservation
      if (!(await spent(payer, nonce, included.block))) throw lied(included, `found the nonce of payment ${paymentId} spent`)
    }
  }

  /**
   * Payments that were settled for a receipt that is not ours. The name of a payment is its payer and nonce, not its payee: whoever signs one
   * nonce for two nodes pays the one that is faster, and nothing to the other.
   */
  async #closeTaken(paymentIds: readonly Hex[], time: number): Promise<void> {
    const { journal, log } = this.#options
    for (const paymentId of paymentIds.filter((id) => this.#isOpen(id))) {
      log.error(
        { paymentId },
        'a payment was settled for another receipt: its payer used the nonce at two nodes, or two nodes use this receipt key',
      )
      await journal.close(paymentId, 'reverted', 'settled for another receipt', 'payer', time)
    }
  }

  /**
   * Payments that were settled for our receipts, those that were for others, and those that were not: in the newest block, or after a
   * transaction that is said to be in a block.
   */
  async #split(paymentIds: readonly Hex[], included?: Included): Promise<Parts> {
    const { journal, prove } = this.#options
    const parts: Parts = { ours: [], taken: [], rest: [], time: 0 }
    if (paymentIds.length === 0) return parts
    const { receipts, used, time } = await prove(paymentIds, included?.block)
    parts.time = time
    const kept = included && journal.submissions().find(({ tx }) => tx === included.tx)
    if (kept && used <= BigInt(kept.nonce)) throw lied(included, 'is in a block')
    for (const [i, id] of paymentIds.entries()) {
      const own = journal.payment(id)?.answer?.receiptHash ?? receipts[i]
      const part = receipts[i] === undefined ? 'rest' : receipts[i] === own ? 'ours' : 'taken'
      parts[part].push(id)
    }
    return parts
  }

  #isOpen(paymentId: Hex): boolean {
    return OPEN_STATES.has(this.#options.journal.payment(paymentId)?.state ?? 'settled')
  }

  /** Closes payments that no transaction can settle any more, whether one was sent for them or not, and is followed yet. */
  async expire(): Promise<void> {
    const { journal, view, log } = this.#options
    const { number, timestamp } = await view.refreshHead()
    const late = journal.unsettled().filter((payment) => isOver(payment, timestamp))
    const { ours, taken, rest, time } = await this.#split(late.map(({ reservation }) => reservation.paymentId))
    if (ours.length > 0) await journal.settled(ZERO_HASH, Number(number), ours)
    await this.#closeTaken(taken, time)
    for (const paymentId of rest) {
      // Told a time that has not come, a node would give up what anybody can settle yet.
      if (!this.#isOpen(paymentId) || !isOver(journal.payment(paymentId) as Unsettled, time)) continue
      const { reason, blame = 'node' } = journal.payment(paymentId)?.refused ?? {}
      log.warn({ paymentId, reason, blame }, 'a payment expired before it could be settled; nothing was charged')
      const why = reason === undefined ? '' : `: ${reason}`
      await journal.close(paymentId, 'expired', `the authorisation ran out before it could be settled${why}`, blame, time)
    }
  }
}

const lied = ({ tx, block }: Included, what: string) =>
  new OgError('RPC_LIED', `the RPC says that transaction ${tx} ${what} in block ${block}; the state proves that it did not`, {
    details: { tx, block },
  })
