import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { type Hex, OgError } from '@opengradient/protocol'
import { Archive } from './archive.ts'
import type {
  Answer,
  BatchCommit,
  Blame,
  CommittedBatch,
  JournalIdentity,
  Refused,
  Reservation,
  State,
  StoredBatch,
  Submission,
} from './entry.ts'
import { nodeSegments, type SegmentIo } from './io.ts'
import { type Durability, GroupLog, type Location } from './log.ts'
import { JournalReader } from './reader.ts'
import { encodeRecord, type JournalRecord } from './record.ts'
import { recover } from './recover.ts'

export interface JournalOptions {
  /** Folder of the journal; created if need be. */
  dir: string
  identity: JournalIdentity
  /** The disk, by default the real one under `dir`. */
  io?: SegmentIo
  /** Bytes behind a segment's snapshot at which it is sealed. Default 16 MiB. */
  segmentBytes?: number
  /** New requests are refused while the disk has less room than this; what is under way can still be written. Default 64 MiB. */
  minFreeBytes?: number
  /** New requests are refused while this many receipts are in no batch yet: all of them are in memory, and in each segment's snapshot. Default 100,000. */
  maxUnbatched?: number
  /** Told each change of a request's state, once it is as durable as it will be. For metrics, logs and tests. */
  onState?: (state: State, requestId: Hex) => void
}

const FREE_CHECK_MS = 1000
/** Larger ones cost no less in the end: what is in memory until then is moved about, and index and restart have more to do at a time. */
const SEGMENT_BYTES = 16 * 1024 * 1024
/** Entries that are dropped from memory at a time: a fraction of a millisecond. */
const DROPS = 1000
const BACKLOG_RETRY_MS = 3000

/**
 * The node's memory of what it owes and is owed; see `entry.ts` for the states. Everything that must never happen twice
 * (running a paid request, signing for a payment, a batch's sequence) is durable here before it happens.
 */
export class Journal extends JournalReader {
  readonly #log: GroupLog
  readonly #minFree: number
  readonly #maxUnbatched: number
  readonly #onState: (state: State, requestId: Hex) => void
  #freeCheckedAt = Number.NEGATIVE_INFINITY
  #free = true
  #sealing: Promise<void> = Promise.resolve()

  private constructor(options: JournalOptions, archive: Archive, io: SegmentIo) {
    const { state, segment, size } = recover(io, archive, options.identity)
    super(state, archive, io)
    this.#minFree = options.minFreeBytes ?? 64 * 1024 * 1024
    this.#maxUnbatched = options.maxUnbatched ?? 100_000
    this.#onState = options.onState ?? (() => {})
    this.#log = new GroupLog({
      io,
      segment,
      size,
      segmentBytes: options.segmentBytes ?? SEGMENT_BYTES,
      snapshot: () => encodeRecord({ type: 'snapshot', snapshot: this.state.snapshot() }),
      sealed: (sealed, begun) => this.#seal(sealed, begun),
    })
  }

  /**
   * Opens or creates a journal. Reservations that a crash left without a receipt are closed as aborted: they are never
   * run or signed again, and their authorisations are left to expire.
   *
   * @throws OgError `JOURNAL_LOCKED`, `JOURNAL_FOREIGN`, `JOURNAL_CORRUPT`, `DISK_FULL`, `JOURNAL_FAILED`
   */
  static async open(options: JournalOptions): Promise<Journal> {
    const io = options.io ?? nodeSegments(join(options.dir, 'log'))
    const archive = await Archive.open(join(options.dir, 'index'), options.identity)
    try {
      const journal = new Journal(options, archive, io)
      await journal.#begin()
      return journal
    } catch (error) {
      await archive.close()
      throw error
    }
  }

  /**
   * Whether something new may be taken on.
   * @throws OgError `DISK_FULL`, `JOURNAL_FAILED`, `NODE_BACKLOG`
   */
  checkRoom(now: number = performance.now()): void {
    if (this.#log.failed) throw this.#log.failed
    if (now - this.#freeCheckedAt >= FREE_CHECK_MS) {
      this.#freeCheckedAt = now
      this.#free = this.io.freeBytes() >= this.#minFree
    }
    if (this.state.unbatched.length >= this.#maxUnbatched) throw backlog(this.#maxUnbatched)
    if (!this.#free) throw new OgError('DISK_FULL', 'the disk of the node is nearly full: it takes no new requests, and lost none')
  }

  /**
   * Takes a payment for a request, durably. From the call on, no other request can have it.
   * @throws OgError `PAYMENT_REPLAYED`, `DISK_FULL`, `JOURNAL_FAILED`
   */
  async reserve(reservation: Reservation): Promise<void> {
    this.checkRoom()
    const { requestId, paymentId } = reservation
    if (this.paymentTaken(paymentId)) throw new OgError('PAYMENT_REPLAYED', 'this authorisation was already used for a request')
    await this.#write({ type: 'reserve', reservation }, 'durable', () => this.state.forget(requestId))
    this.#onState('reserved', requestId)
  }

  /** The model has answered a paid request; its receipt comes next. */
  executed(reservation: Reservation): void {
    this.state.executed(reservation.paymentId)
    this.#onState('executed', reservation.requestId)
  }

  /**
   * Keeps an answer with its receipt. A paid one is on disk when this resolves, and only then may it be released; a free one
   * has reached the operating system.
   */
  async answer(requestId: Hex, requestHash: Hex, answer: Answer): Promise<void> {
    const record: JournalRecord = { type: 'answer', requestId, requestHash, answer }
    const entry = this.state.apply(record, this.#log.segment)!
    const paid = entry.reservation !== undefined
    await this.#log.append(encodeRecord(record), paid ? 'durable' : 'written', {
      placed: (at) => this.state.placed(entry, at),
      undo: () => (paid ? this.state.withdraw(requestId, 'the answer could not be stored') : this.state.forget(requestId)),
    })
    this.#onState(paid ? 'queued' : 'free', requestId)
  }

  /**
   * Closes a payment without charge; one that is settled or closed already stays as it is. `at`: block time of a failure that its payer is to blame
   * for, unix seconds.
   */
  async close(paymentId: Hex, state: 'expired' | 'reverted' | 'aborted', reason: string, blame: Blame, at = 0): Promise<void> {
    await this.#move([paymentId], { type: 'close', paymentId, state, reason, blame, at })
  }

  /** What became of held payments. `until`: the last block for a proof; `tx`: the node's own transaction that did it. */
  async holding(
    paymentIds: Hex[],
    state: 'challenged' | 'released' | 'proved' | 'failed',
    facts: { until?: number; tx?: Hex } = {},
  ): Promise<void> {
    await this.#move(paymentIds, { type: 'hold', paymentIds, state, ...facts })
  }

  /** Keeps a transaction before it is sent. What of it was closed meanwhile stays closed. */
  async submitted(submission: Submission): Promise<void> {
    await this.#move(submission.paymentIds, { type: 'submit', submission }, () => this.state.unsubmit(submission))
  }

  /** A transaction is in a block and settled these payments. Those of its submission that are not named stay submitted. */
  async settled(tx: Hex, block: number, paymentIds: Hex[]): Promise<void> {
    await this.#move(paymentIds, { type: 'settle', tx, block, paymentIds })
  }

  /** A transaction will never settle these: they wait again. `refused`: why it did not. */
  async requeued(tx: Hex, paymentIds: Hex[], refused?: Refused): Promise<void> {
    await this.#move(paymentIds, { type: 'requeue', tx, paymentIds, ...(refused && { refused }) })
  }

  /**
   * Goes on behind the batches that this node has on chain. A batch is here before it is there, so if the chain has more of them, this journal
   * is a new one or an older copy: what the lost one took, it may not take again. A second receipt for a payment costs the bond.
   *
   * @param until no authorisation that was ever taken ends later; unix seconds
   * @returns whether something was lost
   */
  async continueFrom(sequence: bigint, until: number): Promise<boolean> {
    if (sequence <= this.state.nextSequence) return false
    await this.#write({ type: 'behind', sequence, until }, 'durable')
    return true
  }

  /** The chain has something of this node that this journal contradicts: what another one took, this one may not take. `until` as above. */
  async doubted(until: number): Promise<void> {
    await this.#write({ type: 'behind', sequence: this.nextSequence, until }, 'durable')
  }

  /** Keeps a batch before it is committed: its sequence is taken from now on. */
  async batched(batch: StoredBatch): Promise<void> {
    await this.#write({ type: 'batch', batch }, 'durable', () => this.state.unbatch(batch))
  }

  async committed(sequence: bigint, commit: BatchCommit): Promise<void> {
    await this.#write({ type: 'commit', sequence, commit }, 'durable')
  }

  /**
   * Removes sealed segments whose last receipt was anchored, and whose last payment expired, more than `retention` seconds ago, by clock and chain:
   * a clock that is wrong for a while must not have a payment forgotten that can be used again, and signed for twice.
   * @param clocks unix seconds; without a block nothing is removed
   * @returns how many segments went
   */
  async prune(clocks: { readonly now: number; readonly head: number | undefined }, retention: number): Promise<number> {
    const now = Math.min(clocks.now, clocks.head ?? 0)
    await this.#sealing
    const used = new Set([...this.state.requests.values()].map((entry) => entry.segment))
    const old = this.io.list().filter((s) => s <= this.archive.sealed && !used.has(s) && this.archive.lastNeeded(s) + retention < now)
    for (const segment of old) {
      await this.archive.prune(segment)
      this.io.remove(segment)
    }
    await this.archive.pruneBatches(now - retention)
    return old.length
  }

  /** Writes out everything and lets go of the files. */
  async shut(): Promise<void> {
    await this.#log.close()
    await this.#sealing
    await this.archive.close()
  }

  async #begin(): Promise<void> {
    if (this.state.empty) await this.#write({ type: 'snapshot', snapshot: this.state.snapshot() }, 'durable')
    await this.archive.begin()
    for (const entry of [...this.state.payments.values()]) {
      // `executed` is in a snapshot that was written just then.
      if (entry.state !== 'reserved' && entry.state !== 'executed') continue
      await this.close(entry.reservation!.paymentId, 'aborted', 'the node stopped before the answer was signed', 'node')
    }
  }

  /** Applies first, so that nothing else can take what this record takes; undone if it cannot be kept. */
  #write(record: JournalRecord, durability: Durability, undo?: () => void): Promise<Location> {
    this.state.apply(record, this.#log.segment)
    return this.#log.append(encodeRecord(record), durability, { undo })
  }

  /** Writes what moves payments, and tells which it did move, and where to. */
  async #move(paymentIds: readonly Hex[], record: JournalRecord, undo?: () => void): Promise<void> {
    const entries = paymentIds.flatMap((id) => this.state.payments.get(id) ?? [])
    const before = entries.map(({ state }) => state)
    const written = this.#write(record, 'durable', undo)
    const moved = entries.map(({ requestId, state }) => ({ requestId, state })).filter(({ state }, i) => state !== before[i])
    await written
    for (const { state, requestId } of moved) this.#onState(state, requestId)
  }

  /**
   * Moves what is closed now into the index, once the next segment has begun; what closes meanwhile may not be kept, and is moved with the next.
   * If that fails, the segments stay and are read again at the next start.
   */
  #seal(segment: number, begun: Promise<void>): void {
    // What is sealed before may take longer.
    begun.catch(() => {})
    const entries = this.state.closed()
    const batches = [...this.state.batches.values()].filter((batch): batch is CommittedBatch => batch.commit !== undefined)
    const standings = [...this.state.standings]
    this.#sealing = this.#sealing
      .then(async () => {
        await begun
        await this.archive.seal({ segment, entries, standings, batches })
        this.state.dropRest(batches, standings)
        for (let i = 0; i < entries.length; i += DROPS) {
          this.state.drop(entries.slice(i, i + DROPS))
          await setImmediate()
        }
      })
      .catch(() => {})
  }
}

function backlog(limit: number): OgError {
  return new OgError('NODE_BACKLOG', `${limit} receipts wait to be anchored on chain; the node takes no new requests until some are.`, {
    details: { limit, retryAfterMs: BACKLOG_RETRY_MS },
  })
}
