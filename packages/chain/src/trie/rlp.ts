/**
 * The little RLP that trie nodes need, over offsets instead of copies: state roots are most of a block's cost after the EVM.
 * The bytes are our own (each was hashed when stored and again when read), so lengths are trusted.
 */

/** Where an item's payload begins and ends. */
export interface Item {
  readonly list: boolean
  /** First byte of the item, prefix included. */
  readonly from: number
  readonly start: number
  readonly end: number
}

/** The item that begins at `from`. */
export function itemAt(bytes: Uint8Array, from: number): Item {
  const first = bytes[from]!
  if (first < 0x80) return { list: false, from, start: from, end: from + 1 }
  if (first < 0xb8) return { list: false, from, start: from + 1, end: from + first - 0x7f }
  if (first < 0xc0) return long(bytes, from, first - 0xb7, false)
  if (first < 0xf8) return { list: true, from, start: from + 1, end: from + first - 0xbf }
  return long(bytes, from, first - 0xf7, true)
}

function long(bytes: Uint8Array, from: number, lengthBytes: number, list: boolean): Item {
  let length = 0
  for (let i = 1; i <= lengthBytes; i++) length = length * 256 + bytes[from + i]!
  const start = from + 1 + lengthBytes
  return { list, from, start, end: start + length }
}

/** The items of the list at `from`. */
export function itemsAt(bytes: Uint8Array, from: number): Item[] {
  const { start, end } = itemAt(bytes, from)
  return itemsBetween(bytes, start, end)
}

/** The items of a list whose payload begins at `start` and ends at `end`. */
export function itemsBetween(bytes: Uint8Array, start: number, end: number): Item[] {
  const items: Item[] = []
  for (let at = start; at < end; ) {
    const item = itemAt(bytes, at)
    items.push(item)
    at = item.end
  }
  return items
}

/** A list of items that are already encoded. */
export function encodeList(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = listOf(length)
  let at = out.length - length
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}

/** Room for a list whose items take `length` bytes, with its prefix written. */
export function listOf(length: number): Uint8Array {
  const head = header(length, 0xc0)
  const out = new Uint8Array(head.length + length)
  out.set(head)
  return out
}

/** One byte string. */
export function encodeBytes(bytes: Uint8Array): Uint8Array {
  if (bytes.length === 1 && bytes[0]! < 0x80) return bytes
  const head = header(bytes.length, 0x80)
  const out = new Uint8Array(head.length + bytes.length)
  out.set(head)
  out.set(bytes, head.length)
  return out
}

function header(length: number, offset: number): Uint8Array {
  if (length < 56) return Uint8Array.of(offset + length)
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 255)
  return Uint8Array.of(offset + 55 + bytes.length, ...bytes)
}
