const LEAST = 4_096

/**
 * Bytes that come in pieces whose sizes a stranger chooses, copied into one array that grows with them. Who keeps the pieces instead keeps an object,
 * and often the buffer that it was read into, for every single byte: a body of 6 MB in pieces of one byte took 2.4 GB.
 */
export class Gathered {
  readonly #max: number
  #bytes = new Uint8Array(0)
  #size = 0

  /** At most `max` bytes. */
  constructor(max: number) {
    this.#max = max
  }

  /** @returns false if there are more than `max` bytes with these: nothing of them is taken, and what was there is let go of */
  add(piece: Uint8Array): boolean {
    const size = this.#size + piece.length
    if (size > this.#max) {
      this.#bytes = new Uint8Array(0)
      this.#size = 0
      return false
    }
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, Math.min(this.#max, Math.max(LEAST, 2 * this.#bytes.length))))
      grown.set(this.#bytes.subarray(0, this.#size))
      this.#bytes = grown
    }
    this.#bytes.set(piece, this.#size)
    this.#size = size
    return true
  }

  /** All of them, in an array that holds nothing else. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#size === this.#bytes.length ? this.#bytes : this.#bytes.slice(0, this.#size)
  }
}
