import { OgError } from '@opengradient/protocol'

/** Where the content of an RLP item starts and ends. */
export interface RlpExtent {
  readonly list: boolean
  readonly start: number
  readonly end: number
}

/** The canonical RLP item at `at` (untrusted), within `end`; its content is not looked at. Throws `RLP_MALFORMED`. */
export function strictItemAt(bytes: Uint8Array, at: number, end: number): RlpExtent {
  const first = bytes[at]
  if (first === undefined || at >= end) throw malformed(at, 'the item ends early')
  if (first < 0x80) return { list: false, start: at, end: at + 1 }
  const list = first >= 0xc0
  const code = first - (list ? 0xc0 : 0x80)
  const { start, length } = code > 55 ? longAt(bytes, at, end, code - 55) : { start: at + 1, length: code }
  if (length > end - start) throw malformed(at, `the content is ${length} bytes, only ${end - start} are there`)
  if (!list && length === 1 && bytes[start]! < 0x80) throw malformed(at, 'a byte below 0x80 stands for itself')
  return { list, start, end: start + length }
}

function longAt(bytes: Uint8Array, at: number, end: number, lengthBytes: number): { readonly start: number; readonly length: number } {
  const start = at + 1 + lengthBytes
  if (start > end) throw malformed(at, 'the length ends early')
  if (bytes[at + 1] === 0) throw malformed(at, 'the length has leading zeros')
  if (lengthBytes > 6) throw malformed(at, 'the length is beyond 2^48')
  let length = 0
  for (let i = at + 1; i < start; i++) length = length * 256 + bytes[i]!
  if (length < 56) throw malformed(at, 'a length below 56 has the short form')
  return { start, length }
}

const malformed = (offset: number, problem: string) =>
  new OgError('RLP_MALFORMED', `RLP, byte ${offset}: ${problem}.`, { details: { offset } })
