import { OgError } from '../error/error.ts'

/** Wire types of protocol buffers. The deprecated groups (3, 4) are refused. */
export const PROTOBUF_WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const

/** How much one file may cost to read, over all nested readers. Each field read costs one; what makes objects of it costs more, as it takes longer. */
export interface ProtobufBudget {
  left: number
}

/** Measured, in fields that are skipped: a reader with what is made of its message, and a string. */
const COST = { message: 10, text: 8 } as const

/** Where the reader is, for messages: `graph.node[3].attribute[0]`. Pushed and popped by whoever descends. */
export class FieldPath {
  readonly #parts: string[] = []

  push(part: string): void {
    this.#parts.push(part)
  }

  pop(): void {
    this.#parts.pop()
  }

  /** The path so far. */
  get text(): string {
    return this.#parts.join('.') || 'model'
  }

  /** The refusal of a model, naming the field at which it was refused. */
  invalid(reason: string, message: string): OgError {
    const field = this.text
    return new OgError('MODEL_INVALID', `${field}: ${message}`, { details: { field, reason } })
  }
}

/**
 * Reads one protocol buffers message strictly: fields one after the other, every length inside its message, varints of at most 10 bytes.
 * Never copies; nested messages are readers over the same bytes.
 */
export class ProtobufReader {
  readonly bytes: Uint8Array
  readonly end: number
  readonly path: FieldPath
  readonly #budget: ProtobufBudget
  #at: number
  /** Field number and wire type of the field that `next` found. */
  field = 0
  wire = 0

  constructor(bytes: Uint8Array, path: FieldPath, budget: ProtobufBudget, start = 0, end: number = bytes.length) {
    this.bytes = bytes
    this.path = path
    this.#budget = budget
    this.#at = start
    this.end = end
  }

  get at(): number {
    return this.#at
  }

  /** Moves to the next field; false at the end of the message. */
  next(): boolean {
    if (this.#at === this.end) return false
    this.#spend(1)
    const tag = this.number()
    this.field = Math.floor(tag / 8)
    this.wire = tag % 8
    if (this.field === 0 || this.field > 0x1fff_ffff) throw this.path.invalid('PROTOBUF', `field number ${this.field} cannot be`)
    return true
  }

  /** A varint that must be below 2^53. */
  number(): number {
    let value = 0
    let scale = 1
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.end) throw this.#truncated()
      const byte = this.bytes[this.#at++]!
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw this.path.invalid('PROTOBUF', 'a number is out of range')
        return value
      }
      scale *= 128
    }
    throw this.path.invalid('PROTOBUF', 'a number is longer than 10 bytes')
  }

  /** The varint of an int64 field. */
  int64(): bigint {
    this.expect(PROTOBUF_WIRE.varint)
    return this.packedInt64()
  }

  /** An int64 varint wherever the reader stands (inside a packed list). */
  packedInt64(): bigint {
    const start = this.#at
    this.#skipInt64()
    let value = 0n
    for (let at = this.#at; at-- > start; ) value = (value << 7n) | BigInt(this.bytes[at]! & 0x7f)
    return BigInt.asIntN(64, value)
  }

  /** Moves past an int64 varint: most are only counted, and a big number for each takes ten times as long. */
  #skipInt64(): void {
    for (let i = 0; i < 10; i++) {
      if (this.#at >= this.end) throw this.#truncated()
      const byte = this.bytes[this.#at++]!
      if (byte >= 0x80) continue
      if (i === 9 && byte > 1) throw this.path.invalid('PROTOBUF', 'a number has more than 64 bits')
      return
    }
    throw this.path.invalid('PROTOBUF', 'a number is longer than 10 bytes')
  }

  /** An enum or count: a varint of at most 31 bits. */
  int31(): number {
    this.expect(PROTOBUF_WIRE.varint)
    const value = this.packedInt64()
    if (value < 0n || value > 0x7fff_ffffn) throw this.path.invalid('PROTOBUF', `${value} is out of range`)
    return Number(value)
  }

  /** The extent of a length-delimited field, which is skipped. */
  span(): { start: number; end: number } {
    this.expect(PROTOBUF_WIRE.bytes)
    const length = this.number()
    if (length > this.end - this.#at) throw this.#truncated()
    const start = this.#at
    this.#at += length
    return { start, end: this.#at }
  }

  /** A reader over a length-delimited field. `cost`: what it takes from the budget, where more than a few members are made of it. */
  message(cost: number = COST.message): ProtobufReader {
    this.#spend(cost)
    const { start, end } = this.span()
    return new ProtobufReader(this.bytes, this.path, this.#budget, start, end)
  }

  /** A string of at most `max` bytes of valid UTF-8. */
  text(max = 4096): string {
    this.#spend(COST.text)
    const { start, end } = this.span()
    if (end - start > max) throw this.path.invalid('NAME_TOO_LONG', `a name of ${end - start} bytes; at most ${max} are read`)
    try {
      return UTF8.decode(this.bytes.subarray(start, end))
    } catch {
      throw this.path.invalid('NOT_UTF8', 'a name that is not UTF-8')
    }
  }

  /** Skips 4 or 8 bytes. */
  fixed(wire: typeof PROTOBUF_WIRE.fixed32 | typeof PROTOBUF_WIRE.fixed64): void {
    this.expect(wire)
    const size = wire === PROTOBUF_WIRE.fixed32 ? 4 : 8
    if (size > this.end - this.#at) throw this.#truncated()
    this.#at += size
  }

  /** Number of elements of a repeated scalar field, in one field (1) or packed. Their values are skipped. */
  countScalars(element: 'varint' | 'fixed32' | 'fixed64'): number {
    if (this.wire !== PROTOBUF_WIRE.bytes) {
      if (element === 'varint') this.int64()
      else this.fixed(PROTOBUF_WIRE[element])
      return 1
    }
    const { start, end } = this.span()
    if (element !== 'varint') {
      const size = element === 'fixed32' ? 4 : 8
      if ((end - start) % size !== 0)
        throw this.path.invalid('PROTOBUF', `a packed list of ${end - start} bytes, which is no multiple of ${size}`)
      return (end - start) / size
    }
    const { bytes } = this
    let count = 0
    let run = 0
    for (let i = start; i < end; i++) {
      if (bytes[i]! < 0x80) {
        count++
        run = 0
      } else if (++run > 9) throw this.path.invalid('PROTOBUF', 'a number is longer than 10 bytes')
    }
    if (run !== 0) throw this.#truncated()
    this.#budget.left -= count
    return count
  }

  /** The values of a repeated int64 field, in one field or packed, appended to `into` while it holds fewer than `max`; the rest is counted. */
  int64s(into: bigint[], max: number): number {
    if (this.wire !== PROTOBUF_WIRE.bytes) {
      this.expect(PROTOBUF_WIRE.varint)
      this.#int64Into(into, max)
      return 1
    }
    const list = this.message()
    let count = 0
    for (; list.#at < list.end; count++) {
      this.#spend(1)
      list.#int64Into(into, max)
    }
    return count
  }

  #int64Into(into: bigint[], max: number): void {
    if (into.length < max) into.push(this.packedInt64())
    else this.#skipInt64()
  }

  /** The byte offsets of the 4- or 8-byte elements of a repeated field, in one field or packed; nothing is copied. */
  fixedOffsets(element: 'fixed32' | 'fixed64', each: (at: number) => void): void {
    const size = element === 'fixed32' ? 4 : 8
    if (this.wire !== PROTOBUF_WIRE.bytes) {
      const at = this.#at
      this.fixed(PROTOBUF_WIRE[element])
      each(at)
      return
    }
    const { start, end } = this.span()
    if ((end - start) % size !== 0)
      throw this.path.invalid('PROTOBUF', `a packed list of ${end - start} bytes, which is no multiple of ${size}`)
    for (let at = start; at < end; at += size) each(at)
  }

  expect(wire: number): void {
    if (this.wire !== wire) throw this.path.invalid('PROTOBUF', `field ${this.field} has wire type ${this.wire}, expected ${wire}`)
  }

  #spend(cost: number): void {
    this.#budget.left -= cost
    if (this.#budget.left < 0) throw this.path.invalid('TOO_COMPLEX', 'the file has more fields than are read')
  }

  #truncated(): OgError {
    return this.path.invalid('TRUNCATED', `the message ends early, at byte ${this.#at}`)
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

/**
 * Walks the fields of a message. `once` fields may appear at most once: protocol buffers would merge repetitions, and a file that means
 * different things to two readers is refused. Fields in neither list are refused: they are not part of the format.
 */
export function eachField(
  reader: ProtobufReader,
  once: Readonly<Record<number, (reader: ProtobufReader) => void>>,
  many: Readonly<Record<number, (reader: ProtobufReader) => void>>,
): void {
  let seen = 0
  while (reader.next()) {
    const { field } = reader
    const single = once[field]
    if (single !== undefined) {
      const bit = 2 ** field
      if (Math.floor(seen / bit) % 2 === 1) throw reader.path.invalid('DUPLICATE_FIELD', `field ${field} appears twice`)
      seen += bit
      single(reader)
      continue
    }
    const repeated = many[field]
    if (repeated === undefined) throw reader.path.invalid('UNKNOWN_FIELD', `field ${field} is not part of the format`)
    repeated(reader)
  }
}
