import { createCipheriv } from 'node:crypto'
import { utf8 } from '@opengradient/protocol'
import { FINAL_FLAG, frameAad, frameNonce, MAX_FRAME_BYTES, PAD_TO } from '@opengradient/protocol/seal'
import { hmac } from './context.ts'

const LABEL = utf8('opengradient/response-key')
const ONE = Uint8Array.of(1)

/**
 * A whole response as `FrameSealer` of `@opengradient/protocol/seal` seals it.
 * @param secret exported for responses
 * @param enc of the request
 * @param nonce 32 fresh random bytes
 */
export function sealResponse(secret: Uint8Array, enc: Uint8Array, nonce: Uint8Array, bytes: Uint8Array): Buffer {
  const key = hmac(hmac(Buffer.concat([enc, nonce]), secret), LABEL, ONE)
  const parts: Uint8Array[] = [nonce]
  const count = Math.max(1, Math.ceil(bytes.length / MAX_FRAME_BYTES))
  for (let i = 0; i < count; i++)
    parts.push(...frame(key, bytes.subarray(i * MAX_FRAME_BYTES, (i + 1) * MAX_FRAME_BYTES), i, i === count - 1))
  return Buffer.concat(parts)
}

function frame(key: Uint8Array, bytes: Uint8Array, counter: number, final: boolean): Buffer[] {
  const padded = Buffer.alloc(Math.ceil((4 + bytes.length) / PAD_TO) * PAD_TO)
  padded.writeUInt32BE(bytes.length)
  padded.set(bytes, 4)
  const cipher = createCipheriv('aes-256-gcm', key, frameNonce(counter))
  cipher.setAAD(frameAad(counter, final))
  const sealed = cipher.update(padded)
  cipher.final()
  const head = Buffer.alloc(4)
  head.writeUInt32BE((final ? FINAL_FLAG : 0) + sealed.length + 16)
  return [head, sealed, cipher.getAuthTag()]
}
