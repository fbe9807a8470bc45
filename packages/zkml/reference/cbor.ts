import { type Code, Reject } from './bytes.ts'

/** What our documents are made of. */
export type Item = number | string | Uint8Array | readonly Item[] | ReadonlyMap<string, Item>

/** Lists and maps inside each other; no document of SPEC 2.1 or 2.8 has more. */
const DEPTH = 8

/**
 * One item from its deterministic CBOR, read byte by byte (RFC 8949 4.2.1; SPEC 2.1): heads as short as they can be, definite lengths, keys that are
 * texts in the order of their bytes, no tags, floats and simple values, nothing behind the end. Everything else is refused with `code`.
 */
export function decodeCbor(bytes: Uint8Array, code: Code): Item {
  const bad = (what: string): never => {
    throw new Reject(code, `cbor: ${what}`)
  }
  let at = 0
  const argument = (info: number): number => {
    if (info < 24) return info
    if (info > 27) bad('length')
    const length = 2 ** (info - 24)
    if (at + length > bytes.length) bad('end')
    let value = 0
    for (const byte of bytes.subarray(at, at + length)) value = value * 256 + byte
    at += length
    if (!Number.isSafeInteger(value)) bad('integer')
    if (value < (length === 1 ? 24 : 256 ** (length / 2))) bad('longer than it has to be')
    return value
  }
  const string = (length: number): Uint8Array => {
    if (length > bytes.length - at) bad('end')
    at += length
    return bytes.slice(at - length, at)
  }
  const text = (length: number): string => {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(string(length))
    } catch {
      return bad('text')
    }
  }
  const entries = (count: number, depth: number): ReadonlyMap<string, Item> => {
    const map = new Map<string, Item>()
    let before: Uint8Array | undefined
    for (let i = 0; i < count; i++) {
      const start = at
      const key = item(depth)
      if (typeof key !== 'string') return bad('key')
      const own = bytes.slice(start, at)
      if (before && !isBefore(before, own)) bad('order of keys')
      before = own
      map.set(key, item(depth))
    }
    return map
  }
  const item = (depth: number): Item => {
    if (at >= bytes.length) return bad('end')
    const first = bytes[at++]!
    const kind = first >> 5
    if (kind > 5) return bad('kind')
    const value = argument(first & 31)
    if (kind === 0) return value
    if (kind === 1) return -1 - value
    if (kind === 2) return string(value)
    if (kind === 3) return text(value)
    if (depth === DEPTH || value > bytes.length - at) return bad('nesting or end')
    if (kind === 5) return entries(value, depth + 1)
    const list: Item[] = []
    for (let i = 0; i < value; i++) list.push(item(depth + 1))
    return list
  }
  const read = item(0)
  return at === bytes.length ? read : bad('bytes behind the end')
}

/** Whether the bytes x come before y in the order of bytes. */
function isBefore(x: Uint8Array, y: Uint8Array): boolean {
  for (let i = 0; i < Math.min(x.length, y.length); i++) if (x[i] !== y[i]) return x[i]! < y[i]!
  return x.length < y.length
}
