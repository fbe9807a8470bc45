import { demand, refuse } from '../result/rejection.ts'

/** What hardware writes in CBOR: numbers, bytes, texts, lists, maps and null. */
export type Cbor = number | Uint8Array | string | null | readonly Cbor[] | ReadonlyMap<string | number, Cbor>

/** Nesting of lists and maps. */
const MAX_DEPTH = 8
const BREAK = 0xff
const NULL = 0xf6

/**
 * Reads one value in CBOR (RFC 8949) in its one form: shortest numbers and lengths, no key twice, nothing after the value; no negative numbers, floats,
 * tags or other simple values, which no evidence holds. `indefinite` admits maps and lists of indefinite length, which the Nitro module writes.
 * MALFORMED otherwise.
 */
export function readCbor(bytes: Uint8Array, { indefinite = false } = {}): Cbor {
  const reader = new CborReader(bytes, indefinite)
  const value = reader.value(0)
  reader.end()
  return value
}

class CborReader {
  private readonly bytes: Uint8Array
  private readonly indefinite: boolean
  private offset = 0

  constructor(bytes: Uint8Array, indefinite: boolean) {
    this.bytes = bytes
    this.indefinite = indefinite
  }

  end(): void {
    demand(this.offset === this.bytes.length, 'MALFORMED', 'CBOR: bytes left over.')
  }

  value(depth: number): Cbor {
    demand(depth <= MAX_DEPTH, 'MALFORMED', 'CBOR: nested too deeply.')
    const head = this.byte()
    const info = head & 0x1f
    switch (head >> 5) {
      case 0:
        return this.number(info)
      case 2:
        return this.take(this.number(info))
      case 3:
        return this.text(this.number(info))
      case 4:
        return this.items(info, () => this.value(depth + 1))
      case 5:
        return this.map(info, depth)
      default:
        return head === NULL ? null : refuse('MALFORMED', `CBOR: a value of the kind ${head} at ${this.offset - 1}.`)
    }
  }

  private map(info: number, depth: number): Map<string | number, Cbor> {
    const map = new Map<string | number, Cbor>()
    this.items(info, () => {
      const key = this.value(depth + 1)
      demand(typeof key === 'string' || typeof key === 'number', 'MALFORMED', 'CBOR: a key that is neither a text nor a number.')
      demand(!map.has(key), 'MALFORMED', `CBOR: the key ${key} twice.`)
      map.set(key, this.value(depth + 1))
    })
    return map
  }

  /** As many items as the head says, or as there are before the break. */
  private items<T>(info: number, read: () => T): T[] {
    const items: T[] = []
    if (this.indefinite && info === 31) {
      while (this.bytes[this.offset] !== BREAK) items.push(read())
      this.offset++
    } else for (let left = this.number(info); left > 0; left--) items.push(read())
    return items
  }

  private text(length: number): string {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(length))
  }

  /** The number in the head of a value, below 2^53. */
  private number(info: number): number {
    if (info < 24) return info
    demand(info < 28, 'MALFORMED', `CBOR: a length of the kind ${info}.`)
    const size = 2 ** (info - 24)
    const number = this.take(size).reduce((value, byte) => value * 256 + byte, 0)
    demand(number >= (size === 1 ? 24 : 256 ** (size / 2)), 'MALFORMED', 'CBOR: a number that is not in its shortest form.')
    demand(Number.isSafeInteger(number), 'MALFORMED', 'CBOR: a number beyond 2^53.')
    return number
  }

  private take(length: number): Uint8Array {
    demand(length <= this.bytes.length - this.offset, 'MALFORMED', `CBOR: ${length} bytes expected at ${this.offset}.`)
    this.offset += length
    return this.bytes.subarray(this.offset - length, this.offset)
  }

  private byte(): number {
    return this.bytes[this.offset++] ?? refuse('MALFORMED', 'CBOR: the bytes end inside a value.')
  }
}
