import { joinBytes } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import { FINAL_FLAG, frameAad, frameNonce, MAX_FRAME_CIPHERTEXT, MIN_FRAME_CIPHERTEXT, RESPONSE_NONCE_BYTES } from './frame.ts'
import { unpad } from './padding.ts'
import type { WebCryptoKey } from './webcrypto.ts'

/**
 * Opens one sealed response as it arrives. Holds at most one frame. After a fault every call throws it again.
 *
 * ```ts
 * for await (const chunk of response) use(await opener.push(chunk))
 * opener.end()
 * ```
 */
export class FrameOpener {
  readonly #keyOf: (nonce: Uint8Array) => Promise<WebCryptoKey>
  #key: WebCryptoKey | undefined
  /** What came and is not opened yet, in the pieces that it came in: they are joined once for each thing that is cut off them. */
  #pieces: Uint8Array[] = []
  #held = 0
  #counter = 0
  #final = false
  #work: Promise<unknown> = Promise.resolve()
  #fault: OgError | undefined

  constructor(keyOf: (nonce: Uint8Array) => Promise<WebCryptoKey>) {
    this.#keyOf = keyOf
  }

  /**
   * What the frames that are whole by now hold, opened. Throws `CHANNEL_MISMATCH` for a frame that was altered, moved, repeated or is of
   * another response, `CHANNEL_MALFORMED` for a length that no frame has, `CHANNEL_CLOSED` for anything after the final frame.
   */
  push(chunk: Uint8Array): Promise<Uint8Array> {
    const result = this.#work.then(() => this.#take(chunk))
    this.#work = result.catch(() => undefined)
    return result
  }

  /** To be called when the response ends, and all pushes are done. Throws `CHANNEL_TRUNCATED` unless the final frame was its end. */
  end(): void {
    if (this.#fault) throw this.#fault
    if (!this.#final) throw new OgError('CHANNEL_TRUNCATED', 'The response ended before its final frame.')
  }

  async #take(chunk: Uint8Array): Promise<Uint8Array> {
    try {
      if (this.#fault) throw this.#fault
      this.#keep(chunk)
      const opened: Uint8Array[] = []
      while (await this.#ready()) opened.push(await this.#next())
      if (this.#final && this.#held > 0) throw new OgError('CHANNEL_CLOSED', 'The response goes on after its final frame.')
      return joinBytes(opened)
    } catch (error) {
      this.#fault ??= error as OgError
      throw this.#fault
    }
  }

  /** Whether a whole frame waits. Takes the nonce at the start, and refuses lengths before anything of that length is kept. */
  async #ready(): Promise<boolean> {
    if (this.#key === undefined) {
      if (this.#held < RESPONSE_NONCE_BYTES) return false
      this.#key = await this.#keyOf(this.#cut(RESPONSE_NONCE_BYTES))
    }
    if (this.#final || this.#held < 4) return false
    const length = lengthOf(this.#front(4))
    if (length < MIN_FRAME_CIPHERTEXT || length > MAX_FRAME_CIPHERTEXT)
      throw new OgError('CHANNEL_MALFORMED', `A frame of ${length} bytes is not one.`)
    return this.#held >= 4 + length
  }

  async #next(): Promise<Uint8Array> {
    const word = this.#cut(4)
    const final = (word[0]! & 0x80) !== 0
    const sealed = this.#cut(lengthOf(word))
    const algorithm = { name: 'AES-GCM', iv: frameNonce(this.#counter), additionalData: frameAad(this.#counter, final) }
    const padded = await this.#decrypt(algorithm, sealed)
    this.#counter++
    this.#final = final
    return unpad(padded)
  }

  async #decrypt(algorithm: { name: string; iv: Uint8Array<ArrayBuffer>; additionalData: Uint8Array<ArrayBuffer> }, sealed: Uint8Array) {
    try {
      return new Uint8Array(await globalThis.crypto.subtle.decrypt(algorithm, this.#key!, new Uint8Array(sealed)))
    } catch (cause) {
      throw new OgError('CHANNEL_MISMATCH', `Frame ${this.#counter} of the response does not open: it was altered, moved or repeated.`, {
        cause,
      })
    }
  }

  #keep(bytes: Uint8Array): void {
    this.#pieces.push(bytes.slice())
    this.#held += bytes.length
  }

  #cut(length: number): Uint8Array {
    const front = this.#front(length)
    this.#pieces[0] = front.subarray(length)
    this.#held -= length
    return front.subarray(0, length)
  }

  /** The first piece, with `length` bytes at least, which are held. */
  #front(length: number): Uint8Array {
    if (this.#pieces[0]!.length < length) this.#pieces = [joinBytes(this.#pieces)]
    return this.#pieces[0]!
  }
}

/** The length word at the start, without the flag. */
const lengthOf = (bytes: Uint8Array): number => new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) % FINAL_FLAG
