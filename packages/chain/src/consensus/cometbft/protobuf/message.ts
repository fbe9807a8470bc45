import { malformed, Reader } from './reader.ts'
import { Writer } from './writer.ts'

/**
 * One field of a message: how it is read, and written. `In` is what may be given to write it. Values that proto3 leaves out of the wire
 * (zero, empty) are left out.
 */
export interface Field<Out, In = Out> {
  readonly number: number
  /** Whether it may come more than once. */
  readonly repeated: boolean
  absent(): Out
  read(reader: Reader, before: Out): Out
  write(writer: Writer, value: In): void
}

/** A message: its fields by name. Fields it does not name are skipped; one that is not repeated may come once. */
export interface Message<Out, In> {
  read(reader: Reader): Out
  write(value: In): Uint8Array
}

type Fields = Readonly<Record<string, Field<unknown>>>
type OutOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer Out, infer _In> ? Out : never }
type InOf<F extends Fields> = { readonly [K in keyof F]?: F[K] extends Field<infer _Out, infer In> ? In : never }

/** What reading a message gives: every field, with its default where it was absent. */
export type Read<M> = M extends Message<infer Out, infer _In> ? Out : never
/** What writing a message takes: the fields that are not at their default. */
export type Written<M> = M extends Message<infer _Out, infer In> ? In : never

export function message<F extends Fields>(fields: F): Message<OutOf<F>, InOf<F>> {
  const entries = Object.entries(fields)
  const byNumber = new Map(entries.map(([name, field]) => [field.number, { name, field }]))
  return {
    read(reader) {
      const value: Record<string, unknown> = {}
      for (const [name, field] of entries) value[name] = field.absent()
      const seen = new Set<number>()
      while (reader.next()) {
        const known = byNumber.get(reader.field)
        if (!known) {
          reader.skip()
          continue
        }
        const { name, field } = known
        if (!field.repeated && seen.has(field.number)) throw malformed('DUPLICATE_FIELD', `field ${field.number} comes twice`)
        seen.add(field.number)
        value[name] = field.read(reader, value[name])
      }
      return value as OutOf<F>
    },
    write(value) {
      const writer = new Writer()
      for (const [name, field] of entries) field.write(writer, value[name] ?? field.absent())
      return writer.finish()
    },
  }
}

const scalar = <T>(number: number, zero: T, read: (reader: Reader) => T, write: (writer: Writer, value: T) => void): Field<T> => ({
  number,
  repeated: false,
  absent: () => zero,
  read,
  write(writer, value) {
    if (value !== zero) write(writer, value)
  },
})

const EMPTY = new Uint8Array(0)
const UTF8 = new TextEncoder()

export const int64 = (number: number): Field<bigint> =>
  scalar(
    number,
    0n,
    (reader) => reader.int64(),
    (writer, value) => writer.varint(number, value),
  )

export const uint64 = (number: number): Field<bigint> =>
  scalar(
    number,
    0n,
    (reader) => reader.uint64(),
    (writer, value) => writer.varint(number, value),
  )

export const int32 = (number: number): Field<number> =>
  scalar(
    number,
    0,
    (reader) => reader.int32(),
    (writer, value) => writer.varint(number, value),
  )

export const uint32 = (number: number): Field<number> =>
  scalar(
    number,
    0,
    (reader) => reader.uint32(),
    (writer, value) => writer.varint(number, value),
  )

export const bool = (number: number): Field<boolean> =>
  scalar(
    number,
    false,
    (reader) => reader.bool(),
    (writer, value) => writer.varint(number, value ? 1 : 0),
  )

export const text = (number: number): Field<string> =>
  scalar(
    number,
    '',
    (reader) => reader.text(),
    (writer, value) => writer.bytes(number, UTF8.encode(value)),
  )

export const bytes = (number: number): Field<Uint8Array> => ({
  number,
  repeated: false,
  absent: () => EMPTY,
  read: (reader) => reader.bytes(),
  write(writer, value) {
    if (value.length > 0) writer.bytes(number, value)
  },
})

/** One of the bytes of a `oneof`: undefined when another one is there. */
export const oneOfBytes = (number: number): Field<Uint8Array | undefined> => ({
  number,
  repeated: false,
  absent: () => undefined,
  read: (reader) => reader.bytes(),
  write(writer, value) {
    if (value) writer.bytes(number, value)
  },
})

/** An enum by the names of its values, in order from zero. Others are refused. */
export const choice = <const Names extends readonly string[]>(number: number, names: Names): Field<Names[number]> => ({
  number,
  repeated: false,
  absent: () => names[0]!,
  read(reader) {
    const name = names[reader.int32()]
    if (name === undefined) throw malformed('OUT_OF_RANGE', `field ${number} has none of the values ${names.join(', ')}`)
    return name
  },
  write(writer, value) {
    const index = names.indexOf(value)
    if (index !== 0) writer.varint(number, index)
  },
})

/** A message that is always there; absent on the wire, it has all its defaults. */
export const always = <Out, In>(number: number, of: Message<Out, In>): Field<Out, In> => ({
  number,
  repeated: false,
  absent: () => of.read(new Reader(EMPTY, { left: 0 })),
  read: (reader) => of.read(reader.message()),
  write: (writer, value) => writer.bytes(number, of.write(value)),
})

/** A message that may be absent. */
export const maybe = <Out, In>(number: number, of: Message<Out, In>): Field<Out | undefined, In | undefined> => ({
  number,
  repeated: false,
  absent: () => undefined,
  read: (reader) => of.read(reader.message()),
  write(writer, value) {
    if (value !== undefined) writer.bytes(number, of.write(value))
  },
})

const list = <Out, In>(
  number: number,
  read: (reader: Reader) => Out,
  write: (writer: Writer, value: In) => void,
): Field<Out[], readonly In[]> => ({
  number,
  repeated: true,
  absent: () => [],
  read(reader, before) {
    before.push(read(reader))
    return before
  },
  write(writer, values) {
    for (const value of values) write(writer, value)
  },
})

export const manyBytes = (number: number): Field<Uint8Array[], readonly Uint8Array[]> =>
  list(
    number,
    (reader) => reader.bytes(),
    (writer, value: Uint8Array) => writer.bytes(number, value),
  )

export const manyTexts = (number: number): Field<string[], readonly string[]> =>
  list(
    number,
    (reader) => reader.text(),
    (writer, value: string) => writer.bytes(number, UTF8.encode(value)),
  )

export const many = <Out, In>(number: number, of: Message<Out, In>): Field<Out[], readonly In[]> =>
  list(
    number,
    (reader) => of.read(reader.message()),
    (writer, value: In) => writer.bytes(number, of.write(value)),
  )

/** Numbers, packed as proto3 writes them; read packed or one by one. */
export const manyUint32s = (number: number): Field<number[], readonly number[]> => ({
  number,
  repeated: true,
  absent: () => [],
  read(reader, before) {
    for (const value of reader.uint32s()) before.push(value)
    return before
  },
  write(writer, values) {
    if (values.length === 0) return
    const packed = new Writer()
    for (const value of values) packed.length(value)
    writer.bytes(number, packed.finish())
  },
})
