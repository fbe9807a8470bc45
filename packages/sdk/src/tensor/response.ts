import { type Bindings, elementCount, isOgError, matchShape, OgError, parseStrictJson, type TensorSpec } from '@opengradient/protocol'
import type { SdkLevel } from '../context.ts'
import { HEADER_LENGTH } from './request.ts'
import { dataFrom, type Tensor } from './tensor.ts'
import { flatten, type Nested, typedData } from './values.ts'

/** Most bytes of the JSON of a response. */
const MAX_JSON = 64 * 1024 * 1024

/**
 * The outputs of a response, each checked against the manifest: all of them and no others, of the declared datatype and a shape that fits
 * the symbols that the inputs fixed. At level zk the integers that are proved and the float runtime's answer may stand beside them.
 *
 * @throws OgError `NODE_RESPONSE_INVALID`
 */
export function decodeResponse(
  specs: readonly TensorSpec[],
  bindings: Bindings,
  headers: Headers,
  body: Uint8Array,
  level: SdkLevel = 'signature',
): Record<string, Tensor> {
  try {
    return read(specs, bindings, headers, body, level)
  } catch (cause) {
    if (!isOgError(cause) || cause.code === 'NODE_RESPONSE_INVALID') throw cause
    throw invalid(cause.message, cause)
  }
}

function read(
  specs: readonly TensorSpec[],
  bindings: Bindings,
  headers: Headers,
  body: Uint8Array,
  level: SdkLevel,
): Record<string, Tensor> {
  const length = headers.get(HEADER_LENGTH)
  if (length !== null && (!/^(0|[1-9]\d{0,9})$/.test(length) || Number(length) > body.length))
    throw invalid(`${HEADER_LENGTH} is ${length.slice(0, 20)}`)
  const split = length === null ? body.length : Number(length)
  const json = parseStrictJson(body.subarray(0, split), { maxBytes: MAX_JSON, maxDepth: 24, inexactNumbers: true })
  const listed = list(record(json, 'the response').outputs).map((output) => record(output, 'an output'))
  const binary = new BinaryPart(body.subarray(split))
  const outputs: Record<string, Tensor> = Object.create(null)
  for (const output of listed) {
    if (level === 'zk' && isBeside(output.name)) {
      skip(output, binary)
      continue
    }
    const spec = specs.find(({ name }) => name === output.name)
    if (!spec) throw invalid('an output that the manifest does not declare')
    if (outputs[spec.name]) throw invalid(`output "${spec.name}" twice`)
    if (output.datatype !== spec.datatype) throw invalid(`output "${spec.name}" is not of datatype ${spec.datatype}`)
    const shape = list(output.shape) as number[]
    bindings = matchShape(spec.name, spec.shape, shape, bindings)
    outputs[spec.name] = { datatype: spec.datatype, shape, data: dataOf(spec, shape, output, binary) } as Tensor
  }
  binary.end()
  const missing = specs.find(({ name }) => !outputs[name])
  if (missing) throw invalid(`output "${missing.name}" is missing`)
  return { ...outputs }
}

/** What stands beside the outputs at level zk; the verdict has judged the integers. */
const isBeside = (name: unknown): boolean => typeof name === 'string' && /^(zk|float):/.test(name)

function skip({ parameters }: Record<string, unknown>, binary: BinaryPart): void {
  const size = parameters === undefined ? undefined : record(parameters, 'parameters').binary_data_size
  if (size !== undefined) binary.take(size)
}

function dataOf(spec: TensorSpec, shape: number[], output: Record<string, unknown>, binary: BinaryPart) {
  const count = Number(elementCount(shape))
  const size = output.parameters === undefined ? undefined : record(output.parameters, 'parameters').binary_data_size
  if (size !== undefined) return dataFrom(spec.datatype, binary.take(size), count, spec.name)
  const { values } = flatten(spec.name, list(output.data) as Nested[], 'output')
  if (values.length !== count) throw invalid(`output "${spec.name}" has ${values.length} values for shape [${shape.join(', ')}]`)
  return typedData(spec.name, spec.datatype, values, 'output')
}

/** The bytes behind the JSON, handed out from the front. */
class BinaryPart {
  private readonly bytes: Uint8Array
  private at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  take(size: unknown): Uint8Array {
    if (!Number.isSafeInteger(size) || (size as number) < 0 || this.at + (size as number) > this.bytes.length)
      throw invalid('a binary size beyond its end')
    this.at += size as number
    return this.bytes.subarray(this.at - (size as number), this.at)
  }

  end(): void {
    if (this.at !== this.bytes.length) throw invalid(`${this.bytes.length - this.at} bytes that belong to no output`)
  }
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(`${what} that is no object`)
  return value as Record<string, unknown>
}

function list(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw invalid('no list where one belongs')
  return value
}

const invalid = (what: string, cause?: unknown): OgError =>
  new OgError('NODE_RESPONSE_INVALID', `the node's answer holds ${what}`, { cause })
