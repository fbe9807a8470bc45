import * as z from 'zod'
import { utf8 } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import { canonicalJson } from '../json/canonical.ts'
import { parseStrictJson } from '../json/parse.ts'
import { decimalSchema, hexSchema, parseAs } from '../json/schema.ts'
import { modelPathSchema, reproducibilityClassSchema } from '../model/schema.ts'
import { CONTENT_TYPE_PATTERN, PATH_PATTERN } from '../receipt/ids.ts'

/** Most bytes of an execution record. */
export const MAX_EXECUTION_BYTES = 1024 * 1024

/** Billing units; all of them ones that the caller can recompute. */
export const BILLING_UNITS = ['request', 'byte', 'token_in', 'token_out'] as const
/** One of `BILLING_UNITS`. */
export type BillingUnit = (typeof BILLING_UNITS)[number]

const unit = z.enum(BILLING_UNITS)
const name = z.string().min(1).max(256)
const parameterName = z.string().min(1).max(128)

/** Longest text of a parameter; longer ones are recorded as the SHA-256 of their UTF-8. */
export const MAX_PARAMETER_TEXT = 256

const UNITS_TWICE = 'the same unit is there twice'
const unitsOnce = (lines: readonly { unit: BillingUnit }[]): boolean => new Set(lines.map(({ unit }) => unit)).size === lines.length

/** The record behind `executionHash`, in its canonical JSON. */
export const executionSchema = z.strictObject({
  v: z.literal(1),
  /** Path that was called. */
  endpoint: z.string().regex(PATH_PATTERN),
  contentType: z.string().regex(CONTENT_TYPE_PATTERN),
  model: z.strictObject({
    modelId: hexSchema(32),
    files: z.array(z.strictObject({ path: modelPathSchema, sha256: hexSchema(32) })).max(4096),
  }),
  engine: z.strictObject({ name, version: name, digest: hexSchema(32) }),
  environment: z.strictObject({ device: name, fingerprint: name }),
  class: reproducibilityClassSchema,
  /** Every parameter actually used, defaults included. */
  parameters: z.record(parameterName, z.union([z.string().max(MAX_PARAMETER_TEXT), z.number(), z.boolean()])),
  /** Parameters that the node added to the request. */
  added: z.array(parameterName).max(256),
  /** Parameters of the request that the node did not use. */
  dropped: z.array(parameterName).max(256),
  usage: z
    .array(z.strictObject({ unit, units: decimalSchema(128) }))
    .max(BILLING_UNITS.length)
    .refine(unitsOnce, UNITS_TWICE),
  /** Rate per unit in OPG wei, and where it comes from. */
  quote: z
    .array(z.strictObject({ unit, rate: decimalSchema(128), source: z.enum(['chain', 'free']) }))
    .max(BILLING_UNITS.length)
    .refine(unitsOnce, UNITS_TWICE),
  finish: z.enum(['stop', 'length', 'error']),
  /** Hashes of the data reports that fed the input. */
  data: z.array(hexSchema(32)).max(256),
  /** Random, so that the hash of the record tells nothing about short parameters. */
  salt: hexSchema(32),
  /** Unix milliseconds. */
  startedAt: decimalSchema(64),
  /** Microseconds from start to the last byte. */
  durationUs: z.int().min(0),
})

/** What ran, how, and what it cost: the record behind `executionHash`. */
export type ExecutionRecord = z.infer<typeof executionSchema>

/**
 * The bytes of a record as served and hashed: canonical JSON. The record is not checked, for speed: whoever builds one
 * keeps to the schema (long texts as their SHA-256, whole numbers beyond 2^53 as text).
 */
export function encodeExecution(record: ExecutionRecord): Uint8Array {
  return utf8(canonicalJson(record))
}

/** A record from untrusted bytes; throws `JSON_*` or `EXECUTION_MALFORMED`, naming the field. */
export function parseExecution(bytes: Uint8Array): ExecutionRecord {
  const json = parseStrictJson(bytes, { maxBytes: MAX_EXECUTION_BYTES, maxDepth: 8 })
  return parseAs(executionSchema, json, 'EXECUTION_MALFORMED', 'execution record')
}

/**
 * The price that quote and usage of a record give: the sum of rate × units, OPG wei. Throws `EXECUTION_QUOTE_UNMATCHED`
 * if a quoted unit has no usage, or a free quote has a rate.
 */
export function quotedPrice(record: Pick<ExecutionRecord, 'quote' | 'usage'>): bigint {
  let price = 0n
  for (const { unit, rate, source } of record.quote) {
    const used = record.usage.find((usage) => usage.unit === unit)
    if (!used) {
      throw new OgError('EXECUTION_QUOTE_UNMATCHED', `The quote names the unit ${unit}, for which the record holds no usage.`, {
        details: { unit },
      })
    }
    if (source === 'free' && rate !== '0') {
      throw new OgError('EXECUTION_QUOTE_UNMATCHED', `The quote for ${unit} is free and yet has the rate ${rate}.`, { details: { unit } })
    }
    price += BigInt(rate) * BigInt(used.units)
  }
  return price
}
