import { eachField, type ProtobufReader as Reader } from '@opengradient/protocol'
import type { TensorInfo } from '../engine/engine.ts'
import type { Context } from './context.ts'
import { ONNX_TYPES } from './types.ts'

const MAX_TYPE_DEPTH = 8
const MAX_RANK = 32

/** A value's declared type: a tensor with perhaps a shape, or something that is no tensor. */
export interface DeclaredValue {
  readonly name: string
  readonly tensor?: { readonly type: number; readonly shape: TensorInfo['shape'] }
  /** Whether any type was given at all. */
  readonly typed: boolean
}

/** A ValueInfoProto. */
export function readValueInfo(reader: Reader, context: Context): DeclaredValue {
  let name = ''
  let typed = false
  let tensor: DeclaredValue['tensor']
  eachField(
    reader,
    {
      1: (r) => {
        name = r.text()
      },
      2: (r) => {
        typed = true
        tensor = context.at('type', () => readType(r.message(), context, 0))
      },
      3: (r) => void r.span(),
    },
    { 4: (r) => void r.span() },
  )
  return { name, typed, ...(tensor === undefined ? {} : { tensor }) }
}

/** A TypeProto; undefined for sequences, maps, optionals and sparse tensors, whose inner types are checked too. */
export function readType(reader: Reader, context: Context, depth: number): DeclaredValue['tensor'] {
  if (depth > MAX_TYPE_DEPTH) throw context.path.invalid('NESTING', `types nested deeper than ${MAX_TYPE_DEPTH}`)
  let tensor: DeclaredValue['tensor']
  let kinds = 0
  const inner = (field: number) => (r: Reader) => {
    kinds++
    eachField(
      r.message(),
      {
        [field]: (type) => void readType(type.message(), context, depth + 1),
        ...(field === 2 ? { 1: (key: Reader) => void key.int31() } : {}),
      },
      {},
    )
  }
  eachField(
    reader,
    {
      1: (r) => {
        kinds++
        tensor = readTensorType(r.message(), context)
      },
      4: inner(1),
      5: inner(2),
      6: (r) => void r.span(),
      8: (r) => {
        kinds++
        readTensorType(r.message(), context)
      },
      9: inner(1),
    },
    {},
  )
  if (kinds > 1) throw context.path.invalid('TYPE', 'a value of two types at once')
  return tensor
}

function readTensorType(reader: Reader, context: Context): NonNullable<DeclaredValue['tensor']> {
  let type = 0
  let shape: (number | string | null)[] | undefined
  eachField(
    reader,
    {
      1: (r) => {
        type = r.int31()
      },
      2: (r) => {
        const dims: (number | string | null)[] = []
        shape = dims
        eachField(r.message(), {}, { 1: (dim) => void dims.push(readDimension(dim.message(), context)) })
        if (dims.length > MAX_RANK) throw context.path.invalid('RANK', `more than ${MAX_RANK} dimensions`)
      },
    },
    {},
  )
  if (!ONNX_TYPES.has(type)) throw context.path.invalid('DATATYPE', `data type ${type} is not served`)
  let elements = 1n
  for (const dim of shape ?? []) if (typeof dim === 'number') elements *= BigInt(dim)
  if (elements > BigInt(context.limits.maxElements))
    throw context.path.invalid('DIMS', `a value of ${elements} elements is over the limit of ${context.limits.maxElements}`)
  return { type, shape }
}

function readDimension(reader: Reader, context: Context): number | string | null {
  let dim: number | string | null = null
  let given = 0
  eachField(
    reader,
    {
      1: (r) => {
        given++
        const value = r.int64()
        // -1 is how some exporters write "any".
        if (value < -1n || value > 0x7fff_ffffn) throw context.path.invalid('DIMS', `dimension ${value} is out of range`)
        dim = value === -1n ? null : Number(value)
      },
      2: (r) => {
        given++
        dim = r.text(256) || null
      },
      3: (r) => void r.span(),
    },
    {},
  )
  if (given > 1) throw context.path.invalid('DIMS', 'a dimension that is both a number and a symbol')
  return dim
}
