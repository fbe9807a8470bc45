import { heldPaymentsAbi } from '@opengradient/contracts'
import { decodeHeld, type HeldRecord } from '@opengradient/contracts/slots'
import { bytesToHex, encodeZkProofInput, type Hex, hexToBytes, isOgError, type ZkProofInput } from '@opengradient/protocol'
import { encodeFunctionData } from 'viem'
import type { Included } from '../chain/sender.ts'
import type { ChainView } from '../chain/view.ts'
import { HELD_STATES } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'
import type { Unsettled } from '../journal/reader.ts'
import type { NodeLog } from '../log.ts'
import type { ProofJob } from '../proving/job.ts'
import type { ProofQueue } from '../proving/queue.ts'
import { HeldTransactions, type HeldTransactionsOptions } from './heldTransactions.ts'
import { errorName } from './outcome.ts'
import type { ProveHeld } from './proven.ts'

export interface HeldSettlerOptions {
  readonly journal: Journal
  readonly view: Pick<ChainView, 'refreshHead' | 'heldTerms'>
  readonly prove: ProveHeld
  readonly sender: HeldTransactionsOptions['sender']
  readonly proofs: Pick<ProofQueue, 'demand' | 'proof' | 'job' | 'again'>
  /** Payments of this node to which something happened in blocks `from` to `to`, as far as the RPC says. */
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
/** Milliseconds after which every held payment is looked up, whatever the events say: of the hours for a proof, what an RPC can take by silence. */
const LOOK_MS = 600_000
/** Blocks come about a second apart. */
const BLOCK_MS = 1_000
/** Proofs that the chain calls invalid are made again so often; then there is something wrong that more of them would not heal. */
const MAX_REMADE = 2
/** Proofs on their way to the chain at a time: each is a transaction of up to 512 KiB, and waits for its block. */
const PROOFS_AT_ONCE = 8
/** What the chain says of a proof that is not one. */
const BAD_PROOF = new Set(['InvalidProof', 'WrongStatement', 'WrongModel', 'WrongContext'])

/** A payment whose payer demands the proof. */
interface Demanded {
  readonly requestId: Hex
  readonly paymentId: Hex
  readonly receipt: Unsettled['answer']['signed']['receipt']
  /** The last block that takes the proof. */
  readonly until: number
}

/**
 * What is paid at level zk and held on chain: released in batches when its time is over, proved when its payer demands it. The journal keeps
 * every transaction before it is sent, and one payment is in one transaction at a time; what happened while the node was away, the chain tells.
 * How a payment stands, and how much time a proof has left, is proven, not told: no RPC can hide a challenge for long.
 */
export class HeldSettler {
  readonly #options: HeldSettlerOptions
  readonly #transactions: HeldTransactions
  readonly #heldAt = new Map<Hex, bigint>()
  readonly #remade = new Map<Hex, number>()
  /** Payments whose proof cannot be had or sent, each said once in the log. */
  readonly #said = new Set<string>()
  #terms: { challengeBlocks: bigint; proofBlocks: bigint } | undefined
  #seen: bigint | undefined
  /** Unix milliseconds of the last look at every held payment. */
  #lookedAt = Number.NEGATIVE_INFINITY
  #releasedAt = Number.NEGATIVE_INFINITY
  /** Nothing of unknown outcome is under way. */
  #certain = false

  constructor(options: HeldSettlerOptions) {
    this.#options = options
    this.#transactions = new HeldTransactions(options)
  }

  /** Does what there is to do. @returns whether there may be more at once */
  async work(): Promise<boolean> {
    try {
      const { journal, view } = this.#options
      this.#terms ??= await view.heldTerms()
      if (!this.#certain) await this.#transactions.reconcile(async (paymentIds, included) => void (await this.#read(paymentIds, included)))
      this.#certain = true
      // What is held later is read when it is seen first: until then there is nothing to ask the chain.
      if (journal.held().length === 0) return false
      const head = await view.refreshHead()
      const height = await this.#look(head.number)
      await this.#proveAll(height)
      return await this.#release(height)
    } catch (error) {
      this.#certain = false
      throw error
    }
  }

  /**
   * Learns what happened: at first and now and then of every held payment, otherwise of those that events name. Answers the height of the block
   * that shows it.
   */
  async #look(head: bigint): Promise<bigint> {
    const { journal, touched, now } = this.#options
    const held = journal.held().map(({ reservation }) => reservation.paymentId)
    const seen = this.#seen
    const everything = seen === undefined || head - seen > MAX_LOOK_BACK || this.#isOver(this.#lookedAt, LOOK_MS)
    const named = new Set(everything || head <= seen ? [] : await touched(seen + 1n, head))
    const concerned = everything ? held : held.filter((id) => named.has(id) || !this.#heldAt.has(id))
    // What an event names is looked for where it has happened.
    const height = await this.#read(concerned, undefined, named.size > 0 ? Number(head) : 0)
    if (everything) this.#lookedAt = now()
    this.#seen = head
    return height
  }

  /**
   * Proves how payments stand and writes down what is new. `included`: the transaction that may have done it. Answers the height of the block
   * in which that was looked up.
   */
  async #read(paymentIds: readonly Hex[], included?: Included, atLeast = included?.block ?? 0): Promise<bigint> {
    const { journal, prove, log } = this.#options
    const { records, height } = await prove(paymentIds, atLeast)
    const tx = included?.tx
    const news = new Map<HeldRecord['status'], Hex[]>()
    for (const [i, paymentId] of paymentIds.entries()) {
      const record = decodeHeld(records[i]!)
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
    if (tx !== undefined && released.length + failed.length === 0) await this.#transactions.drop(tx)
    return height
  }

  /** Payers may demand thousands of proofs at once, and all have to be in blocks in time: some go together, those with the least time first. */
  async #proveAll(height: bigint): Promise<void> {
    const due = this.#demanded(height).sort((a, b) => a.until - b.until)
    const failures: unknown[] = []
    for (let from = 0; from < due.length && !failures.some(isOfChain); from += PROOFS_AT_ONCE) {
      // All have ended before anything else is done: what is looked for next is no longer under way.
      const sent = await Promise.allSettled(due.slice(from, from + PROOFS_AT_ONCE).map((one) => this.#prove(one)))
      failures.push(...sent.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason] : [])))
    }
    // A proof that cannot be read, or whose model's files are gone, holds up no other.
    if (failures.length > 0) throw failures[0]
  }

  /** What is to be proved and can be; proofs that are not made yet are asked for. */
  #demanded(height: bigint): Demanded[] {
    const { journal, proofs, now } = this.#options
    const busy = this.#transactions.busy()
    const due: Demanded[] = []
    for (const { state, requestId, reservation, proveUntil, answer } of journal.held()) {
      if (state !== 'challenged' || proveUntil === undefined) continue
      const left = proveUntil - Number(height)
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
      const { paymentId } = reservation
      if (!busy.has(paymentId)) due.push({ requestId, paymentId, receipt: answer.signed.receipt, until: proveUntil })
    }
    return due
  }

  async #prove({ requestId, paymentId, receipt }: Demanded): Promise<void> {
    const { filesOf, proofs, log } = this.#options
    const [proof, job] = [await proofs.proof(requestId), await proofs.job(requestId)]
    if (proof === undefined || job === undefined) return
    const files = await filesOf(job)
    const { x, y, ctx } = job
    const input = bytesToHex(encodeZkProofInput({ zkModelId: hexToBytes(job.zkModelId), ...files, x, y, ctx, proof }))
    const data = hexToBytes(encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'prove', args: [receipt, input] }))
    const call = await this.#transactions.priced(data).catch((error: unknown) => {
      const reason = refusalOf(error)
      if (reason === undefined) throw error
      return reason
    })
    if (typeof call !== 'string') {
      const included = await this.#transactions.send(call, [paymentId], 'prove')
      log.info({ requestId, tx: included.tx, ok: included.ok, gasUsed: included.gasUsed.toString() }, 'a demanded proof is on chain')
      await this.#read([paymentId], included)
      return
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
  async #release(height: bigint): Promise<boolean> {
    const { journal, now, gatherMs = GATHER_MS } = this.#options
    const busy = this.#transactions.busy()
    const due = journal.held().filter(({ state, reservation: { paymentId } }) => {
      const heldAt = this.#heldAt.get(paymentId)
      return state === 'held' && heldAt !== undefined && height > heldAt + this.#terms!.challengeBlocks && !busy.has(paymentId)
    })
    if (due.length === 0 || (due.length < MAX_RELEASES && !this.#isOver(this.#releasedAt, gatherMs))) return false
    this.#releasedAt = now()
    const group = due.slice(0, MAX_RELEASES)
    const paymentIds = group.map(({ reservation }) => reservation.paymentId)
    const receipts = group.map(({ answer }) => answer.signed.receipt)
    const data = hexToBytes(encodeFunctionData({ abi: heldPaymentsAbi, functionName: 'releaseMany', args: [receipts] }))
    const included = await this.#transactions.send(await this.#transactions.priced(data), paymentIds, 'release')
    await this.#read(paymentIds, included)
    return due.length > group.length
  }

  /** Whether so many milliseconds have gone by, or the clock was set back. */
  #isOver(since: number, ms: number): boolean {
    return Math.abs(this.#options.now() - since) >= ms
  }

  #sayOnce(what: string, facts: object, message: string): void {
    if (this.#said.has(what)) return
    this.#said.add(what)
    this.#options.log.error(facts, message)
  }
}

/** Whether nothing else would come through now either. */
function isOfChain(error: unknown): boolean {
  return isOgError(error, 'CHAIN_UNREACHABLE') || isOgError(error, 'INTERRUPTED')
}

/** The name of the error with which the chain refuses a call; undefined if it was not the chain's word. */
function refusalOf(error: unknown): string | undefined {
  if (!isOgError(error, 'RPC_ERROR')) return undefined
  const { data } = error.details
  return typeof data === 'string' && /^0x[0-9a-f]{8}/i.test(data) ? errorName(data as Hex) : undefined
}
