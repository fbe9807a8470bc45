import { utf8, writeUint } from '../bytes/bytes.ts'
import { type Hex, hexToBytes, writeHex } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'

/** One member of an EIP-712 struct type. */
export interface TypedField {
  name: string
  type: string
}

/** EIP-712 struct types by name, as wallet libraries take them. */
export type TypedTypes = Readonly<Record<string, readonly TypedField[]>>

/** A struct type made ready to hash messages of: what can be computed once is computed once. */
export interface TypedStruct {
  /** The type in the text form that its hash is over, referenced types included. */
  encodedType: string
  typeHash: Uint8Array
  /** `typeHash ‖ encodeData(message)`, 32 bytes a member. */
  encode(message: object): Uint8Array
  /** `hashStruct(message)`, 32 bytes. */
  hash(message: object): Uint8Array
}

/** Writes the 32-byte word of a value into `out` at `offset`. */
type WordWriter = (value: unknown, out: Uint8Array, offset: number) => void

const ARRAY = /^(.+)\[([0-9]*)\]$/
const INTEGER = /^(u?)int([0-9]+)$/
const FIXED_BYTES = /^bytes([0-9]+)$/
const DECIMAL = /^-?[0-9]+$/

/**
 * Prepares the struct type `primaryType` for hashing (EIP-712 `encodeType`, `typeHash`, `encodeData`, `hashStruct`).
 * Messages hold integers as bigint, safe number or decimal string, bytes and addresses as lower-case hex.
 */
export function compileTypedStruct(types: TypedTypes, primaryType: string): TypedStruct {
  return new Compiler(types).struct(primaryType)
}

class Compiler {
  private readonly types: TypedTypes
  private readonly done = new Map<string, TypedStruct>()

  constructor(types: TypedTypes) {
    this.types = types
  }

  struct(name: string): TypedStruct {
    const known = this.done.get(name)
    if (known) return known
    const fields = this.fieldsOf(name)
    const encodedType = this.encodeType(name)
    const typeHash = keccak256(utf8(encodedType))
    const writers: { name: string; write: WordWriter }[] = []
    const encode = (message: object): Uint8Array => {
      const members = message as Readonly<Record<string, unknown>>
      const out = new Uint8Array(32 * (1 + writers.length))
      out.set(typeHash)
      let offset = 32
      for (const field of writers) {
        field.write(members[field.name], out, offset)
        offset += 32
      }
      return out
    }
    const struct: TypedStruct = { encodedType, typeHash, encode, hash: (message) => keccak256(encode(message)) }
    // Registered before its members are compiled, so that a type may hold arrays of itself.
    this.done.set(name, struct)
    for (const field of fields) writers.push({ name: field.name, write: this.writer(field.type, `${name}.${field.name}`) })
    return struct
  }

  /** `Primary(type name,…)` followed by every type it references, sorted by name. */
  private encodeType(primary: string): string {
    const found = new Set<string>()
    const visit = (name: string): void => {
      if (found.has(name)) return
      found.add(name)
      for (const { type } of this.fieldsOf(name)) {
        const base = elementType(type)
        if (this.isStruct(base)) visit(base)
      }
    }
    visit(primary)
    found.delete(primary)
    return [primary, ...[...found].sort()].map((name) => `${name}(${memberList(this.fieldsOf(name))})`).join('')
  }

  private writer(type: string, field: string): WordWriter {
    const array = ARRAY.exec(type)
    if (array) return arrayWriter(this.writer(array[1]!, field), array[2] === '' ? undefined : Number(array[2]), field)
    if (this.isStruct(type)) {
      const struct = this.struct(type)
      return (value, out, offset) => out.set(struct.hash(structValue(value, field)), offset)
    }
    return atomWriter(type, field)
  }

  private isStruct(type: string): boolean {
    return Object.hasOwn(this.types, type)
  }

  private fieldsOf(name: string): readonly TypedField[] {
    const fields = this.isStruct(name) ? this.types[name] : undefined
    if (!fields) throw new OgError('TYPED_DATA_INVALID', `The types hold no struct ${name}.`)
    return fields
  }
}

function memberList(fields: readonly TypedField[]): string {
  return fields.map(({ type, name }) => `${type} ${name}`).join(',')
}

/** An array is the hash of its elements' words one after another. */
function arrayWriter(element: WordWriter, length: number | undefined, field: string): WordWriter {
  return (value, out, offset) => {
    if (!Array.isArray(value)) throw invalid(field, 'expected an array')
    if (length !== undefined && value.length !== length) throw invalid(field, `expected ${length} elements, got ${value.length}`)
    const words = new Uint8Array(32 * value.length)
    for (const [i, item] of value.entries()) element(item, words, 32 * i)
    out.set(keccak256(words), offset)
  }
}

function atomWriter(type: string, field: string): WordWriter {
  if (type === 'string') {
    return (value, out, offset) => {
      if (typeof value !== 'string') throw invalid(field, 'expected a string')
      out.set(keccak256(utf8(value)), offset)
    }
  }
  if (type === 'bytes') return (value, out, offset) => out.set(keccak256(hexToBytes(hex(value, field))), offset)
  if (type === 'address') return (value, out, offset) => writeHex(out, offset + 12, 20, hex(value, field), field)
  if (type === 'bool') {
    return (value, out, offset) => {
      if (typeof value !== 'boolean') throw invalid(field, 'expected true or false')
      out[offset + 31] = value ? 1 : 0
    }
  }
  const fixed = FIXED_BYTES.exec(type)
  if (fixed) {
    const length = Number(fixed[1])
    if (length < 1 || length > 32) throw invalid(field, `there is no type ${type}`)
    return (value, out, offset) => writeHex(out, offset, length, hex(value, field), field)
  }
  const integer = INTEGER.exec(type)
  if (integer) return integerWriter(integer[1] === 'u', Number(integer[2]), type, field)
  throw invalid(field, `there is no type ${type}`)
}

function integerWriter(unsigned: boolean, bits: number, type: string, field: string): WordWriter {
  if (bits < 8 || bits > 256 || bits % 8 !== 0) throw invalid(field, `there is no type ${type}`)
  const limit = 1n << BigInt(unsigned ? bits : bits - 1)
  const lowest = unsigned ? 0n : -limit
  return (value, out, offset) => {
    const number = integer(value, field)
    if (number < lowest || number >= limit) throw invalid(field, `${number} does not fit ${type}`)
    writeUint(out, offset, 32, number < 0n ? (1n << 256n) + number : number, field)
  }
}

function integer(value: unknown, field: string): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value)
  if (typeof value === 'string' && DECIMAL.test(value)) return BigInt(value)
  throw invalid(field, 'expected a whole number')
}

function hex(value: unknown, field: string): Hex {
  if (typeof value !== 'string' || !value.startsWith('0x')) throw invalid(field, 'expected hex')
  return value as Hex
}

function structValue(value: unknown, field: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(field, 'expected a struct')
  return value
}

/** The type inside all array brackets. */
function elementType(type: string): string {
  const array = ARRAY.exec(type)
  return array ? elementType(array[1]!) : type
}

function invalid(field: string, problem: string): OgError {
  return new OgError('TYPED_DATA_INVALID', `${field}: ${problem}.`, { details: { field } })
}
