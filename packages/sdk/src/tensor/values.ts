import { type Datatype, isBytes, OgError, utf8 } from '@opengradient/protocol'
import { float16 } from './float16.ts'
import { ARRAYS, type TensorData } from './tensor.ts'

/** Nested arrays of plain values, as JSON holds tensors. BYTES elements may be texts. */
export type Nested = number | bigint | boolean | string | Uint8Array | readonly Nested[]

/** What a caller may give for an input: values alone, or values with their shape. */
export type InputValue = TensorData | Nested | { data: TensorData | Nested; shape?: readonly number[] }

/** What errors call a tensor. */
type Side = 'input' | 'output'

const LIMITS: Partial<Record<Datatype, [bigint, bigint]>> = {
  UINT8: [0n, 255n],
  UINT16: [0n, 65_535n],
  UINT32: [0n, 2n ** 32n - 1n],
  UINT64: [0n, 2n ** 64n - 1n],
  INT8: [-128n, 127n],
  INT16: [-32_768n, 32_767n],
  INT32: [-(2n ** 31n), 2n ** 31n - 1n],
  INT64: [-(2n ** 63n), 2n ** 63n - 1n],
}

/** How JSON holds what it has no number for, as in the JSON mapping of protocol buffers. */
const NOT_FINITE: ReadonlySet<string> = new Set(['NaN', 'Infinity', '-Infinity'])
/** How JSON writes whole numbers of 64 bits that a double may not hold. */
const DECIMAL = /^-?(?:0|[1-9]\d{0,19})$/

/** Plain values as the typed array of `datatype`. @throws OgError `INPUT_OUT_OF_RANGE`, naming the first value that does not fit */
export function typedData(name: string, datatype: Datatype, values: readonly Nested[], side: Side = 'input'): TensorData {
  const wrong = values.findIndex((value) => !fits(datatype, value))
  if (wrong >= 0)
    throw new OgError('INPUT_OUT_OF_RANGE', `${side} "${name}": value ${wrong} is not a ${datatype}`, {
      details: { [side]: name, index: wrong, datatype },
    })
  if (datatype === 'BYTES') return values.map((value) => (typeof value === 'string' ? utf8(value) : (value as Uint8Array)))
  if (datatype === 'BOOL') return Uint8Array.from(values, (value) => (value ? 1 : 0))
  if (datatype === 'INT64') return BigInt64Array.from(values as readonly (number | bigint | string)[], BigInt)
  if (datatype === 'UINT64') return BigUint64Array.from(values as readonly (number | bigint | string)[], BigInt)
  const numbers = (values as readonly (number | bigint)[]).map(Number)
  return datatype === 'FP16' ? float16(numbers) : ARRAYS[datatype].from(numbers)
}

function fits(datatype: Datatype, value: Nested): boolean {
  if (datatype === 'BYTES') return typeof value === 'string' || isBytes(value)
  if (datatype === 'BOOL') return typeof value === 'boolean' || value === 0 || value === 1
  const limits = LIMITS[datatype]
  if (!limits) return typeof value === 'number' || (typeof value === 'string' && NOT_FINITE.has(value))
  const whole =
    typeof value === 'string' ? limits[1] >= 2n ** 53n && DECIMAL.test(value) : typeof value === 'bigint' || Number.isSafeInteger(value)
  if (!whole) return false
  const integer = BigInt(value as number | bigint | string)
  return integer >= limits[0] && integer <= limits[1]
}

/** More dimensions than any tensor has. */
const MAX_DEPTH = 32

/** Flattens nested arrays of equal lengths. @throws OgError `INPUT_SHAPE` when rows differ in length, are nested too deep, or hold themselves */
export function flatten(name: string, value: readonly Nested[], side: Side = 'input'): { shape: number[]; values: Nested[] } {
  const shape: number[] = []
  const above = new Set<readonly Nested[]>([value])
  let rows: readonly Nested[] = value
  for (;;) {
    const nested = rows.filter((row) => Array.isArray(row)) as (readonly Nested[])[]
    if (shape.length === 0) shape.push(rows.length)
    if (nested.length === 0) return { shape, values: [...rows] }
    const length = nested[0]?.length ?? 0
    if (nested.length !== rows.length || nested.some((row) => row.length !== length))
      throw new OgError('INPUT_SHAPE', `${side} "${name}": the rows at depth ${shape.length} differ in length`, {
        details: { [side]: name },
      })
    if (shape.length === MAX_DEPTH || nested.some((row) => above.has(row)))
      throw new OgError('INPUT_SHAPE', `${side} "${name}": its rows hold themselves, or are nested deeper than ${MAX_DEPTH}`, {
        details: { [side]: name },
      })
    for (const row of nested) above.add(row)
    shape.push(length)
    rows = nested.flat(1)
  }
}
