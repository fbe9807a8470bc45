import { demand, refuse } from '../result/rejection.ts'

/** Tags of ASN.1 as DER writes them, constructed bit included. */
export const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  enumerated: 0x0a,
  utf8String: 0x0c,
  printableString: 0x13,
  teletexString: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const

/** The tag of a context-specific, constructed element (`[n] EXPLICIT …`). */
export const explicit = (n: number): number => 0xa0 | n

/** One element: its tag, its contents, and all of its bytes with tag and length. */
export interface Element {
  readonly tag: number
  readonly value: Uint8Array
  readonly bytes: Uint8Array
}

/**
 * Reads DER (ITU-T X.690) one element after another. Strict: definite lengths in their shortest form, single-byte tags, nothing beyond the end.
 * Refuses as MALFORMED.
 */
export class DerReader {
  private readonly bytes: Uint8Array
  private offset = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  get done(): boolean {
    return this.offset === this.bytes.length
  }

  /** The tag of the next element; undefined at the end. */
  peek(): number | undefined {
    return this.bytes[this.offset]
  }

  /** The next element, which must have this tag if one is given. */
  next(tag?: number): Element {
    const start = this.offset
    const found = this.byte()
    demand((found & 0x1f) !== 0x1f, 'MALFORMED', `DER: a tag of more than one byte at ${start}.`)
    demand(tag === undefined || found === tag, 'MALFORMED', `DER: tag ${found} at ${start}, ${tag} expected.`)
    const length = this.length()
    demand(length <= this.bytes.length - this.offset, 'MALFORMED', `DER: the element at ${start} is longer than what holds it.`)
    const value = this.bytes.subarray(this.offset, this.offset + length)
    this.offset += length
    return { tag: found, value, bytes: this.bytes.subarray(start, this.offset) }
  }

  /** The next element if it has this tag. */
  optional(tag: number): Element | undefined {
    return this.peek() === tag ? this.next(tag) : undefined
  }

  /** A reader over the contents of the next element. */
  enter(tag: number): DerReader {
    return new DerReader(this.next(tag).value)
  }

  /** Refuses bytes that are left over. */
  end(what: string): void {
    demand(this.done, 'MALFORMED', `${what}: bytes left over.`)
  }

  private byte(): number {
    return this.bytes[this.offset++] ?? refuse('MALFORMED', 'DER: the bytes end inside an element.')
  }

  private length(): number {
    const first = this.byte()
    if (first < 0x80) return first
    const count = first & 0x7f
    let length = 0
    for (let i = 0; i < count; i++) length = length * 256 + this.byte()
    // The indefinite form is the one with a count of 0, which is never long enough.
    demand(
      length >= (count === 1 ? 0x80 : 256 ** (count - 1)),
      'MALFORMED',
      'DER: a length that is indefinite or not in its shortest form.',
    )
    return length
  }
}

/** The one element that the bytes hold. */
export function readOnly(bytes: Uint8Array, tag: number, what: string): Element {
  const reader = new DerReader(bytes)
  const element = reader.next(tag)
  reader.end(what)
  return element
}

/** A reader over the contents of the one element that the bytes hold. */
export const readWhole = (bytes: Uint8Array, tag: number, what: string): DerReader => new DerReader(readOnly(bytes, tag, what).value)
