import { bytesToUint, uintBytes } from '../bytes/bytes.ts'

const WORD = 32

type Malformed = (why: string) => Error

const padded = (length: number): number => Math.ceil(length / WORD) * WORD

/** `abi.encode(bytes, bytes, …)`. */
export function encodeStrings(parts: readonly Uint8Array[]): Uint8Array {
  const head = WORD * parts.length
  const out = new Uint8Array(parts.reduce((sum, { length }) => sum + WORD + padded(length), head))
  let offset = head
  for (const [i, bytes] of parts.entries()) {
    out.set(uintBytes(offset, WORD), WORD * i)
    out.set(uintBytes(bytes.length, WORD), offset)
    out.set(bytes, offset + WORD)
    offset += WORD + padded(bytes.length)
  }
  return out
}

/**
 * The `count` byte strings of `abi.encode(bytes, …)`, as views. One encoding only: offsets in order without gaps, padding of zeros, nothing
 * behind.
 * @param malformed makes the error that is thrown of a fault, a sentence
 */
export function decodeStrings(bytes: Uint8Array, count: number, malformed: Malformed): Uint8Array[] {
  let offset = WORD * count
  if (bytes.length < offset) throw malformed(`${bytes.length} bytes are less than its head of ${offset}`)
  const parts: Uint8Array[] = []
  for (let i = 0; i < count; i++) {
    if (wordAt(bytes, WORD * i) !== offset) throw malformed(`part ${i} does not begin at byte ${offset}`)
    const start = offset + WORD
    if (start > bytes.length) throw malformed(`part ${i} begins behind the end`)
    const length = wordAt(bytes, offset)
    if (length === undefined || length > bytes.length - start) throw malformed(`part ${i} ends behind the end`)
    offset = start + padded(length)
    if (offset > bytes.length) throw malformed(`the padding of part ${i} is missing`)
    if (bytes.subarray(start + length, offset).some((byte) => byte !== 0)) throw malformed(`the padding of part ${i} is not zero`)
    parts.push(bytes.subarray(start, start + length))
  }
  if (offset !== bytes.length) throw malformed(`${bytes.length - offset} bytes are behind its end`)
  return parts
}

/** `abi.encode(bytes[])`; no bytes at all for an empty list. */
export function encodeList(items: readonly Uint8Array[]): Uint8Array {
  if (items.length === 0) return new Uint8Array()
  const tail = encodeStrings(items)
  const out = new Uint8Array(2 * WORD + tail.length)
  out.set(uintBytes(WORD, WORD), 0)
  out.set(uintBytes(items.length, WORD), WORD)
  out.set(tail, 2 * WORD)
  return out
}

/** The inverse of `encodeList`, for lists of at most `max`. */
export function decodeList(bytes: Uint8Array, max: number, malformed: Malformed): Uint8Array[] {
  if (bytes.length === 0) return []
  if (bytes.length < 2 * WORD || wordAt(bytes, 0) !== WORD) throw malformed('a list does not begin at byte 32')
  const count = wordAt(bytes, WORD)
  if (count === undefined || count === 0 || count > max) throw malformed(`a list does not have 1 to ${max} members`)
  return decodeStrings(bytes.subarray(2 * WORD), count, malformed)
}

/** A word below 2^48, or undefined: no length comes near. */
function wordAt(bytes: Uint8Array, at: number): number | undefined {
  const word = bytesToUint(bytes.subarray(at, at + WORD))
  return word < 2n ** 48n ? Number(word) : undefined
}
