import { type Address, type Hex, ZERO_HASH } from '@opengradient/protocol'
import {
  type BatchCommit,
  type Entry,
  HELD_STATES,
  type JournalIdentity,
  OPEN_STATES,
  PULLED_STATES,
  type State,
  type StoredBatch,
  type Submission,
} from './entry.ts'
import { Exposures } from './exposures.ts'
import type { Location } from './log.ts'
import { type JournalRecord, metaOf, type Snapshot } from './record.ts'
import { afterFailure, afterPayment, readStanding, type Standing } from './standing.ts'

/** Level zk, as receipts number it. */
const ZK_LEVEL = 2

/**
 * What the journal's records add up to, in memory: everything open, and everything closed that is not yet in the index.
 * `apply` is the only way it changes; applying a record twice gives the same state as applying it once.
 */
export class JournalState {
  readonly identity: JournalIdentity
  readonly requests = new Map<Hex, Entry>()
  readonly payments = new Map<Hex, Entry>()
  readonly batches = new Map<bigint, StoredBatch>()
  readonly submissions = new Map<Hex, Submission>()
  readonly exposures = new Exposures()
  /** What was learned about payers since the last segment was sealed. */
  readonly standings = new Map<Address, Standing>()
  /** Requests whose receipt is in no batch yet, in the order of signing. */
  unbatched: Hex[] = []
  /** Sequence that the next batch takes; 0 is the first. */
  nextSequence = 0n
  /** Authorisations that end by then may have been taken by a journal that is lost; unix seconds. */
  forgottenUntil = 0
  /** A snapshot counts only as the first record: behind others it repeats what they say. */
  #begun = false
  readonly #standingBefore: (payer: Address) => Standing

  constructor(identity: JournalIdentity, standingBefore: (payer: Address) => Standing = () => readStanding(undefined)) {
    this.identity = identity
    this.#standingBefore = standingBefore
  }

  /** Takes in one record. `at` is where it lies, if it is written already. Gives the entry that an answer is of. */
  apply(record: JournalRecord, segment: number, at?: Location): Entry | undefined {
    const first = !this.#begun
    this.#begun = true
    switch (record.type) {
      case 'snapshot':
        if (first) this.#restore(record.snapshot)
        break
      case 'reserve':
        this.#reserve(record.reservation, segment)
        break
      case 'answer':
        return this.#answer(record, segment, at)
      case 'submit':
        this.submissions.set(record.submission.tx, record.submission)
        if (record.submission.held === undefined) for (const id of record.submission.paymentIds) this.#submit(id)
        break
      case 'requeue':
        this.submissions.delete(record.tx)
        for (const id of record.paymentIds) this.#requeue(id, record)
        break
      case 'settle':
        this.#included(record.tx)
        for (const id of record.paymentIds) this.#settle(id, record.tx, record.block)
        break
      case 'close':
        this.#close(record)
        break
      case 'batch':
        this.#batch(record.batch)
        break
      case 'commit':
        this.#included(record.commit.tx)
        this.#commit(record.sequence, record.commit)
        break
      case 'hold':
        if (record.tx !== undefined) this.#included(record.tx)
        for (const id of record.paymentIds) this.#hold(id, record)
        break
      case 'behind':
        if (record.sequence > this.nextSequence) this.nextSequence = record.sequence
        this.forgottenUntil = Math.max(this.forgottenUntil, record.until)
    }
    return undefined
  }

  /** A paid run has ended and its answer is about to be signed. Kept in memory only. */
  executed(paymentId: Hex): void {
    this.#move(paymentId, 'executed')
  }

  /** Forgets a reservation or a free answer that could not be written. */
  forget(requestId: Hex): void {
    const entry = this.requests.get(requestId)
    if (!entry) return
    if (entry.reservation) {
      this.exposures.note(entry.reservation, false)
      this.payments.delete(entry.reservation.paymentId)
    }
    this.requests.delete(requestId)
    this.unbatched = this.unbatched.filter((id) => id !== requestId)
  }

  /** An answer could not be kept: its receipt was never shown to anybody, the request counts as aborted. */
  withdraw(requestId: Hex, reason: string): void {
    const entry = this.requests.get(requestId)
    if (!entry?.reservation) return
    delete entry.answer
    entry.reason = reason
    this.#move(entry.reservation.paymentId, 'aborted')
    this.unbatched = this.unbatched.filter((id) => id !== requestId)
  }

  /** A transaction could not be kept, so it was not sent. */
  unsubmit({ tx, paymentIds }: Submission): void {
    this.submissions.delete(tx)
    for (const id of paymentIds) if (this.payments.get(id)?.state === 'submitted') this.#move(id, 'queued')
  }

  /** A batch could not be kept. */
  unbatch(stored: StoredBatch): void {
    this.batches.delete(stored.batch.sequence)
    this.nextSequence = stored.batch.sequence
    this.unbatched = [...stored.requestIds, ...this.unbatched]
    for (const id of stored.requestIds) delete this.requests.get(id)?.sequence
  }

  /** The answer of this entry was written where `at` says. */
  placed(entry: Entry, at: Location): void {
    if (!entry.answer) return
    entry.answer.at = at
    entry.segment = at.segment
  }

  /** Whether no record was ever applied. */
  get empty(): boolean {
    return !this.#begun
  }

  standing(payer: Address): Standing {
    return this.standings.get(payer) ?? this.#standingBefore(payer)
  }

  /** Entries that nothing will change any more: closed, and their receipt, if they have one, in a committed batch. */
  closed(): Entry[] {
    return this.#entries(true)
  }

  /** Everything but what `closed()` gives. */
  snapshot(): Snapshot {
    return {
      identity: this.identity,
      entries: this.#entries(false),
      unbatched: this.unbatched,
      batches: [...this.batches.values()].filter((batch) => !batch.commit),
      submissions: [...this.submissions.values()],
      nextSequence: this.nextSequence,
      forgottenUntil: this.forgottenUntil,
    }
  }

  /** Forgets entries that are in the index now. */
  drop(entries: readonly Entry[]): void {
    for (const entry of entries) {
      if (this.requests.get(entry.requestId) === entry) this.requests.delete(entry.requestId)
      if (entry.reservation) this.payments.delete(entry.reservation.paymentId)
    }
  }

  /** Forgets batches and standings that are in the index now. */
  dropRest(batches: readonly StoredBatch[], standings: readonly (readonly [Address, Standing])[]): void {
    for (const [payer, standing] of standings) if (this.standings.get(payer) === standing) this.standings.delete(payer)
    for (const { batch } of batches) this.batches.delete(batch.sequence)
  }

  /** Those that are closed, or those that are not. A busy node has tens of thousands, and answers nobody meanwhile: one pass, no copies. */
  #entries(closed: boolean): Entry[] {
    const entries: Entry[] = []
    for (const entry of this.requests.values()) if (isClosed(entry) === closed) entries.push(entry)
    return entries
  }

  #restore(snapshot: Snapshot): void {
    for (const entry of snapshot.entries) {
      this.requests.set(entry.requestId, entry)
      if (entry.reservation) {
        this.payments.set(entry.reservation.paymentId, entry)
        if (OPEN_STATES.has(entry.state)) this.exposures.note(entry.reservation, true)
        if (entry.refused) this.exposures.refused(entry.reservation)
      }
    }
    this.unbatched = snapshot.unbatched
    this.nextSequence = snapshot.nextSequence
    this.forgottenUntil = snapshot.forgottenUntil ?? 0
    for (const batch of snapshot.batches) this.batches.set(batch.batch.sequence, batch)
    for (const submission of snapshot.submissions) this.submissions.set(submission.tx, submission)
  }

  #reserve(reservation: NonNullable<Entry['reservation']>, segment: number): void {
    const { requestId, requestHash, paymentId } = reservation
    if (this.payments.has(paymentId)) return
    const entry: Entry = { requestId, requestHash, state: 'reserved', reservation, segment }
    this.requests.set(requestId, entry)
    this.payments.set(paymentId, entry)
    this.exposures.note(reservation, true)
  }

  #answer(record: JournalRecord & { type: 'answer' }, segment: number, at: Location | undefined): Entry {
    const { requestId, requestHash, answer } = record
    const known = this.requests.get(requestId)
    if (known?.answer) {
      known.answer.at ??= at
      return known
    }
    const meta = metaOf(answer, at)
    this.unbatched.push(requestId)
    if (known === undefined) {
      const entry: Entry = { requestId, requestHash, state: 'free', answer: meta, segment }
      this.requests.set(requestId, entry)
      return entry
    }
    known.answer = meta
    known.segment = segment
    if (known.reservation) this.#move(known.reservation.paymentId, 'queued')
    return known
  }

  /** What expired while its transaction waited for its turn, or for one with a higher fee, is over. */
  #submit(paymentId: Hex): void {
    if (this.payments.get(paymentId)?.state === 'queued') this.#move(paymentId, 'submitted')
  }

  #settle(paymentId: Hex, tx: Hex, block: number): void {
    const entry = this.payments.get(paymentId)
    if (!entry || (PULLED_STATES.has(entry.state) && entry.settlement?.tx !== ZERO_HASH)) return
    entry.settlement = { tx, block }
    if (PULLED_STATES.has(entry.state)) return
    this.#move(paymentId, entry.answer?.signed?.receipt.level === ZK_LEVEL ? 'held' : 'settled')
    delete entry.refused
    const { payer, value } = entry.reservation!
    this.standings.set(payer, afterPayment(this.standing(payer), value))
  }

  #requeue(paymentId: Hex, { refused }: JournalRecord & { type: 'requeue' }): void {
    const entry = this.payments.get(paymentId)
    if (entry?.state !== 'submitted') return
    this.#move(paymentId, 'queued')
    if (refused === undefined) return
    entry.refused = { ...refused, tries: (entry.refused?.tries ?? 0) + 1 }
    this.exposures.refused(entry.reservation!)
  }

  #close(record: JournalRecord & { type: 'close' }): void {
    const entry = this.payments.get(record.paymentId)
    if (!entry || !OPEN_STATES.has(entry.state)) return
    entry.reason = record.reason
    delete entry.refused
    this.#move(record.paymentId, record.state)
    const { payer } = entry.reservation!
    if (record.blame === 'payer') this.standings.set(payer, afterFailure(this.standing(payer), entry.reservation!, record.at ?? 0))
  }

  #hold(paymentId: Hex, { state, until }: JournalRecord & { type: 'hold' }): void {
    const entry = this.payments.get(paymentId)
    if (!entry || !HELD_STATES.has(entry.state)) return
    if (until !== undefined) entry.proveUntil = until
    this.#move(paymentId, state)
  }

  #batch(stored: StoredBatch): void {
    const { sequence } = stored.batch
    if (sequence < this.nextSequence) return
    this.batches.set(sequence, stored)
    this.nextSequence = sequence + 1n
    for (const id of stored.requestIds) {
      const entry = this.requests.get(id)
      if (entry) entry.sequence = sequence
    }
    this.unbatched = without(this.unbatched, stored.requestIds)
  }

  #commit(sequence: bigint, commit: BatchCommit): void {
    const stored = this.batches.get(sequence)
    if (!stored) return
    stored.commit = commit
    for (const id of stored.requestIds) {
      const entry = this.requests.get(id)
      if (entry) entry.anchoredAt = commit.at
    }
  }

  /** A transaction is in a block: nothing else of its nonce ever will be. */
  #included(tx: Hex): void {
    const nonce = this.submissions.get(tx)?.nonce
    for (const [other, submission] of this.submissions) if (submission.nonce === nonce) this.submissions.delete(other)
  }

  #move(paymentId: Hex, to: State): void {
    const entry = this.payments.get(paymentId)
    if (!entry) return
    const [was, is] = [OPEN_STATES.has(entry.state), OPEN_STATES.has(to)]
    if (was && !is) this.exposures.note(entry.reservation!, false)
    entry.state = to
  }
}

/** A list without those taken from it: its first ones, nearly always, and then none has to be looked up. */
function without(list: readonly Hex[], taken: readonly Hex[]): Hex[] {
  if (taken.every((id, i) => list[i] === id)) return list.slice(taken.length)
  const gone = new Set(taken)
  return list.filter((id) => !gone.has(id))
}

/** Whether nothing will change this entry any more: it is closed, and its receipt, if it has one, is in a committed batch. */
function isClosed({ state, answer, anchoredAt }: Entry): boolean {
  if (answer && anchoredAt === undefined) return false
  return !OPEN_STATES.has(state) && !HELD_STATES.has(state)
}
