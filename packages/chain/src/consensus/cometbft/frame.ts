import { malformed } from './protobuf/reader.ts'
import { Writer } from './protobuf/writer.ts'

/** Bytes of one message at most. A block of CometBFT has at most 100 MB, ours far less; a snapshot chunk at most 16 MB. */
export const MAX_FRAME_BYTES = 64 << 20

/** Memory that a frame takes before more of it than this has come. */
const FIRST_ROOM = 4096

/**
 * Cuts the stream of one connection into messages, each after its length as an unsigned varint. Never takes more memory than twice what
 * has come, and never more than one message of `max` bytes.
 */
export class FrameReader {
  readonly #max: number
  /** Bytes of the length so far, and its value. */
  #digits = 0
  #length = 0
  /** The message that is coming; undefined while its length is. */
  #frame: Uint8Array | undefined
  #filled = 0

  constructor(max: number = MAX_FRAME_BYTES) {
    this.#max = max
  }

  /** Whether the stream stands between two messages. */
  get idle(): boolean {
    return this.#frame === undefined && this.#digits === 0
  }

  /** The messages that are complete with this chunk, in order; each in memory of its own. */
  *push(chunk: Uint8Array): Generator<Uint8Array, void, void> {
    for (let at = 0; at < chunk.length; ) {
      if (this.#frame === undefined) this.#digit(chunk[at++]!)
      else {
        const taken = Math.min(chunk.length - at, this.#length - this.#filled)
        this.#take(chunk.subarray(at, at + taken))
        at += taken
      }
      if (this.#frame === undefined || this.#filled < this.#length) continue
      const frame = this.#frame
      this.#frame = undefined
      this.#filled = 0
      this.#length = 0
      this.#digits = 0
      yield frame
    }
  }

  #digit(byte: number): void {
    this.#length += (byte & 0x7f) * 2 ** (7 * this.#digits++)
    if (this.#length > this.#max || this.#digits > 5)
      throw malformed('TOO_LARGE', `a message is larger than the ${this.#max} bytes that are read`)
    if (byte < 0x80) this.#frame = new Uint8Array(Math.min(this.#length, FIRST_ROOM))
  }

  #take(bytes: Uint8Array): void {
    const needed = this.#filled + bytes.length
    let frame = this.#frame!
    if (needed > frame.length) {
      frame = new Uint8Array(Math.min(this.#length, Math.max(needed, 2 * frame.length)))
      frame.set(this.#frame!.subarray(0, this.#filled))
      this.#frame = frame
    }
    frame.set(bytes, this.#filled)
    this.#filled = needed
  }
}

/** A message after its length. */
export function frame(message: Uint8Array): Uint8Array {
  const writer = new Writer()
  writer.length(message.length)
  writer.raw(message)
  return writer.finish()
}
