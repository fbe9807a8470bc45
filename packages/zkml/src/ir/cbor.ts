import { equalBytes, isMachineFault, ownBytes } from '@opengradient/protocol'
import { decode, encode, rfc8949EncodeOptions } from 'cborg'
import type { Fail } from './fail.ts'

/** Lists and maps inside each other, at most. */
const MAX_DEPTH = 8

/** Deterministic CBOR of plain objects, lists, texts, integers and byte strings. SPEC 2.1. */
export function encodeCbor(value: unknown): Uint8Array {
  // In Node a Buffer, whose slice() is no copy.
  const { buffer, byteOffset, byteLength } = encode(value, rfc8949EncodeOptions)
  return new Uint8Array(buffer, byteOffset, byteLength)
}

/**
 * The value of deterministic CBOR (RFC 8949 §4.2.1) from untrusted bytes; maps are `Map`s. Refuses, through `fail`, more than
 * `maxBytes` bytes or `maxItems` items (each becomes an object of some forty bytes), floats, tags, simple values, integers beyond 2^53, nesting, and every encoding that is not the one
 * of its value. Nothing is allocated for a length that the bytes do not hold.
 */
export function decodeCbor(bytes: Uint8Array, maxBytes: number, fail: Fail, maxItems: number = maxBytes): unknown {
  if (bytes.length > maxBytes) fail('the encoding', `has ${bytes.length} bytes, over the limit of ${maxBytes}`)
  scan(bytes, maxItems, fail)
  let value: unknown
  let again: Uint8Array
  try {
    value = decode(ownBytes(bytes), { useMaps: true, allowBigInt: false })
    again = encodeCbor(value)
  } catch (cause) {
    if (isMachineFault(cause)) throw cause
    fail('the encoding', `is not deterministic CBOR: ${cause}`)
  }
  if (!equalBytes(again, bytes)) fail('the encoding', 'is not the deterministic CBOR of its value')
  return value
}

/** Walks the items without recursion, so that the decoder after it meets neither deep nesting nor a count it cannot fill. */
function scan(bytes: Uint8Array, maxItems: number, fail: Fail): void {
  const open: number[] = []
  let at = 0
  let left = maxItems
  do {
    if (--left < 0) fail(`byte ${at}`, `begins more than the ${maxItems} items that there may be`)
    const { major, argument, next } = head(bytes, at, fail)
    at = next
    if (open.length > 0) open[open.length - 1]! -= 1
    const rest = bytes.length - at
    if (major === 2 || major === 3) {
      if (argument > rest) fail(`byte ${at}`, 'begins a string longer than the bytes left')
      at += argument
    } else if (major >= 4) {
      const items = major === 5 ? argument * 2 : argument
      if (items > rest) fail(`byte ${at}`, 'begins more items than there are bytes left')
      if (open.length === MAX_DEPTH) fail(`byte ${at}`, `is nested deeper than ${MAX_DEPTH}`)
      open.push(items)
    }
    while (open.at(-1) === 0) open.pop()
  } while (open.length > 0)
  if (at !== bytes.length) fail(`byte ${at}`, 'comes after the end')
}

/** Major type and argument of the item at `at`. Types 0 to 5 with definite lengths below 2^53 only. */
function head(bytes: Uint8Array, at: number, fail: Fail): { major: number; argument: number; next: number } {
  const first = bytes[at]
  if (first === undefined) fail(`byte ${at}`, 'is missing')
  const major = first >> 5
  const info = first & 31
  if (major > 5) fail(`byte ${at}`, 'begins a tag, a float or a simple value')
  if (info < 24) return { major, argument: info, next: at + 1 }
  if (info > 27) fail(`byte ${at}`, 'has an indefinite or reserved length')
  const size = 1 << (info - 24)
  if (at + 1 + size > bytes.length) fail(`byte ${at}`, 'is cut short')
  let argument = 0
  for (let i = 0; i < size; i++) argument = argument * 256 + bytes[at + 1 + i]!
  if (argument > Number.MAX_SAFE_INTEGER) fail(`byte ${at}`, 'has an argument beyond 2^53')
  return { major, argument, next: at + 1 + size }
}
