import { type Hex, hexToBytes } from '@opengradient/protocol'

/** Hashes, ids and transactions. */
const WORD = 32
/** Numbers are below 2^48: bytes of a disk, seconds, blocks. */
const NUMBER = 6

/**
 * Lays values out one behind the other. What the index keeps is random bytes for the most part: as hex in JSON they are more than twice as
 * many, for a database that moves them several times.
 */
export class Packer {
  #bytes = Buffer.allocUnsafeSlow(1024)
  #at = 0

  byte(value: number): this {
    const at = this.#take(1)
    this.#bytes[at] = value
    return this
  }

  /** A whole number from 0 to 2^48 − 1. */
  number(value: number): this {
    const at = this.#take(NUMBER)
    this.#bytes.writeUIntBE(value, at, NUMBER)
    return this
  }

  /** 32 bytes. */
  word(hex: Hex): this {
    return this.#put(hexToBytes(hex, WORD))
  }

  words(list: readonly Hex[]): this {
    this.number(list.length)
    for (const hex of list) this.word(hex)
    return this
  }

  /** Any bytes. */
  hex(hex: Hex): this {
    const bytes = hexToBytes(hex)
    return this.number(bytes.length).#put(bytes)
  }

  /** A whole number from 0 on, of at most 255 bytes. */
  integer(value: bigint): this {
    const digits = value.toString(16)
    const bytes = hexToBytes(`0x${digits.length % 2 === 0 ? digits : `0${digits}`}`)
    return this.byte(bytes.length).#put(bytes)
  }

  text(value: string): this {
    const bytes = Buffer.from(value)
    return this.number(bytes.length).#put(bytes)
  }

  /** All of it; what is written next begins anew. */
  bytes(): Uint8Array {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.#at))
    this.#at = 0
    return bytes
  }

  #put(bytes: Uint8Array): this {
    const at = this.#take(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  #take(length: number): number {
    const at = this.#at
    this.#at += length
    if (this.#at > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * this.#at)
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    return at
  }
}

/** Reads what a `Packer` laid out, in the same order. */
export class Unpacker {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  byte(): number {
    return this.#take(1)[0]!
  }

  number(): number {
    return this.#take(NUMBER).readUIntBE(0, NUMBER)
  }

  word(): Hex {
    return hexOf(this.#take(WORD))
  }

  words(): Hex[] {
    return Array.from({ length: this.number() }, () => this.word())
  }

  hex(): Hex {
    return hexOf(this.#take(this.number()))
  }

  integer(): bigint {
    return BigInt(hexOf(this.#take(this.byte())))
  }

  text(): string {
    return this.#take(this.number()).toString()
  }

  /** @throws RangeError at the end of the bytes */
  #take(length: number): Buffer {
    const end = this.#at + length
    if (end > this.#bytes.length) throw new RangeError(`${end - this.#bytes.length} bytes are missing`)
    const part = this.#bytes.subarray(this.#at, end)
    this.#at = end
    return part
  }
}

/** Of a list with thousands, this is several times as fast as byte by byte. */
function hexOf(bytes: Buffer): Hex {
  return `0x${bytes.toString('hex')}`
}
