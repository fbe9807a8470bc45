import { arrayName, type Bindings, elementCount, isBytes, matchShape, OgError, type TensorSpec } from '@opengradient/protocol'
import { ARRAYS, type Tensor, type TensorData } from './tensor.ts'
import { flatten, type InputValue, type Nested, typedData } from './values.ts'

/** The inputs of a request, checked against the manifest, in its order, and what its symbols stand for. */
export interface CheckedInputs {
  inputs: { name: string; tensor: Tensor }[]
  bindings: Bindings
}

interface Given {
  spec: TensorSpec
  data: TensorData
  /** Undefined when only the number of values is known. */
  shape: readonly number[] | undefined
}

/**
 * Checks what a caller gives against the inputs that the manifest declares, before anything is paid for.
 *
 * A shape is taken from the caller, from nested arrays, or, for flat values, from the manifest when at most one dimension is open.
 *
 * @throws OgError `INPUT_MISSING`, `INPUT_UNKNOWN`, `INPUT_DATATYPE`, `INPUT_SHAPE`, `INPUT_SIZE`, `INPUT_OUT_OF_RANGE`
 */
export function checkInputs(specs: readonly TensorSpec[], values: Readonly<Record<string, InputValue>>): CheckedInputs {
  const names = specs.map(({ name }) => name)
  if (typeof values !== 'object' || values === null)
    throw new OgError('INPUT_MISSING', `the inputs are an object with ${names.join(', ')}; what was given is none`)
  for (const name of Object.keys(values))
    if (!names.includes(name))
      throw new OgError('INPUT_UNKNOWN', `the model has no input ${JSON.stringify(name.slice(0, 100))}; it has ${names.join(', ')}`)
  const given = specs.map((spec) => read(spec, Object.hasOwn(values, spec.name) ? values[spec.name] : undefined))
  let bindings: Bindings = new Map()
  for (const { spec, shape } of given) if (shape !== undefined) bindings = matchShape(spec.name, spec.shape, shape, bindings)
  const inputs = given.map(({ spec, data, shape = inferShape(spec, data.length, bindings) }) => {
    bindings = matchShape(spec.name, spec.shape, shape, bindings)
    if (elementCount(shape) !== BigInt(data.length))
      throw new OgError(
        'INPUT_SIZE',
        `input "${spec.name}": shape [${shape.join(', ')}] needs ${elementCount(shape)} values and ${data.length} were given`,
      )
    return { name: spec.name, tensor: { datatype: spec.datatype, shape: [...shape], data } as Tensor }
  })
  return { inputs, bindings }
}

function read(spec: TensorSpec, value: InputValue | undefined): Given {
  if (value === undefined || value === null)
    throw new OgError('INPUT_MISSING', `input "${spec.name}" is missing: ${spec.datatype} of shape [${spec.shape.join(', ')}]`)
  const { data, shape } = isBoxed(value) ? { shape: undefined, ...value } : { data: value, shape: undefined }
  if (ArrayBuffer.isView(data) || isBytesList(spec, data)) return { spec, data: ofType(spec, data as TensorData), shape }
  const nested = Array.isArray(data) ? flatten(spec.name, data) : { shape: [], values: [data as Nested] }
  const typed = typedData(spec.name, spec.datatype, nested.values)
  const flat = nested.shape.length <= 1 && spec.shape.length !== nested.shape.length
  return { spec, data: typed, shape: shape ?? (flat ? undefined : nested.shape) }
}

const isBoxed = (value: InputValue): value is { data: TensorData | Nested; shape?: readonly number[] } =>
  typeof value === 'object' && !Array.isArray(value) && !ArrayBuffer.isView(value) && 'data' in value

const isBytesList = ({ datatype }: TensorSpec, data: unknown): boolean =>
  datatype === 'BYTES' && Array.isArray(data) && data.every((element) => isBytes(element))

function ofType({ name, datatype }: TensorSpec, data: TensorData): TensorData {
  const expected = datatype === 'BYTES' ? Array : ARRAYS[datatype]
  if (expected === Array ? Array.isArray(data) : arrayName(data) === expected.name) return data
  throw new OgError('INPUT_DATATYPE', `input "${name}" is ${datatype}, given as ${expected.name}; this is a ${data.constructor.name}`, {
    details: { input: name, datatype },
  })
}

/** The shape of flat values: as the manifest declares it, its one open dimension (if any) as large as the values need. */
function inferShape({ name, shape }: TensorSpec, count: number, bindings: Bindings): number[] {
  const open = new Set(shape.filter((dimension) => typeof dimension === 'string' && !bindings.has(dimension)))
  const known = shape.map((dimension) => (typeof dimension === 'number' ? dimension : bindings.get(dimension)))
  const repeated = known.filter((dimension) => dimension === undefined).length > 1
  if (open.size > 1 || repeated)
    throw new OgError('INPUT_SHAPE', `input "${name}" has several open dimensions [${shape.join(', ')}]; give { data, shape }`)
  const size = known.reduce<number>((product, dimension) => product * (dimension ?? 1), 1)
  if (open.size === 1 && (size === 0 || count % size !== 0))
    throw new OgError('INPUT_SIZE', `input "${name}": ${count} values do not fill shape [${shape.join(', ')}], which takes them by ${size}`)
  return known.map((dimension) => dimension ?? count / size)
}
