/**
 * The little of protocol buffers that CometBFT's hashes and signatures need: fields in order of their number, written one by one and
 * concatenated to a message. As in proto3, a zero, an empty text and empty bytes are left out.
 */
import { concatBytes } from '../../bytes/bytes.ts'

const NOTHING = new Uint8Array()

/** An unsigned number of up to 64 bits, or a signed one that is not negative. */
export const varintField = (field: number, value: bigint | number): Uint8Array =>
  BigInt(value) === 0n ? NOTHING : concatBytes(varint(field * 8), varint(value))

/** `sfixed64`: eight bytes, little-endian; not negative. */
export function fixed64Field(field: number, value: bigint | number): Uint8Array {
  if (BigInt(value) === 0n) return NOTHING
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value), true)
  return concatBytes(varint(field * 8 + 1), bytes)
}

/** Bytes or text. */
export const bytesField = (field: number, value: Uint8Array): Uint8Array => (value.length === 0 ? NOTHING : messageField(field, value))

/** A message inside the message, which is written even if it holds nothing. */
export const messageField = (field: number, message: Uint8Array): Uint8Array =>
  concatBytes(varint(field * 8 + 2), varint(message.length), message)

/** A message with its length in front. */
export const delimited = (message: Uint8Array): Uint8Array => concatBytes(varint(message.length), message)

function varint(value: bigint | number): Uint8Array {
  const bytes: number[] = []
  let rest = BigInt(value)
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80)
  return Uint8Array.of(...bytes, Number(rest))
}
