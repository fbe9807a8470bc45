import { concatBytes } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'

/** An RLP item: bytes, or a list of items. */
export type RlpItem = Uint8Array | RlpItem[]

const MAX_DEPTH = 64

/**
 * Decodes one RLP item that fills `bytes` exactly (Ethereum yellow paper, appendix B). Only the canonical encoding is
 * accepted: shortest length form, single bytes below 0x80 as themselves, nothing behind. Throws `RLP_MALFORMED`.
 * The items are views of `bytes`, not copies.
 */
export function decodeRlp(bytes: Uint8Array): RlpItem {
  const { item, end } = decodeAt(bytes, 0, bytes.length, 0)
  if (end !== bytes.length) throw malformed(end, `${bytes.length - end} bytes after the item`)
  return item
}

/** Encodes an item canonically. */
export function encodeRlp(item: RlpItem): Uint8Array {
  if (!Array.isArray(item)) {
    if (item.length === 1 && item[0]! < 0x80) return item.slice()
    return concatBytes(lengthPrefix(item.length, 0x80), item)
  }
  const content = concatBytes(...item.map(encodeRlp))
  return concatBytes(lengthPrefix(content.length, 0xc0), content)
}

/** Throws `RLP_MALFORMED` unless the item is bytes, of `length` of them if given. */
export function rlpBytes(item: RlpItem | undefined, field: string, length?: number): Uint8Array {
  if (item === undefined || Array.isArray(item)) throw fieldError(field, 'expected bytes, got a list')
  if (length !== undefined && item.length !== length) throw fieldError(field, `expected ${length} bytes, got ${item.length}`)
  return item
}

/** Throws `RLP_MALFORMED` unless the item is a list. */
export function rlpList(item: RlpItem | undefined, field: string): RlpItem[] {
  if (!Array.isArray(item)) throw fieldError(field, 'expected a list')
  return item
}

/** The unsigned integer of an item: big-endian, no leading zeros, at most `maxLength` bytes. Throws `RLP_MALFORMED`. */
export function rlpUint(item: RlpItem | undefined, field: string, maxLength: number): bigint {
  const bytes = rlpBytes(item, field)
  if (bytes.length > maxLength) throw fieldError(field, `expected at most ${maxLength} bytes, got ${bytes.length}`)
  if (bytes[0] === 0) throw fieldError(field, 'an integer has no leading zeros')
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

function decodeAt(bytes: Uint8Array, at: number, end: number, depth: number): { item: RlpItem; end: number } {
  const first = bytes[at]
  if (first === undefined) throw malformed(at, 'the item ends early')
  if (first < 0x80) return { item: bytes.subarray(at, at + 1), end: at + 1 }
  if (first < 0xc0) {
    const { start, stop } = extent(bytes, at, end, first - 0x80)
    if (stop - start === 1 && bytes[start]! < 0x80) throw malformed(at, 'a byte below 0x80 stands for itself')
    return { item: bytes.subarray(start, stop), end: stop }
  }
  if (depth >= MAX_DEPTH) throw malformed(at, `lists nested deeper than ${MAX_DEPTH}`)
  const { start, stop } = extent(bytes, at, end, first - 0xc0)
  const list: RlpItem[] = []
  for (let next = start; next < stop; ) {
    const inner = decodeAt(bytes, next, stop, depth + 1)
    list.push(inner.item)
    next = inner.end
  }
  return { item: list, end: stop }
}

/** Where the content of the item at `at` starts and stops; `code` is its first byte less the base of its kind. */
function extent(bytes: Uint8Array, at: number, end: number, code: number): { start: number; stop: number } {
  let start = at + 1
  let length = code
  if (code > 55) {
    const lengthBytes = code - 55
    start += lengthBytes
    if (start > end) throw malformed(at, 'the length ends early')
    if (bytes[at + 1] === 0) throw malformed(at, 'the length has leading zeros')
    if (lengthBytes > 6) throw malformed(at, 'the length is beyond 2^48')
    length = 0
    for (let i = at + 1; i < start; i++) length = length * 256 + bytes[i]!
    if (length < 56) throw malformed(at, 'a length below 56 has the short form')
  }
  if (length > end - start) throw malformed(at, `the content is ${length} bytes, only ${end - start} are there`)
  return { start, stop: start + length }
}

function lengthPrefix(length: number, base: number): Uint8Array {
  if (length < 56) return Uint8Array.of(base + length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  return Uint8Array.of(base + 55 + bytes.length, ...bytes)
}

function malformed(offset: number, problem: string): OgError {
  return new OgError('RLP_MALFORMED', `RLP, byte ${offset}: ${problem}.`, { details: { offset } })
}

function fieldError(field: string, problem: string): OgError {
  return new OgError('RLP_MALFORMED', `RLP, ${field}: ${problem}.`, { details: { field } })
}
