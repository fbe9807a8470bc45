import { OgError } from '../error/error.ts'

/** Lower-case hex of whole bytes with `0x` in front. Made by `bytesToHex`, checked by `parseHex`. */
export type Hex = `0x${string}`

/** A 20-byte account or contract address in lower case, without checksum. */
export type Address = Hex

const DIGITS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))
const LOWER_HEX = /^0x(?:[0-9a-f]{2})*$/

/** Value of each lower-case hex digit by character code; 255 for everything else. */
const NIBBLES = new Uint8Array(128).fill(255)
for (const [value, digit] of [...'0123456789abcdef'].entries()) NIBBLES[digit.charCodeAt(0)] = value

/** The hex form of `bytes`. */
export function bytesToHex(bytes: Uint8Array): Hex {
  let out = '0x'
  for (const byte of bytes) out += DIGITS[byte]
  return out as Hex
}

/**
 * The bytes of a hex string; throws `HEX_MALFORMED` unless it is lower-case hex of whole bytes, exactly `length` of them
 * if given.
 */
export function hexToBytes(hex: Hex, length = hexLength(hex), field = 'value'): Uint8Array {
  const out = new Uint8Array(length)
  writeHex(out, 0, length, hex, field)
  return out
}

/** Writes hex of exactly `length` bytes into `out` at `offset`: the allocation-free form of `hexToBytes`. */
export function writeHex(out: Uint8Array, offset: number, length: number, hex: Hex, field = 'value'): void {
  if (hex.length !== 2 + 2 * length || hex[0] !== '0' || hex[1] !== 'x') throw malformed(hex, length, field)
  for (let i = 0, at = 2; i < length; i++, at += 2) {
    const high = NIBBLES[hex.charCodeAt(at)] ?? 255
    const low = NIBBLES[hex.charCodeAt(at + 1)] ?? 255
    if ((high | low) > 15) throw malformed(hex, length, field)
    out[offset + i] = (high << 4) | low
  }
}

/**
 * Untrusted text as `Hex`. `length` is the number of bytes it must have (any number if `undefined`), `field` the name
 * for the message. Upper case is refused, so that one value has one form.
 */
export function parseHex(value: unknown, length?: number, field = 'value'): Hex {
  if (typeof value !== 'string' || !LOWER_HEX.test(value)) throw malformed(value, length, field)
  if (length !== undefined && value.length !== 2 + 2 * length) throw malformed(value, length, field)
  return value as Hex
}

/** An address from untrusted text; `0x` and 40 lower-case digits. */
export function parseAddress(value: unknown, field = 'address'): Address {
  return parseHex(value, 20, field)
}

/** Number of bytes that a hex string stands for. */
export function hexLength(hex: Hex): number {
  return Math.max(0, (hex.length - 2) >>> 1)
}

/** A hex string of `length` zero bytes. */
function zeroHex(length: number): Hex {
  return `0x${'00'.repeat(length)}`
}

/** Thirty-two zero bytes: "none" in every bytes32 field. */
export const ZERO_HASH: Hex = zeroHex(32)

/** The address that no key has: "nobody" in every address field. */
export const ZERO_ADDRESS: Address = zeroHex(20)

function malformed(value: unknown, length: number | undefined, field: string): OgError {
  const expected = length === undefined ? 'whole bytes' : `${length} bytes`
  const given = typeof value === 'string' ? `${value.length} characters beginning ${JSON.stringify(value.slice(0, 12))}` : typeof value
  return new OgError('HEX_MALFORMED', `${field}: expected 0x and lower-case hex of ${expected}, got ${given}.`, {
    details: { field, ...(length === undefined ? {} : { length }) },
  })
}
