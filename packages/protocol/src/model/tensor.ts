import * as z from 'zod'

/** Datatypes of the Open Inference Protocol v2. */
export const DATATYPES = [
  'BOOL',
  'UINT8',
  'UINT16',
  'UINT32',
  'UINT64',
  'INT8',
  'INT16',
  'INT32',
  'INT64',
  'FP16',
  'FP32',
  'FP64',
  'BYTES',
] as const
/** One of `DATATYPES`. */
export type Datatype = (typeof DATATYPES)[number]

/** Bytes of one element; 0 for `BYTES`, whose elements differ in length. */
export const ELEMENT_BYTES: Readonly<Record<Datatype, number>> = {
  BOOL: 1,
  UINT8: 1,
  UINT16: 2,
  UINT32: 4,
  UINT64: 8,
  INT8: 1,
  INT16: 2,
  INT32: 4,
  INT64: 8,
  FP16: 2,
  FP32: 4,
  FP64: 8,
  BYTES: 0,
}

/** Most elements of a golden tensor. */
export const MAX_GOLDEN_ELEMENTS = 262_144

/** Most dimensions of a tensor. */
export const MAX_RANK = 16

/** Largest size of one dimension. */
export const MAX_DIMENSION = 2 ** 31 - 1

/** Bits and sign of each integer datatype. */
const INTEGERS: Partial<Record<Datatype, { bits: bigint; signed: boolean }>> = {
  UINT8: { bits: 8n, signed: false },
  UINT16: { bits: 16n, signed: false },
  UINT32: { bits: 32n, signed: false },
  UINT64: { bits: 64n, signed: false },
  INT8: { bits: 8n, signed: true },
  INT16: { bits: 16n, signed: true },
  INT32: { bits: 32n, signed: true },
  INT64: { bits: 64n, signed: true },
}

/** A tensor as Open Inference Protocol JSON: row-major `data`. Whole numbers beyond 2^53 are decimal strings. */
export const tensorSchema = z.strictObject({
  name: z.string().min(1).max(256),
  datatype: z.enum(DATATYPES),
  shape: z.array(z.int().min(0).max(MAX_DIMENSION)).max(MAX_RANK),
  data: z.array(z.union([z.number(), z.boolean(), z.string().max(65536)])).max(MAX_GOLDEN_ELEMENTS),
})

/** A tensor with its values, as manifests hold golden inputs and outputs. Row-major. */
export type Tensor = z.infer<typeof tensorSchema>

/** Number of elements of a shape; 1 for a scalar. A bigint, since hostile shapes overflow. */
export function elementCount(shape: readonly number[]): bigint {
  return shape.reduce((product, dimension) => product * BigInt(dimension), 1n)
}

/** Why `tensor` is not one of its own datatype and shape, or `undefined`. */
export function tensorProblem({ datatype, shape, data }: Tensor): string | undefined {
  if (elementCount(shape) !== BigInt(data.length)) return `shape [${shape}] asks for ${elementCount(shape)} values, data has ${data.length}`
  const wrong = data.findIndex((value) => !holds(datatype, value))
  return wrong < 0 ? undefined : `data[${wrong}] is not a ${datatype}`
}

/** Whether `value` is one that `datatype` can hold. */
function holds(datatype: Datatype, value: number | boolean | string): boolean {
  if (datatype === 'BOOL') return typeof value === 'boolean'
  if (datatype === 'BYTES') return typeof value === 'string'
  const integer = INTEGERS[datatype]
  if (!integer) return typeof value === 'number' && Number.isFinite(value)
  if (typeof value === 'boolean') return false
  if (typeof value === 'number' ? !Number.isSafeInteger(value) : !isLargeDecimal(value)) return false
  const limit = 1n << (integer.signed ? integer.bits - 1n : integer.bits)
  const number = BigInt(value)
  return number < limit && number >= (integer.signed ? -limit : 0n)
}

/** A decimal string is for numbers beyond ±(2^53 − 1) only, so that each value has one form. */
function isLargeDecimal(text: string): boolean {
  return /^-?[1-9][0-9]{15,19}$/.test(text) && !Number.isSafeInteger(Number(text))
}
