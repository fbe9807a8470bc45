import { readWord, writeWord } from './words.ts'

/** What the first use takes: many calls use none. */
const INITIAL_BYTES = 512
const NONE = new Uint8Array()
const NO_VIEW = new DataView(NONE.buffer)

/**
 * The memory of one call, as EthereumJS's opcodes use it. Theirs takes 8 KiB for each call and copies all of it to grow by as much.
 * Whoever reads beyond its end reads zeros. What it costs is counted elsewhere.
 */
export class Memory {
  _store: Uint8Array = NONE
  #view = NO_VIEW

  /** Makes room for `size` bytes from `offset`. */
  extend(offset: number, size: number): void {
    const end = offset + size
    if (size === 0 || end <= this._store.length) return
    const grown = new Uint8Array(Math.max(end, 2 * this._store.length, INITIAL_BYTES))
    grown.set(this._store)
    this._store = grown
    this.#view = new DataView(grown.buffer)
  }

  write(offset: number, size: number, value: Uint8Array): void {
    if (size === 0) return
    if (value.length !== size) throw new RangeError('the value has another size than is written')
    this.extend(offset, size)
    this._store.set(value, offset)
  }

  /** Writes the bytes of `source` from `from`; beyond its end there are zeros. */
  copy(offset: number, size: number, source: Uint8Array, from: bigint): void {
    if (size === 0) return
    this.extend(offset, size)
    const part = from < source.length ? source.subarray(Number(from), Number(from) + size) : NONE
    this._store.set(part, offset)
    this._store.fill(0, offset + part.length, offset + size)
  }

  /** `avoidCopy`: a view of the memory itself, for whoever reads it at once. */
  read(offset: number, size: number, avoidCopy = false): Uint8Array {
    this.extend(offset, size)
    return avoidCopy ? this._store.subarray(offset, offset + size) : this._store.slice(offset, offset + size)
  }

  /** A word of 32 bytes, big-endian. */
  readWord(offset: number): bigint {
    this.extend(offset, 32)
    return readWord(this.#view, offset)
  }

  writeWord(offset: number, word: bigint): void {
    this.extend(offset, 32)
    writeWord(this.#view, offset, word)
  }
}
