import { ADDRESSES, heldPaymentsAbi } from '@opengradient/contracts'
import { decodeHeld, type HeldRecord, heldSlot } from '@opengradient/contracts/slots'
import { bytesToHex, encodeZkProofInput, type Hex, hexToBytes, isOgError, type ZkProofInput } from '@opengradient/protocol'
import { encodeFunctionData, parseTransaction } from 'viem'
import type { GasCall, Included, Sender, SignedTx } from '../chain/sender.ts'
import type { ChainView, Head } from '../chain/view.ts'
import { HELD_STATES, type Submission } from '../journal/entry.ts'
import type { Journal, Unsettled } from '../journal/journal.ts'
import type { NodeLog } from '../log.ts'
import type { ProofJob } from '../proving/job.ts'
import type { ProofQueue } from '../proving/queue.ts'
import { errorName } from './outcome.ts'

export interface HeldSettlerOptions {
  readonly journal: Journal
  readonly view: Pick<ChainView, 'refreshHead' | 'word' | 'heldTerms'>
  readonly sender: Pick<Sender, 'send' | 'follow' | 'resend' | 'included' | 'used' | 'estimate'>
  readonly proofs: Pick<ProofQueue, 'demand' | 'proof' | 'job' | 'again'>
  /** Payments of this node to which something happened in blocks `from` to `to`. */
  readonly touched: (from: bigint, to: bigint) => Promise<Hex[]>
  /** The files of a job's model that a verifier needs. */
  readonly filesOf: (job: ProofJob) => Promise<Pick<ZkProofInput, 'manifest' | 'ir' | 'weights'>>
  /** Unix milliseconds. */
  readonly now: () => number
  readonly log: NodeLog
  /** Milliseconds for which releases are gathered. Default 60,000. */
  readonly gatherMs?: number
}

/** Releases in one transaction. */
const MAX_RELEASES = 32
const GATHER_MS = 60_000
/** After longer silence every held payment is read instead of the events of so many blocks. */
const MAX_LOOK_BACK = 500n
/** Blocks come about a second apart. */
const BLOCK_MS = 1_000
/** Proofs that the chain calls invalid are made again so often; then there is something wrong that more of them would not heal. */
const MAX_REMADE = 2
/** What the chain says of a proof that is not one. */
const BAD_PROOF = new Set(['InvalidProof', 'WrongStatement', 'WrongModel', 'WrongContext'])

/**
 * What is paid at level zk and held on chain: released in batches when its time is over, proved when its payer demands it. The journal keeps
 * every transaction before it is sent, and one payment is in one transaction at a time; what happened while the node was away, the chain tells.
 */
export class HeldSettler {
  readonly #options: HeldSettlerOptions
  readonly #heldAt = new Map<Hex, bigint>()
  readonly #remade = new Map<Hex, number>()
  /** Payments whose proof cannot be had or sent, each said once in the log. */
  readonly #said = new Set<string>()
  #terms: { challengeBlocks: bigint; proofBlocks: bigint } | undefined
  #seen: bigint | undefined
  #releasedAt = Number.NEGATIVE_INFINITY
  /** Nothing of unknown outcome is under way. */
  #certain = false

  constructor(options: HeldSettlerOptions) {
    this.#options = options
  }

  /** Does what there is to do. @returns whether there may be more at once */
  async work(): Promise<boolean> {
    try {
      const { view } = this.#options
      this.#terms ??= await view.heldTerms()
      if (!this.#certain) await this.#reconcile()
      this.#certain = true
      const head = await view.refreshHead()
      await this.#look(head.number)
      await this.#proveAll(head)
      return await this.#release(head)
    } catch (error) {
      this.#certain = false
      throw error
    }
  }

  /** Learns what happened: at first of every held payment, then of those that the chain's events name. */
  async #look(head: bigint): Promise<void> {
    const { journal, touched } = this.#options
    const held = journal.held().map(({ reservation }) => reservation.paymentId)
    const seen = this.#seen
    if (seen === undefined || head - seen > MAX_LOOK_BACK) await this.#read(held)
    else {
      const named = new Set(head > seen ? await touched(seen + 1n, head) : [])
      await this.#read(held.filter((id) => named.has(id) || !this.#heldAt.has(id)))
    }
    this.#seen = head
  }

  /** Reads how payments stand and writes down what is new. `tx`: the transaction in a block that may have done it. */
  async #read(paymentIds: readonly Hex[], tx?: Hex): Promise<void> {
    const { journal, view, log } = this.#options
    const words = await Promise.all(paymentIds.map((id) => view.word(ADDRESSES.heldPayments, heldSlot(id))))
    const news = new Map<HeldRecord['status'], Hex[]>()
    for (const [i, paymentId] of paymentIds.entries()) {
      const record = decodeHeld(words[i]!)
      const known = journal.payment(paymentId)?.state
      if (record.status !== 'none') this.#heldAt.set(paymentId, record.heldAt)
      if (record.status === 'none' || record.status === known || !known || !HELD_STATES.has(known)) continue
      if (record.status === 'challenged') {
        const until = Number(record.challengedAt + this.#terms!.proofBlocks)
        log.warn({ paymentId, until }, 'the payer demands the proof on chain')
        await journal.holding([paymentId], 'challenged', { until })
      } else news.set(record.status, [...(news.get(record.status) ?? []), paymentId])
    }
    const facts = tx === undefined ? {} : { tx }
    const released = news.get('released') ?? []
    const proved = released.filter((id) => journal.payment(id)?.state === 'challenged')
    const plain = released.filter((id) => !proved.includes(id))
    const failed = news.get('failed') ?? []
    if (proved.length > 0) await journal.holding(proved, 'proved', facts)
    if (plain.length > 0) await journal.holding(plain, 'released', facts)
    if (failed.length > 0) {
      log.error({ paymentIds: failed }, 'proofs did not come in time: prices and penalties went to the payers')
      await journal.holding(failed, 'failed', facts)
    }
    for (const id of [...released, ...failed]) this.#heldAt.delete(id)
    if (tx !== undefined && released.length + failed.length === 0) await this.#drop(tx)
  }

  /** A transaction is in a block and changed nothing: it and what it replaced are over. */
  async #drop(tx: Hex): Promise<void> {
    const all = this.#submissions()
    const nonce = all.find((submission) => submission.tx === tx)?.nonce
    for (const submission of all) if (submission.nonce === nonce) await this.#options.journal.requeued(submission.tx, [])
  }

  async #proveAll(head: Head): Promise<void> {
    const { journal, proofs, now } = this.#options
    const busy = this.#busy()
    for (const { state, requestId, reservation, proveUntil, answer } of journal.held()) {
      if (state !== 'challenged' || proveUntil === undefined) continue
      const left = proveUntil - Number(head.number)
      if (left <= 0) {
        this.#sayOnce(
          `late ${requestId}`,
          { requestId, proveUntil },
          'the time for a demanded proof is over; the payer can take the penalty',
        )
        continue
      }
      if (proofs.demand(requestId, now() + left * BLOCK_MS) === undefined)
        this.#sayOnce(`lost ${requestId}`, { requestId, proveUntil }, 'a proof is demanded, and its job is not on this node')
      const proof = await proofs.proof(requestId)
      const job = await proofs.job(requestId)
      if (proof === undefined || job === undefined || busy.has(reservation.paymentId)) continue
      await this.#prove({ requestId, paymentId: reservation.paymentId, receipt: answer.signed.receipt, job, proof })
    }
  }

  async #prove(one: {
    requestId: Hex
    paymentId: Hex
    receipt: Unsettled['answer']['signed']['receipt']
    job: ProofJob
    proof: Uint8Array
  }): Promise<void> {
    const { sender, filesOf, proofs, log } = this.#options
    const { requestId, paymentId, receipt, job, proof } = one
    const files = await filesOf(job)
    const { x, y, ctx } = job
    const input = bytesToHex(encodeZkProofInput({ zkModelId: hexToBytes(job.zkModelId), ...files, x, y, ctx, proof }))
    const data = hexToBytes(encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'prove', args: [receipt, input] }))
    const call = await this.#priced(data).catch((error: unknown) => {
      const reason = refusalOf(error)
      if (reason === undefined) throw error
      return reason
    })
    if (typeof call !== 'string') {
      const included = await sender.send(call, (signed) => this.#keep(signed, [paymentId], 'prove'))
      log.info({ requestId, tx: included.tx, ok: included.ok, gasUsed: included.gasUsed.toString() }, 'a demanded proof is on chain')
      return this.#read([paymentId], included.tx)
    }
    const remade = this.#remade.get(paymentId) ?? 0
    if (BAD_PROOF.has(call) && remade < MAX_REMADE) {
      this.#remade.set(paymentId, remade + 1)
      log.error({ requestId, reason: call }, 'the chain does not take a proof of this node; it is made again')
      await proofs.again(requestId)
    } else {
      this.#sayOnce(`${call} ${requestId}`, { requestId, reason: call }, 'the chain does not take a demanded proof')
      await this.#read([paymentId])
    }
  }

  /** Releases what nobody challenged in time. */
  async #release(head: Head): Promise<boolean> {
    const { journal, sender, now, gatherMs = GATHER_MS } = this.#options
    const busy = this.#busy()
    const due = journal.held().filter(({ state, reservation: { paymentId } }) => {
      const heldAt = this.#heldAt.get(paymentId)
      return state === 'held' && heldAt !== undefined && head.number > heldAt + this.#terms!.challengeBlocks && !busy.has(paymentId)
    })
    if (due.length === 0 || (due.length < MAX_RELEASES && now() - this.#releasedAt < gatherMs)) return false
    this.#releasedAt = now()
    const group = due.slice(0, MAX_RELEASES)
    const paymentIds = group.map(({ reservation }) => reservation.paymentId)
    const receipts = group.map(({ answer }) => answer.signed.receipt)
    const data = hexToBytes(encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'releaseMany', args: [receipts] }))
    const included = await sender.send(await this.#priced(data), (signed) => this.#keep(signed, paymentIds, 'release'))
    await this.#read(paymentIds, included.tx)
    return due.length > group.length
  }

  async #priced(data: Uint8Array): Promise<GasCall> {
    const call = { to: ADDRESSES.heldPayments, data }
    return { ...call, gas: ((await this.#options.sender.estimate(call)) * 5n) / 4n }
  }

  #keep({ tx, nonce, raw }: SignedTx, paymentIds: Hex[], held: 'release' | 'prove'): Promise<void> {
    return this.#options.journal.submitted({ tx, nonce, raw, paymentIds, held })
  }

  /** Payments that are in a transaction whose outcome is not known. */
  #busy(): Set<Hex> {
    return new Set(this.#submissions().flatMap(({ paymentIds }) => paymentIds))
  }

  #submissions(): Submission[] {
    return this.#options.journal.submissions().filter(({ held }) => held !== undefined)
  }

  /** Finds out about every transaction of an earlier run, or an interrupted one, before anything new is sent. */
  async #reconcile(): Promise<void> {
    const byNonce = new Map<number, Submission[]>()
    for (const submission of this.#submissions()) byNonce.set(submission.nonce, [...(byNonce.get(submission.nonce) ?? []), submission])
    for (const [, candidates] of [...byNonce].sort(([a], [b]) => a - b)) await this.#reconcileOne(candidates)
  }

  /** Submissions of one nonce: at most one of them is, or will be, in a block. */
  async #reconcileOne(candidates: readonly Submission[]): Promise<void> {
    const { journal, sender, log } = this.#options
    const { nonce, paymentIds, held } = candidates[0]!
    try {
      const included = await this.#outcome(candidates)
      await this.#read(paymentIds, included.tx)
    } catch (error) {
      if (!isOgError(error, 'CHAIN_TX_REJECTED')) throw error
      log.warn({ nonce, held, reason: error.message, used: await sender.used() }, 'a transaction about held payments was lost')
      for (const { tx } of candidates) await journal.requeued(tx, [])
      await this.#read(paymentIds)
    }
  }

  async #outcome(candidates: readonly Submission[]): Promise<Included> {
    const { sender } = this.#options
    for (const { tx } of candidates) {
      const included = await sender.included(tx)
      if (included) return included
    }
    const { nonce, paymentIds, held } = candidates[0]!
    const latest = candidates.at(-1)!
    if ((await sender.used()) <= nonce) await sender.resend(latest)
    const { to, data, gas } = parseTransaction(latest.raw)
    const call = { to: to as Hex, data: hexToBytes(data as Hex), gas: gas! }
    return sender.follow(candidates, call, (signed) => this.#keep(signed, paymentIds, held!))
  }

  #sayOnce(what: string, facts: object, message: string): void {
    if (this.#said.has(what)) return
    this.#said.add(what)
    this.#options.log.error(facts, message)
  }
}

/** The name of the error with which the chain refuses a call; undefined if it was not the chain's word. */
function refusalOf(error: unknown): string | undefined {
  if (!isOgError(error, 'RPC_ERROR')) return undefined
  const { data } = error.details
  return typeof data === 'string' && /^0x[0-9a-f]{8}/i.test(data) ? errorName(data as Hex) : undefined
}
