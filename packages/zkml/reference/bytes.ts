import { blake3 } from '@noble/hashes/blake3.js'
import { concatBytes, utf8ToBytes } from '@noble/hashes/utils.js'
import { type K, P } from './field.ts'

export { concatBytes, utf8ToBytes }
export const hash = (...parts: readonly Uint8Array[]): Uint8Array => blake3(concatBytes(...parts))
export const xof = (length: number, ...parts: readonly Uint8Array[]): Uint8Array => blake3(concatBytes(...parts), { dkLen: length })

/** `value` ≥ 0 in `length` bytes, little-endian. SPEC 1.1. */
export function little(value: bigint | number, length: number): Uint8Array {
  const out = new Uint8Array(length)
  let rest = BigInt(value)
  for (let i = 0; i < length; i++, rest >>= 8n) out[i] = Number(rest & 255n)
  return out
}

/** The little-endian integer of these bytes. */
export const integer = (bytes: Uint8Array): bigint => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)

export const u8 = (value: number) => little(value, 1)
export const u16 = (value: number) => little(value, 2)
export const u32 = (value: number) => little(value, 4)
export const u64 = (value: bigint | number) => little(value, 8)
const kBytes = (value: K): Uint8Array => concatBytes(u64(value[0]), u64(value[1]))
export const kList = (values: readonly K[]): Uint8Array => concatBytes(...values.map(kBytes))
export const same = (x: Uint8Array, y: Uint8Array): boolean => x.length === y.length && x.every((byte, i) => byte === y[i])

/** BLAKE3(u8(len tag)‖tag‖d). SPEC 1.5. */
export const tagged = (tag: string, data: Uint8Array): Uint8Array => hash(u8(tag.length), utf8ToBytes(tag), data)

/** Why a proof is no proof, thrown inside the reference and returned by its rim. SPEC 9.2. */
export class Reject extends Error {
  readonly code: Code
  readonly where: string | undefined
  constructor(code: Code, where?: string) {
    super(where === undefined ? code : `${code} at ${where}`)
    this.code = code
    this.where = where
  }
}
export type Code =
  | 'BAD_ENCODING'
  | 'TOO_LARGE'
  | 'WRONG_VERSION'
  | 'WRONG_MODE'
  | 'WRONG_MODEL'
  | 'STATEMENT_MISMATCH'
  | 'BAD_PARAMS'
  | 'BAD_IR'
  | 'UNSUPPORTED_OP'
  | 'BOUND_EXCEEDED'
  | 'LIMIT'
  | 'NON_CANONICAL'
  | 'LOOKUP'
  | 'SUMCHECK'
  | 'BATCH'
  | 'EVAL'
  | 'POW'
  | 'QUERY'
  | 'MERKLE'

/** Reads bytes in order. A part that is not there is `BAD_ENCODING`, a field element ≥ p `NON_CANONICAL`. */
export class Reader {
  readonly #bytes: Uint8Array
  at: number
  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes
    this.at = at
  }
  get left(): number {
    return this.#bytes.length - this.at
  }
  take(length: number): Uint8Array {
    if (this.left < length) throw new Reject('BAD_ENCODING', 'end')
    this.at += length
    return this.#bytes.slice(this.at - length, this.at)
  }
  f(): bigint {
    const value = integer(this.take(8))
    if (value >= P) throw new Reject('NON_CANONICAL', String(this.at - 8))
    return value
  }
  k(): K {
    return [this.f(), this.f()]
  }
  ks(count: number): K[] {
    return Array.from({ length: count }, () => this.k())
  }
}
