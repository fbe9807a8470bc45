import type { Address, Hex } from '@opengradient/protocol'
import { invalidParams } from './error.ts'

/** Reads one JSON value or throws `-32602`. `where` names the value in the message, e.g. `argument 0`. */
export type Decoder<T> = (value: unknown, where: string) => T

/** One positional parameter: how to read it, and what stands in when it is absent or null. */
export interface Param<T> {
  readonly decode: Decoder<T>
  readonly optional: boolean
  readonly fallback?: T
}

export type ParamSpec<T extends readonly unknown[]> = { readonly [K in keyof T]: Param<T[K]> }

export const required = <T>(decode: Decoder<T>): Param<T> => ({ decode, optional: false })

export function optional<T>(decode: Decoder<T>): Param<T | undefined>
export function optional<T>(decode: Decoder<T>, fallback: T): Param<T>
export function optional<T>(decode: Decoder<T>, fallback?: T): Param<T | undefined> {
  return { decode, optional: true, ...(fallback === undefined ? {} : { fallback }) }
}

/** Reads the `params` of a request against its specification. Missing, surplus and malformed ones are `-32602`, as in geth. */
export function decodeParams<T extends readonly unknown[]>(params: unknown, spec: ParamSpec<T>): T {
  if (params !== undefined && params !== null && !Array.isArray(params)) throw invalidParams('non-array args')
  const values = (params ?? []) as unknown[]
  if (values.length > spec.length) throw invalidParams(`too many arguments, want at most ${spec.length}`)
  return spec.map((param, index) => {
    const value = values[index]
    if (value !== undefined && value !== null) return param.decode(value, `argument ${index}`)
    if (param.optional) return param.fallback
    throw invalidParams(`missing value for required argument ${index}`)
  }) as unknown as T
}

const fail = (where: string, problem: string) => invalidParams(`invalid ${where}: ${problem}`)

const HEX_DIGITS = /^[0-9a-f]*$/

/** The lower-cased digits after `0x`. */
function digits(value: unknown, where: string): string {
  if (typeof value !== 'string') throw fail(where, `expected a hex string, got ${kindOf(value)}`)
  const text = value.toLowerCase()
  if (!text.startsWith('0x')) throw fail(where, 'hex string without 0x prefix')
  const rest = text.slice(2)
  if (!HEX_DIGITS.test(rest)) throw fail(where, 'invalid hex string')
  return rest
}

/** A JSON-RPC quantity of at most `bits` bits: no leading zeros, at least one digit. */
const quantityOf =
  (bits: 64 | 256): Decoder<bigint> =>
  (value, where) => {
    const text = digits(value, where)
    if (text === '') throw fail(where, 'hex string "0x"')
    if (text.length > 1 && text.startsWith('0')) throw fail(where, 'hex number with leading zero digits')
    if (text.length > bits / 4) throw fail(where, `hex number > ${bits} bits`)
    return BigInt(`0x${text}`)
  }

export const uint64: Decoder<bigint> = quantityOf(64)
export const uint256: Decoder<bigint> = quantityOf(256)

/** Hex data of any length, as bytes. */
export const bytes: Decoder<Uint8Array> = (value, where) => {
  const text = digits(value, where)
  if (text.length % 2 !== 0) throw fail(where, 'hex string of odd length')
  return new Uint8Array(Buffer.from(text, 'hex'))
}

const fixed =
  (length: number, name: string): Decoder<Hex> =>
  (value, where) => {
    const text = digits(value, where)
    if (text.length !== length * 2) throw fail(where, `hex string has length ${text.length}, want ${length * 2} for ${name}`)
    return `0x${text}`
  }

/** 20 bytes. Any letter case: checksums are for people, and tools send both. */
export const address: Decoder<Address> = fixed(20, 'an address')
export const hash: Decoder<Hex> = fixed(32, 'a hash')

/** A storage slot: at most 32 bytes of hex, also of odd length, as clients send them; left-padded to 32 bytes. */
export const storageKey: Decoder<Hex> = (value) => proofKey(value, '').slot

/** A storage slot with the form in which `eth_getProof` repeats it: whole words as they came, shorter ones as quantities. */
export const proofKey: Decoder<{ readonly slot: Hex; readonly shown: Hex }> = (value) => {
  const text = typeof value === 'string' ? value.toLowerCase().replace(/^0x/, '') : undefined
  if (text === undefined || !HEX_DIGITS.test(text)) throw invalidParams(`invalid hex in storage key: ${JSON.stringify(value)}`)
  if (text.length > 64) throw invalidParams(`storage key too long (want at most 32 bytes): ${JSON.stringify(value)}`)
  const slot: Hex = `0x${text.padStart(64, '0')}`
  return { slot, shown: text.length === 64 ? slot : `0x${BigInt(slot).toString(16)}` }
}

export const boolean: Decoder<boolean> = (value, where) => {
  if (typeof value !== 'boolean') throw fail(where, `expected true or false, got ${kindOf(value)}`)
  return value
}

export const string: Decoder<string> = (value, where) => {
  if (typeof value !== 'string') throw fail(where, `expected a string, got ${kindOf(value)}`)
  return value
}

/** At most `max` elements, each read by `element`. */
export const listOf =
  <T>(element: Decoder<T>, max: number): Decoder<T[]> =>
  (value, where) => {
    if (!Array.isArray(value)) throw fail(where, `expected an array, got ${kindOf(value)}`)
    if (value.length > max) throw fail(where, `${value.length} elements, at most ${max} are allowed`)
    return value.map((item, index) => element(item, `${where}[${index}]`))
  }

/** A plain object, as its own enumerable entries. */
export function record(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw fail(where, `expected an object, got ${kindOf(value)}`)
  return value as Record<string, unknown>
}

/** One optional member of an object: absent and null are the same. */
export function member<T>(object: Record<string, unknown>, name: string, decode: Decoder<T>, where: string): T | undefined {
  const value = Object.hasOwn(object, name) ? object[name] : undefined
  return value === undefined || value === null ? undefined : decode(value, `${where}.${name}`)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'an array' : `a ${typeof value}`
}
