import { crc32 } from 'node:zlib'
import { type Address, type Hex, OgError, sha256Hex } from '@opengradient/protocol'
import type { Archive, ArchivedEntry } from './archive.ts'
import { archived } from './archive.ts'
import type { Answer, AnswerMeta, Entry, Reservation, State, StoredBatch, Submission } from './entry.ts'
import { HELD_STATES, isWithheld, OPEN_STATES } from './entry.ts'
import type { Exposures } from './exposures.ts'
import type { SegmentIo } from './io.ts'
import { decodeRecord } from './record.ts'
import type { Standing } from './standing.ts'
import type { JournalState } from './state.ts'

/** How many requests and receipts wait for what. */
export interface Counts {
  /** Paid for, and running. */
  open: number
  /** To be settled. */
  queued: number
  /** Refused on chain, and tried again. */
  refused: number
  /** In a transaction. */
  submitted: number
  /** Of these three, those whose answer is not given out before. */
  withheld: number
  /** To be anchored. */
  unbatched: number
  /** At level zk: on chain, until the time for challenges is over. */
  held: number
  /** At level zk: a proof is demanded. */
  challenged: number
}

/** What is known of a request, open or closed long ago. */
export type Known = ArchivedEntry

/** An answer that was paid for. */
export type Unsettled = Entry & { reservation: Reservation; answer: Required<AnswerMeta> }

/** What a journal tells: from memory what is open, from the index what is closed, from its segments the bytes of answers. Changes nothing. */
export class JournalReader {
  protected readonly state: JournalState
  protected readonly archive: Archive
  protected readonly io: SegmentIo

  constructor(state: JournalState, archive: Archive, io: SegmentIo) {
    this.state = state
    this.archive = archive
    this.io = io
  }

  /** Bytes that the disk has room for. */
  freeBytes(): number {
    return this.io.freeBytes()
  }

  /** A request by its id, wherever it is kept. */
  find(requestId: Hex): Known | undefined {
    const entry = this.state.requests.get(requestId)
    return entry ? archived(entry) : this.archive.entry(requestId)
  }

  /** The request that took a payment, if one did. */
  paymentTaken(paymentId: Hex): Hex | undefined {
    return this.state.payments.get(paymentId)?.requestId ?? this.archive.payment(paymentId)
  }

  /** An answer with its bytes, read from disk and checked against its receipt. */
  load(known: Known): Answer | undefined {
    if (!known.at) return undefined
    const { segment, offset, length } = known.at
    const record = decodeRecord(this.io.readRange(segment, offset, length))
    if (record.type !== 'answer' || record.requestId !== known.requestId) throw damaged(known)
    const { answer } = record
    if (!isIntact(answer)) throw damaged(known)
    return answer
  }

  /** Whether an open or recently closed request has the payment; asks the memory only. */
  paymentBusy(paymentId: Hex): boolean {
    return this.state.payments.has(paymentId)
  }

  /** What payers have open. */
  get exposures(): Pick<Exposures, 'onCredit' | 'settleFirst' | 'payersSettlingFirst'> {
    return this.state.exposures
  }

  standing(payer: Address): Standing {
    return this.state.standing(payer)
  }

  /** Answers whose payment waits to be put into a transaction, oldest first. One that is not written yet may not be kept. */
  queued(): Unsettled[] {
    return this.unsettled().filter(({ state, answer }) => state === 'queued' && answer.at !== undefined)
  }

  /** Answers whose payment is not settled yet, in a transaction or not, oldest first. */
  unsettled(): Unsettled[] {
    const open = [...this.state.payments.values()].filter((entry) => entry.state === 'queued' || entry.state === 'submitted')
    return open as Unsettled[]
  }

  /** A payment that is still open or not yet in the index. */
  payment(paymentId: Hex): Entry | undefined {
    return this.state.payments.get(paymentId)
  }

  /** Payments at level zk that are held on chain, challenged or not, oldest first. */
  held(): Unsettled[] {
    return [...this.state.payments.values()].filter((entry) => HELD_STATES.has(entry.state)) as Unsettled[]
  }

  /** Transactions that were made and whose outcome is not known yet. */
  submissions(): Submission[] {
    return [...this.state.submissions.values()]
  }

  /** Receipts that are in no batch yet, in the order of signing, at most `limit` of them. One that is not written yet may not be kept. */
  unbatched(limit: number): { requestId: Hex; receiptHash: Hex; price: bigint }[] {
    return this.state.unbatched.slice(0, limit).flatMap((requestId) => {
      const { at, receiptHash, price } = this.state.requests.get(requestId)!.answer!
      return at === undefined ? [] : { requestId, receiptHash, price }
    })
  }

  /** Sequence of the next batch. */
  get nextSequence(): bigint {
    return this.state.nextSequence
  }

  /** Authorisations that end by then may have been taken by a journal that is lost; unix seconds, 0 if none was. */
  get forgottenUntil(): number {
    return this.state.forgottenUntil
  }

  batch(sequence: bigint): StoredBatch | undefined {
    return this.state.batches.get(sequence) ?? this.archive.batch(sequence)
  }

  /** Batches that are not committed yet, lowest sequence first. */
  openBatches(): StoredBatch[] {
    return [...this.state.batches.values()].filter((batch) => !batch.commit)
  }

  /** How many requests and receipts wait for what. */
  counts(): Counts {
    const entries = [...this.state.payments.values()]
    const states = entries.map((entry) => entry.state)
    const refused = entries.filter((entry) => entry.state === 'queued' && entry.refused).length
    const count = (state: State) => states.filter((s) => s === state).length
    return {
      open: count('reserved') + count('executed'),
      queued: count('queued') - refused,
      refused,
      submitted: count('submitted'),
      withheld: entries.filter((entry) => entry.answer !== undefined && OPEN_STATES.has(entry.state) && isWithheld(entry)).length,
      unbatched: this.state.unbatched.length,
      held: count('held'),
      challenged: count('challenged'),
    }
  }
}

/** Whether the bytes are those that were signed; of a sealed answer, that were written. */
function isIntact({ receipt, execution, body, sealed }: Answer): boolean {
  if (sealed !== undefined) return sealed === (typeof sealed === 'number' ? crc32(body) : sha256Hex(body))
  return sha256Hex(execution) === receipt.executionHash && sha256Hex(body) === receipt.responseHash
}

function damaged(known: Known): OgError {
  return new OgError('JOURNAL_CORRUPT', `the stored answer of request ${known.requestId} is damaged`)
}
