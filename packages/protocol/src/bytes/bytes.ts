import { OgError } from '../error/error.ts'

const encoder = new TextEncoder()
const LONE_SURROGATE = /\p{Surrogate}/u

/** The parts one after another, in a new array. */
export const concatBytes = (...parts: readonly Uint8Array[]): Uint8Array => joinBytes(parts)

/** The same of a list whose length a stranger chooses: a call takes some hundred thousand arguments and no more. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const part of parts) length += part.length
  const out = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    out.set(part, offset)
    offset += part.length
  }
  return out
}

/** UTF-8 of a string. A lone surrogate has no UTF-8 and is refused, where `TextEncoder` would silently replace it. */
export function utf8(text: string): Uint8Array {
  const bytes = encoder.encode(text)
  // ASCII, the common case, keeps its length and needs no look at surrogates.
  if (bytes.length !== text.length && LONE_SURROGATE.test(text)) {
    throw new OgError('TEXT_NOT_UTF8', 'The text holds a lone surrogate, which UTF-8 cannot express. Remove it.')
  }
  return bytes
}

/** Same length and same bytes. Not constant-time: for public values only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** `value` as a big-endian unsigned integer of `length` bytes; throws `NUMBER_MALFORMED` if it does not fit. */
export function uintBytes(value: bigint | number, length: number, field = 'value'): Uint8Array {
  const out = new Uint8Array(length)
  writeUint(out, 0, length, value, field)
  return out
}

/** Writes `value` over `out[offset, offset + length)` as a big-endian unsigned integer: the allocation-free form of `uintBytes`. */
export function writeUint(out: Uint8Array, offset: number, length: number, value: bigint | number, field = 'value'): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw outOfRange(field, value, length)
  if (value < 0) throw outOfRange(field, value, length)
  let position = offset + length - 1
  // Groups of 32 bits: small bigints stay cheap, and the common zero costs one comparison.
  let rest = BigInt(value)
  while (rest > 0n) {
    let low = Number(rest & 0xffffffffn)
    rest >>= 32n
    for (let i = 0; i < 4 && (low !== 0 || rest > 0n); i++) {
      if (position < offset) throw outOfRange(field, value, length)
      out[position--] = low & 0xff
      low >>>= 8
    }
  }
  out.fill(0, offset, position + 1)
}

/** The big-endian unsigned integer held by `bytes`. */
export function bytesToUint(bytes: Uint8Array): bigint {
  let value = 0n
  for (const byte of bytes) value = (value << 8n) | BigInt(byte)
  return value
}

function outOfRange(field: string, value: bigint | number, length: number): OgError {
  return new OgError('NUMBER_MALFORMED', `${field}: ${value} is not a whole number from 0 to 2^${length * 8} − 1.`, {
    details: { field, value: String(value), bits: length * 8 },
  })
}
