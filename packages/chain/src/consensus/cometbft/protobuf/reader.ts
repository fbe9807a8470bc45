import { OgError } from '@opengradient/protocol'

/** Wire types of protocol buffers that ABCI uses or that may have to be skipped. The deprecated groups (3, 4) are refused. */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** How many fields one message may have, over all nested ones. */
export interface Budget {
  left: number
}

/** The refusal of what came over the socket: `reason` is one word for programs. */
export function malformed(reason: string, message: string): OgError {
  return new OgError('CONSENSUS_MESSAGE_INVALID', `The consensus engine sent what is not ABCI 2.0: ${message}.`, { details: { reason } })
}

/** Reads one protocol buffers message: every length inside its message, varints of at most 10 bytes. Never copies. */
export class Reader {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #budget: Budget
  #at: number
  /** Field number and wire type of the field that `next` found. */
  field = 0
  wire = 0

  constructor(bytes: Uint8Array, budget: Budget, start = 0, end: number = bytes.length) {
    this.#bytes = bytes
    this.#budget = budget
    this.#at = start
    this.#end = end
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at === this.#end) return false
    if (--this.#budget.left < 0) throw malformed('TOO_MANY_FIELDS', 'a message has more fields than this node reads')
    const tag = this.#varint()
    if (tag > 0xffff_ffffn || tag < 8n) throw malformed('FIELD_NUMBER', `${tag >> 3n} is no field number`)
    this.field = Number(tag >> 3n)
    this.wire = Number(tag & 7n)
    return true
  }

  /** 0 to 2^64 - 1. */
  uint64(): bigint {
    this.#expect(WIRE.varint)
    return this.#varint()
  }

  int64(): bigint {
    return BigInt.asIntN(64, this.uint64())
  }

  uint32(): number {
    const value = this.uint64()
    if (value > 0xffff_ffffn) throw malformed('OUT_OF_RANGE', `${value} in field ${this.field} is more than 32 bits`)
    return Number(value)
  }

  int32(): number {
    const value = this.int64()
    if (BigInt.asIntN(32, value) !== value) throw malformed('OUT_OF_RANGE', `${value} in field ${this.field} is more than 32 bits`)
    return Number(value)
  }

  bool(): boolean {
    const value = this.uint64()
    if (value > 1n) throw malformed('OUT_OF_RANGE', `${value} in field ${this.field} is neither true nor false`)
    return value === 1n
  }

  /** A view of a length-delimited field. */
  bytes(): Uint8Array {
    const start = this.#span()
    return this.#bytes.subarray(start, this.#at)
  }

  text(): string {
    const bytes = this.bytes()
    try {
      return UTF8.decode(bytes)
    } catch {
      throw malformed('NOT_UTF8', `the text in field ${this.field} is not UTF-8`)
    }
  }

  /** A reader over the message in a length-delimited field. */
  message(): Reader {
    const start = this.#span()
    return new Reader(this.#bytes, this.#budget, start, this.#at)
  }

  /** The values of a repeated uint32 field: one, or a packed list. */
  uint32s(): number[] {
    if (this.wire === WIRE.varint) return [this.uint32()]
    const list = this.message()
    const values: number[] = []
    list.field = this.field
    while (list.#at < list.#end) {
      if (--this.#budget.left < 0) throw malformed('TOO_MANY_FIELDS', 'a message has more fields than this node reads')
      values.push(list.uint32())
    }
    return values
  }

  /** Passes over a field that this version does not know. */
  skip(): void {
    if (this.wire === WIRE.varint) this.#varint()
    else if (this.wire === WIRE.bytes) this.#span()
    else if (this.wire === WIRE.fixed64) this.#advance(8)
    else if (this.wire === WIRE.fixed32) this.#advance(4)
    else throw malformed('WIRE_TYPE', `field ${this.field} has wire type ${this.wire}`)
  }

  #varint(): bigint {
    let low = 0
    let high = 0n
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.#end) throw truncated()
      const byte = this.#bytes[this.#at++]!
      if (i < 7) low += (byte & 0x7f) * 2 ** (7 * i)
      else high |= BigInt(byte & 0x7f) << BigInt(7 * i)
      if (byte >= 0x80) continue
      const value = high === 0n ? BigInt(low) : high | BigInt(low)
      if (value >> 64n !== 0n) throw malformed('OUT_OF_RANGE', `a number in field ${this.field} has more than 64 bits`)
      return value
    }
    throw malformed('OUT_OF_RANGE', `a number in field ${this.field} is longer than 10 bytes`)
  }

  /** Passes over a length-delimited field and gives where it starts. */
  #span(): number {
    this.#expect(WIRE.bytes)
    const length = this.#varint()
    const start = this.#at
    this.#advance(length)
    return start
  }

  #advance(length: number | bigint): void {
    if (length > this.#end - this.#at) throw truncated()
    this.#at += Number(length)
  }

  #expect(wire: number): void {
    if (this.wire !== wire) throw malformed('WIRE_TYPE', `field ${this.field} has wire type ${this.wire}, expected ${wire}`)
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

const truncated = () => malformed('TRUNCATED', 'a message ends early')
