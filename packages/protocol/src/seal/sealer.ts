import { concatBytes, uintBytes } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import { FINAL_FLAG, frameAad, frameNonce, MAX_FRAME_BYTES } from './frame.ts'
import { pad } from './padding.ts'
import type { WebCryptoKey } from './webcrypto.ts'

/**
 * Seals one response, in as many pieces as the caller likes: the nonce, then frames `u32be(final flag | length) ‖ AES-256-GCM`, of which the
 * last is marked. Calls may overlap; what they give must be sent in the order of the calls.
 */
export class FrameSealer {
  readonly #key: WebCryptoKey
  readonly #nonce: Uint8Array
  #counter = 0
  #closed = false

  constructor(key: WebCryptoKey, nonce: Uint8Array) {
    this.#key = key
    this.#nonce = nonce
  }

  /** The bytes to send for these; of any length, none included. Throws `CHANNEL_CLOSED` after the final one. */
  async seal(bytes: Uint8Array, final: boolean): Promise<Uint8Array> {
    if (this.#closed) throw new OgError('CHANNEL_CLOSED', 'The final frame of this response was sealed already.')
    this.#closed = final
    const count = Math.max(1, Math.ceil(bytes.length / MAX_FRAME_BYTES))
    const first = this.#counter
    this.#counter += count
    const frames = Array.from({ length: count }, (_, i) => {
      const part = bytes.subarray(i * MAX_FRAME_BYTES, (i + 1) * MAX_FRAME_BYTES)
      return this.#frame(part, first + i, final && i === count - 1)
    })
    return concatBytes(...(first === 0 ? [this.#nonce] : []), ...(await Promise.all(frames)))
  }

  async #frame(bytes: Uint8Array, counter: number, final: boolean): Promise<Uint8Array> {
    const algorithm = { name: 'AES-GCM', iv: frameNonce(counter), additionalData: frameAad(counter, final) }
    const sealed = new Uint8Array(await globalThis.crypto.subtle.encrypt(algorithm, this.#key, pad(bytes)))
    return concatBytes(uintBytes((final ? FINAL_FLAG : 0) + sealed.length, 4), sealed)
  }
}
