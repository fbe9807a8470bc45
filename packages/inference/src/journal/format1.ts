import type { Hex } from '@opengradient/protocol'
import type { ArchivedEntry } from './archive.ts'
import type { CommittedBatch } from './entry.ts'
import { fromJson } from './record.ts'

/** `f` · hash of the request · segment, offset and length of its record · sequence of its batch · when that was committed. JSON begins with a brace. */
const FREE = /^f([0-9a-f]{64}) (\d+) (\d+) (\d+) (\d+) (\d+)$/

/** An entry as format 1 of the index had it: a free one in a committed batch as numbers in text, in later versions; all others as JSON. */
export function oldEntry(requestId: Hex, value: Uint8Array): ArchivedEntry {
  const text = textOf(value)
  const [, hash, segment, offset, length, sequence, anchoredAt] = FREE.exec(text) ?? []
  if (hash === undefined) return fromJson(text) as ArchivedEntry
  const at = { segment: Number(segment), offset: Number(offset), length: Number(length) }
  return { requestId, requestHash: `0x${hash}`, state: 'free', at, sequence: BigInt(sequence!), anchoredAt: Number(anchoredAt) }
}

/** The request that a payment was for, as JSON. */
export function oldPayment(value: Uint8Array): Hex {
  return fromJson(textOf(value)) as Hex
}

/** A committed batch, as JSON. */
export function oldBatch(value: Uint8Array): CommittedBatch {
  return fromJson(textOf(value)) as CommittedBatch
}

/** What lies in a segment: requests, each with its payment if it has one, as JSON. */
export function oldList(value: Uint8Array): [requestId: Hex, paymentId?: Hex][] {
  return JSON.parse(textOf(value))
}

function textOf(value: Uint8Array): string {
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString()
}
