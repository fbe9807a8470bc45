import { uintBytes } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'

/** Sealed plaintexts have a multiple of this many bytes, so that their length says little. */
export const PAD_TO = 256

/** `u32be(length) ‖ bytes ‖ zeros` up to the next multiple of 256. */
export function pad(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil((4 + bytes.length) / PAD_TO) * PAD_TO)
  out.set(uintBytes(bytes.length, 4))
  out.set(bytes, 4)
  return out
}

/** The inverse of `pad`, as a view; throws `CHANNEL_MALFORMED` for every other padding. */
export function unpad(padded: Uint8Array): Uint8Array {
  // Of fewer than four bytes it is some length, and none fits so few.
  const length = ((padded[0]! << 24) | (padded[1]! << 16) | (padded[2]! << 8) | padded[3]!) >>> 0
  const whole = Math.ceil((4 + length) / PAD_TO) * PAD_TO
  if (padded.length !== whole || !areZeros(padded, 4 + length))
    throw new OgError('CHANNEL_MALFORMED', 'The sealed bytes are not padded as agreed.')
  return padded.subarray(4, 4 + length)
}

/** Whether nothing but zeros follows. */
function areZeros(bytes: Uint8Array, from: number): boolean {
  let any = 0
  for (let i = from; i < bytes.length; i++) any |= bytes[i]!
  return any === 0
}
