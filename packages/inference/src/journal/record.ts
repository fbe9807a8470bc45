import { type Hex, OgError, parseReceipt, receiptToJson } from '@opengradient/protocol'
import type {
  Answer,
  AnswerMeta,
  BatchCommit,
  Blame,
  Entry,
  JournalIdentity,
  Reservation,
  Standing,
  StoredBatch,
  Submission,
} from './entry.ts'
import type { Location } from './log.ts'

/** What the journal writes. The names are one letter each in the log. */
export type JournalRecord =
  | { type: 'snapshot'; snapshot: Snapshot }
  | { type: 'reserve'; reservation: Reservation }
  | { type: 'answer'; requestId: Hex; requestHash: Hex; answer: Answer }
  | { type: 'submit'; submission: Submission }
  | { type: 'settle'; tx: Hex; block: number; paymentIds: Hex[] }
  | { type: 'close'; paymentId: Hex; state: 'expired' | 'reverted' | 'aborted'; reason: string; blame: Blame }
  | { type: 'requeue'; tx: Hex; paymentIds: Hex[] }
  | { type: 'batch'; batch: StoredBatch }
  | { type: 'commit'; sequence: bigint; commit: BatchCommit }

/** All that must outlive a sealed segment: what is open, and what is not yet in the index. */
export interface Snapshot {
  identity: JournalIdentity
  entries: Entry[]
  unbatched: Hex[]
  batches: StoredBatch[]
  submissions: Submission[]
  nextSequence: bigint
  standings: [payer: Hex, standing: Standing][]
}

const TYPES = ['snapshot', 'reserve', 'answer', 'submit', 'settle', 'close', 'requeue', 'batch', 'commit'] as const
const CODE = Object.fromEntries(TYPES.map((type, i) => [type, Uint8Array.of(i)])) as Record<JournalRecord['type'], Uint8Array>
const decoder = new TextDecoder('utf-8', { fatal: true })

/** A record as parts to write: type byte, length of the JSON, JSON, then the bytes of an answer. */
export function encodeRecord(record: JournalRecord): Uint8Array[] {
  if (record.type !== 'answer') return [CODE[record.type], ...jsonPart(toJson(record))]
  const { requestId, requestHash, answer } = record
  const { execution, body, ...rest } = answer
  const meta = { requestId, requestHash, ...rest, receipt: receiptToJson(rest.receipt), executionLength: execution.length }
  return [CODE.answer, ...jsonPart(JSON.stringify(meta)), execution, body]
}

/**
 * Reads one record back.
 * @throws OgError `JOURNAL_CORRUPT` for bytes that this version never wrote.
 */
export function decodeRecord(payload: Uint8Array): JournalRecord {
  try {
    const type = TYPES[payload[0]!]
    if (!type) throw new Error(`unknown record type ${payload[0]}`)
    const length = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).readUInt32LE(1)
    const json = fromJson(decoder.decode(payload.subarray(5, 5 + length)))
    return type === 'answer' ? answerRecord(json as AnswerJson, payload.subarray(5 + length)) : (json as JournalRecord)
  } catch (cause) {
    throw new OgError('JOURNAL_CORRUPT', `a journal entry cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** The part of an answer that is kept in memory. */
export function metaOf(answer: Answer, at: Location | undefined): AnswerMeta {
  const { execution: _, body: __, ...meta } = answer
  return { ...meta, at }
}

type AnswerJson = Omit<Answer, 'execution' | 'body' | 'receipt'> & {
  requestId: Hex
  requestHash: Hex
  receipt: unknown
  executionLength: number
}

function answerRecord(json: AnswerJson, bytes: Uint8Array): JournalRecord {
  const { requestId, requestHash, receipt, executionLength, ...rest } = json
  const part = (from: number, to: number) => new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
  return {
    type: 'answer',
    requestId,
    requestHash,
    answer: { ...rest, receipt: parseReceipt(receipt), execution: part(0, executionLength), body: part(executionLength, bytes.length) },
  }
}

function jsonPart(text: string): [Uint8Array, Uint8Array] {
  const json = Buffer.from(text)
  const length = Buffer.allocUnsafe(4)
  length.writeUInt32LE(json.length)
  return [length, json]
}

/** JSON that keeps bigints, as `{"$n":"123"}`. Only this program writes and reads it. */
export function toJson(value: unknown): string {
  return JSON.stringify(value, keepBigint)
}

/** What `toJson` wrote. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, revive)
}

function keepBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { $n: value.toString() } : value
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$n' in value)) return value
  return BigInt((value as { $n: string }).$n)
}
