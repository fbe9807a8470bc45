import { utf8 } from '@opengradient/protocol'
import { AEAD_TAG, fastAead } from '@opengradient/protocol/node'
import { FINAL_FLAG, frameAad, frameNonce, MAX_FRAME_BYTES, PAD_TO, RESPONSE_NONCE_BYTES } from '@opengradient/protocol/seal'
import { hmacOnce } from './hmac.ts'

const LABEL = utf8('opengradient/response-key')
const HEAD = 4

/** Frames are padded here, one after the other. Nothing of them stays. */
const scratch = Buffer.allocUnsafeSlow(HEAD + MAX_FRAME_BYTES)

/**
 * A whole response as `FrameSealer` of `@opengradient/protocol/seal` seals it.
 * @param secret for responses to the request, 32 bytes
 * @param nonce 32 fresh random bytes
 * @param parts its bytes, one after another
 */
export function sealResponse(secret: Uint8Array, nonce: Uint8Array, parts: readonly Uint8Array[]): Buffer {
  const key = responseKey(secret, nonce)
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  if (length <= MAX_FRAME_BYTES) return frame(key, nonce, parts, 0, true)
  const whole = Buffer.concat(parts)
  const count = Math.ceil(length / MAX_FRAME_BYTES)
  const frames = Array.from({ length: count }, (_, i) =>
    frame(key, i === 0 ? nonce : NOTHING, [whole.subarray(i * MAX_FRAME_BYTES, (i + 1) * MAX_FRAME_BYTES)], i, i === count - 1),
  )
  return Buffer.concat(frames)
}

function responseKey(secret: Uint8Array, nonce: Uint8Array): Buffer {
  return hmacOnce(secret, (out, at) => {
    out.set(LABEL, at)
    out.set(nonce, at + LABEL.length)
    return out.writeUInt8(1, at + LABEL.length + RESPONSE_NONCE_BYTES)
  })
}

/** Of the only frame of an answer: nearly all of them have one. */
const ONLY = { nonce: frameNonce(0), aad: frameAad(0, true) }

const NOTHING = new Uint8Array()

/** `before` and a frame of these parts behind it. */
function frame(key: Uint8Array, before: Uint8Array, parts: readonly Uint8Array[], counter: number, final: boolean): Buffer {
  let end = HEAD
  for (const part of parts) {
    scratch.set(part, end)
    end += part.length
  }
  scratch.writeUInt32BE(end - HEAD)
  const length = Math.ceil(end / PAD_TO) * PAD_TO
  scratch.fill(0, end, length)
  const { nonce, aad } = final && counter === 0 ? ONLY : { nonce: frameNonce(counter), aad: frameAad(counter, final) }
  const out = Buffer.allocUnsafe(before.length + HEAD + length + AEAD_TAG)
  out.set(before)
  out.writeUInt32BE((final ? FINAL_FLAG : 0) + length + AEAD_TAG, before.length)
  fastAead().seal(key, nonce, aad, scratch.subarray(0, length), out.subarray(before.length + HEAD))
  scratch.fill(0, 0, length)
  return out
}
