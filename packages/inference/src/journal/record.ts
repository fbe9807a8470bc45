import { decodeReceiptHeader, type Hex, OgError } from '@opengradient/protocol'
import type {
  Answer,
  AnswerMeta,
  BatchCommit,
  Blame,
  Entry,
  JournalIdentity,
  Refused,
  Reservation,
  StoredBatch,
  Submission,
} from './entry.ts'
import type { RecordParts } from './frame.ts'
import type { Location } from './log.ts'

/** What the journal writes. The names are one letter each in the log. */
export type JournalRecord =
  | { type: 'snapshot'; snapshot: Snapshot }
  | { type: 'reserve'; reservation: Reservation }
  | { type: 'answer'; requestId: Hex; requestHash: Hex; answer: Answer }
  | { type: 'submit'; submission: Submission }
  | { type: 'settle'; tx: Hex; block: number; paymentIds: Hex[] }
  | { type: 'close'; paymentId: Hex; state: 'expired' | 'reverted' | 'aborted'; reason: string; blame: Blame; at?: number }
  | { type: 'requeue'; tx: Hex; paymentIds: Hex[]; refused?: Refused }
  | { type: 'batch'; batch: StoredBatch }
  | { type: 'commit'; sequence: bigint; commit: BatchCommit }
  | { type: 'hold'; paymentIds: Hex[]; state: 'challenged' | 'released' | 'proved' | 'failed'; until?: number; tx?: Hex }
  | { type: 'behind'; sequence: bigint; until: number }

/** All that must outlive a sealed segment and is not in the index. */
export interface Snapshot {
  identity: JournalIdentity
  entries: Entry[]
  unbatched: Hex[]
  batches: StoredBatch[]
  submissions: Submission[]
  nextSequence: bigint
  /** Absent in journals of versions that did not know of it. */
  forgottenUntil?: number
}

const TYPES = ['snapshot', 'reserve', 'answer', 'submit', 'settle', 'close', 'requeue', 'batch', 'commit', 'hold', 'behind'] as const
/** Type byte and length of the JSON. */
const HEAD = 5
/** What is the same bytes in UTF-8 and, written in a third of the time, in Latin-1. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/
const decoder = new TextDecoder('utf-8', { fatal: true })

/** A record as parts to write: type byte, length of the JSON, JSON, then the bytes of an answer. */
export function encodeRecord(record: JournalRecord): RecordParts {
  if (record.type !== 'answer') return jsonParts(record.type, toJson(record))
  const { requestHash, answer } = record
  const { receiptHash, header, contentType, headers, execution, body, sealed } = answer
  const { text, ascii } = kindOf(contentType, headers)
  const json =
    `{"requestHash":"${requestHash}","receiptHash":"${receiptHash}","header":"${header}",${text}` +
    `${sealed === undefined ? '' : `"sealed":${JSON.stringify(sealed)},`}"executionLength":${execution.length}}`
  return [...jsonParts('answer', json, ascii), execution, body]
}

/** What answers of one kind have in common, as JSON. */
interface Kind extends Pick<Answer, 'contentType' | 'headers'> {
  readonly text: string
  readonly ascii: boolean
}

/** The one before: most answers are of the kind of the one before. */
let last: Kind | undefined

function kindOf(contentType: string, headers: Answer['headers']): Kind {
  if (last?.headers === headers && last.contentType === contentType) return last
  const text = `"contentType":${JSON.stringify(contentType)},"headers":${JSON.stringify(headers)},`
  const kind: Kind = { contentType, headers, text, ascii: ASCII.test(text) }
  if (Object.isFrozen(headers)) last = kind
  return kind
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
    const json = fromJson(decoder.decode(payload.subarray(HEAD, HEAD + length)))
    return type === 'answer' ? answerRecord(json as AnswerJson, payload.subarray(HEAD + length)) : (json as JournalRecord)
  } catch (cause) {
    throw new OgError('JOURNAL_CORRUPT', `a journal entry cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** The part of an answer that is kept in memory. */
export function metaOf({ receipt, receiptHash, signature }: Answer, at: Location | undefined): AnswerMeta {
  const { price } = receipt
  return price === 0n ? { at, receiptHash, price } : { at, receiptHash, price, signed: { receipt, signature } }
}

type AnswerJson = Pick<Answer, 'receiptHash' | 'header' | 'contentType' | 'headers' | 'sealed'> & {
  requestHash: Hex
  executionLength: number
}

function answerRecord({ requestHash, executionLength, ...rest }: AnswerJson, bytes: Uint8Array): JournalRecord {
  const { receipt, signature } = decodeReceiptHeader(rest.header)
  const part = (from: number, to: number) => new Uint8Array(bytes.buffer, bytes.byteOffset + from, to - from)
  const execution = part(0, executionLength)
  const answer = { receipt, signature, ...rest, execution, body: part(executionLength, bytes.length) }
  return { type: 'answer', requestId: receipt.requestId, requestHash, answer }
}

function jsonParts(type: JournalRecord['type'], json: string, ascii = false): RecordParts {
  if (ascii) return [`${headOf(type, json.length)}${json}`]
  const bytes = Buffer.from(json)
  return [headOf(type, bytes.length), bytes]
}

/** A byte a character: the type, and the length as u32le. */
function headOf(type: JournalRecord['type'], length: number): string {
  return String.fromCharCode(TYPES.indexOf(type), length & 0xff, (length >>> 8) & 0xff, (length >>> 16) & 0xff, length >>> 24)
}

/** JSON that keeps bigints, as `{"$n":"123"}`. Only this program writes and reads it. */
export function toJson(value: unknown): string {
  return JSON.stringify(plain(value))
}

/** What `toJson` wrote. */
export function fromJson(text: string): unknown {
  return JSON.parse(text, revive)
}

/** The same without bigints. A replacer would be called for each text of the lists of a batch, which have thousands. */
function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { $n: value.toString() }
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.every((member) => typeof member === 'string') ? value : value.map(plain)
  const out: Record<string, unknown> = {}
  for (const name in value) out[name] = plain((value as Record<string, unknown>)[name])
  return out
}

function revive(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('$n' in value)) return value
  return BigInt((value as { $n: string }).$n)
}
