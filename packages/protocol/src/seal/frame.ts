import { PAD_TO } from './padding.ts'

/** Bytes at the start of a sealed response, before its first frame. */
export const RESPONSE_NONCE_BYTES = 32

/** Bit of the length word that marks the last frame. It is authenticated: see `frameAad`. */
export const FINAL_FLAG = 0x8000_0000

/** Bytes that one frame carries at most, and that its ciphertext has at most (length word, padding and tag). */
export const MAX_FRAME_BYTES = 65_532
export const MAX_FRAME_CIPHERTEXT = MAX_FRAME_BYTES + 4 + 16
export const MIN_FRAME_CIPHERTEXT = PAD_TO + 16

/** AES-GCM nonce of a frame: its position as a 96-bit counter. */
export function frameNonce(counter: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(12)
  const view = new DataView(nonce.buffer)
  view.setUint32(4, Math.floor(counter / 2 ** 32))
  view.setUint32(8, counter % 2 ** 32)
  return nonce
}

/** Additional data of a frame: one byte that is 1 for the last one, then the counter. */
export function frameAad(counter: number, final: boolean): Uint8Array<ArrayBuffer> {
  const aad = new Uint8Array(13)
  aad[0] = final ? 1 : 0
  aad.set(frameNonce(counter), 1)
  return aad
}
