import * as z from 'zod'
import { base64, fromBase64 } from '../bytes/base64.ts'
import type { Hex } from '../bytes/hex.ts'
import type { ErrorCode } from '../error/codes.ts'
import { OgError } from '../error/error.ts'
import { isBytes, isError } from '../realm/realm.ts'

const DECIMAL = /^(?:0|[1-9][0-9]*)$/

/** Schema of lower-case hex of exactly `length` bytes. */
export function hexSchema(length: number): z.ZodType<Hex, Hex> {
  const digits = z.string().regex(new RegExp(`[0-9a-f]{${length * 2}}`))
  return z.templateLiteral(['0x', digits], `expected 0x and lower-case hex of ${length} bytes`)
}

/** Schema of lower-case hex of whole bytes, at most `maxLength` of them. */
export function hexUpTo(maxLength: number): z.ZodType<Hex, Hex> {
  const digits = z.string().regex(new RegExp(`(?:[0-9a-f]{2}){0,${maxLength}}`))
  return z.templateLiteral(['0x', digits], `expected 0x and lower-case hex of at most ${maxLength} bytes`)
}

/** Codec of an unsigned integer below 2^bits: a decimal string in JSON, a bigint in TypeScript. */
export function uintCodec(bits: number) {
  return z.codec(decimalSchema(bits), z.bigint(), { decode: BigInt, encode: (value) => value.toString() })
}

/** Schema of an unsigned integer below 2^bits that stays a decimal string, without leading zeros. */
export function decimalSchema(bits: number) {
  const limit = 1n << BigInt(bits)
  const maxDigits = limit.toString().length
  return z
    .string()
    .regex(DECIMAL, { error: 'expected a whole number as a decimal string', abort: true })
    .refine((text) => text.length < maxDigits || (text.length === maxDigits && BigInt(text) < limit), `must be below 2^${bits}`)
}

/** Codec of bytes: canonical base64 in JSON, `Uint8Array` of at most `maxBytes` in TypeScript. */
export function base64Codec(maxBytes: number) {
  return z.codec(z.string().max(Math.ceil(maxBytes / 3) * 4), z.custom<Uint8Array>(isBytes, 'expected a Uint8Array'), {
    decode: (text, context) => {
      try {
        return fromBase64(text)
      } catch (error) {
        context.issues.push({ code: 'custom', message: error instanceof OgError ? error.message : 'not base64', input: text })
        return z.NEVER
      }
    },
    encode: base64,
  })
}

/** What `schema` makes of `value`, or an `OgError` of `code` that names the first wrong field. */
export function parseAs<Schema extends z.ZodType>(schema: Schema, value: unknown, code: ErrorCode, what: string): z.output<Schema> {
  const result = parsed(schema, value)
  if (result?.success) return result.data
  if (result) throw schemaError(result.error, code, what)
  throw new OgError(code, `${what}: more of it is wrong than can be said.`)
}

/** Nothing where there are more faults than zod can hold: it hands lists of them on as arguments. */
function parsed<Schema extends z.ZodType>(schema: Schema, value: unknown): z.ZodSafeParseResult<z.output<Schema>> | undefined {
  try {
    return schema.safeParse(value)
  } catch (error) {
    if (isError(error) && error.name === 'RangeError') return undefined
    throw error
  }
}

/** An `OgError` from a failed zod parse: names the first wrong field, lists up to ten. */
export function schemaError(error: z.ZodError, code: ErrorCode, what: string): OgError {
  const fields = error.issues.slice(0, 10).map((issue) => ({ field: fieldName(issue.path), problem: issue.message }))
  const first = fields[0] ?? { field: '', problem: 'unknown' }
  const more = error.issues.length > 1 ? ` (and ${error.issues.length - 1} more)` : ''
  const where = first.field === '' ? what : `${what}, field ${first.field}`
  return new OgError(code, `${where}: ${first.problem}${more}.`, { details: { field: first.field, fields } })
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((name, key) => {
    if (typeof key === 'number') return `${name}[${key}]`
    return name === '' ? String(key) : `${name}.${String(key)}`
  }, '')
}
