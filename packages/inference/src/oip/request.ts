import { DATATYPES, type Datatype, OgError, parseStrictJson } from '@opengradient/protocol'
import { checkInputs } from '../engine/check.ts'
import type { Signature } from '../engine/engine.ts'
import { elementsOf, type Tensor } from '../engine/tensor.ts'
import { bytesOfData, checkElements } from './data.ts'
import { fastJson, GIVE_UP } from './fastJson.ts'

/** What one request may weigh. */
export interface InputLimits {
  /** Elements of one input. */
  readonly maxElements: number
  /** Bytes of the JSON part. */
  readonly maxJsonBytes: number
  /** NaN and infinities in inputs; a model that expects them needs a node that allows them. */
  readonly nonFinite: 'refuse' | 'allow'
}

export const DEFAULT_INPUT_LIMITS: InputLimits = { maxElements: 4 * 2 ** 20, maxJsonBytes: 32 * 2 ** 20, nonFinite: 'refuse' }

/** A parameter as an execution record can hold it. */
export type Parameter = string | number | boolean

/** An inference request, checked against the model. */
export interface InferRequest {
  readonly id: string | undefined
  /** In the order of the model. */
  readonly inputs: readonly Tensor[]
  /** Indices of the outputs asked for, in the order asked; undefined: all. */
  readonly outputs: readonly number[] | undefined
  /** Whether each output to be sent is binary, in the order sent. */
  readonly binary: readonly boolean[]
  /** Microseconds after which the caller wants no answer any more (`parameters.timeout`). */
  readonly timeoutUs: number | undefined
  /** Parameters of the request that are used, under the names that the request gives them. */
  readonly used: Readonly<Record<string, Parameter>>
  /** Parameters of the request that this node does not know. */
  readonly dropped: readonly string[]
}

const MAX_DEPTH = 24
const MAX_PARAMETERS = 64
const MAX_PARAMETER_NAME = 128
/** Parameters that are not used: an execution record names no more. */
const MAX_DROPPED = 256
const DATATYPE_NAMES: ReadonlySet<string> = new Set(DATATYPES)

type Json = Record<string, unknown>

/**
 * Reads an Open Inference Protocol request, JSON or JSON followed by binary tensors, strictly: everything in it is either used, or named in
 * `dropped`, or refused.
 * @param headerLength `inference-header-content-length`: bytes of the JSON part, if binary tensors follow
 * @throws OgError `JSON_*`, `INPUT_*`
 */
export function parseInferRequest(body: Buffer, headerLength: number | undefined, signature: Signature, limits: InputLimits): InferRequest {
  if (headerLength !== undefined && headerLength > body.length)
    throw malformed(`Inference-Header-Content-Length is ${headerLength}, the body has ${body.length} bytes`)
  const header = headerLength === undefined ? body : body.subarray(0, headerLength)
  const json = readJson(header, limits)
  const request = record(json, 'the request')
  onlyKeys(request, REQUEST_KEYS, 'the request')
  const id = optionalText(request.id, 'id')
  const used: Record<string, Parameter> = {}
  const dropped: string[] = []
  const top = readParameters(request.parameters, 'parameters', used, dropped, TOP_PARAMETERS)
  const inputs = readInputs(request.inputs, body, header.length, signature, limits, dropped)
  const { outputs, binary } = readOutputs(request.outputs, signature, top.binary_data_output === true, used, dropped)
  return { id, inputs, outputs, binary, timeoutUs: top.timeout as number | undefined, used, dropped }
}

/** At most a million values, as many as a verifier reads in a request; larger tensors go as bytes. A float may be written as a long whole number. */
const JSON_LIMITS = { maxDepth: MAX_DEPTH, maxNodes: 1_000_000, inexactNumbers: true }

function readJson(header: Buffer, { maxJsonBytes }: InputLimits): unknown {
  const fast = header.length > maxJsonBytes ? GIVE_UP : fastJson(header, JSON_LIMITS)
  return fast === GIVE_UP ? parseStrictJson(header, { ...JSON_LIMITS, maxBytes: maxJsonBytes }) : fast
}

const REQUEST_KEYS = new Set(['id', 'parameters', 'inputs', 'outputs'])
/** What errors call the first inputs, which most models have no more of. */
const INPUT_PLACES = Array.from({ length: 16 }, (_, i) => `inputs[${i}]`)
const INPUT_KEYS = new Set(['name', 'shape', 'datatype', 'parameters', 'data'])
const OUTPUT_KEYS = new Set(['name', 'parameters'])

/** Parameters that this node uses, and what their values must be. */
const TOP_PARAMETERS: Readonly<Record<string, (value: Parameter) => boolean>> = {
  binary_data_output: (value) => typeof value === 'boolean',
  timeout: (value) => Number.isSafeInteger(value) && (value as number) > 0,
}
const OUTPUT_PARAMETERS: typeof TOP_PARAMETERS = { binary_data: (value) => typeof value === 'boolean' }
const INPUT_PARAMETERS: typeof TOP_PARAMETERS = {
  binary_data_size: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
}

function readInputs(
  value: unknown,
  body: Uint8Array,
  binaryStart: number,
  { inputs: declared }: Signature,
  limits: InputLimits,
  dropped: string[],
): Tensor[] {
  if (!Array.isArray(value)) throw malformed('inputs: expected a list')
  if (value.length > declared.length + 1_000) throw malformed(`inputs: ${value.length} inputs; the model has ${declared.length}`)
  const tensors = new Array<Tensor | undefined>(declared.length).fill(undefined)
  let at = binaryStart
  let missing = declared.length
  for (let i = 0; i < value.length; i++) {
    const where = INPUT_PLACES[i] ?? `inputs[${i}]`
    const input = record(value[i], where)
    onlyKeys(input, INPUT_KEYS, where)
    const name = text(input.name, where, '.name')
    const index = declared.findIndex((info) => info.name === name)
    if (index < 0)
      throw new OgError(
        'INPUT_UNKNOWN',
        `The model has no input "${name.slice(0, 64)}"; it has ${declared.map((info) => `"${info.name}"`).join(', ') || 'none'}.`,
        { details: { input: name.slice(0, 256) } },
      )
    if (tensors[index] !== undefined) throw new OgError('INPUT_DUPLICATE', `Input "${name}" is given twice.`, { details: { input: name } })
    const shape = readShape(input.shape, name)
    const datatype = readDatatype(input.datatype, declared[index]!.datatype, name)
    const count = elementsOf(shape)
    if (count > limits.maxElements)
      throw new OgError('INPUT_TOO_LARGE', `Input "${name}" has ${count} elements; this node takes at most ${limits.maxElements}.`, {
        details: { input: name, limit: limits.maxElements },
      })
    const size =
      input.parameters === undefined
        ? undefined
        : (readParameters(input.parameters, `inputs[${i}].parameters`, undefined, dropped, INPUT_PARAMETERS).binary_data_size as
            | number
            | undefined)
    let data: Uint8Array
    if (size !== undefined) {
      if (input.data !== undefined) throw malformed(`inputs[${i}]: both data and binary_data_size`)
      if (at + size > body.length)
        throw new OgError('INPUT_SIZE', `Input "${name}": the body ends before its ${size} binary bytes.`, { details: { input: name } })
      data = body.subarray(at, at + size)
      at += size
    } else {
      if (!Array.isArray(input.data)) throw malformed(`inputs[${i}].data: expected a list`)
      data = bytesOfData(name, datatype, shape, count, input.data)
    }
    tensors[index] = { name, datatype, shape, data }
    missing--
  }
  if (at !== body.length) throw new OgError('INPUT_SIZE', `${body.length - at} bytes follow the last binary tensor.`)
  if (missing > 0) {
    const { name } = declared[tensors.indexOf(undefined)]!
    throw new OgError('INPUT_MISSING', `The model needs input "${name}".`, { details: { input: name } })
  }
  const given = tensors as Tensor[]
  checkInputs(declared, given)
  if (binaryStart !== body.length)
    for (const { name, datatype, data } of given) checkElements(name, datatype, data, limits.nonFinite === 'allow')
  return given
}

function readOutputs(
  value: unknown,
  { outputs: declared }: Signature,
  byDefault: boolean,
  used: Record<string, Parameter>,
  dropped: string[],
): Pick<InferRequest, 'outputs' | 'binary'> {
  if (value === undefined || (Array.isArray(value) && value.length === 0))
    return { outputs: undefined, binary: declared.map(() => byDefault) }
  if (!Array.isArray(value) || value.length > declared.length) throw malformed('outputs: expected a list of outputs of the model')
  const outputs: number[] = []
  const binary: boolean[] = []
  for (const [i, item] of value.entries()) {
    const output = record(item, `outputs[${i}]`)
    onlyKeys(output, OUTPUT_KEYS, `outputs[${i}]`)
    const name = text(output.name, `outputs[${i}].name`)
    const index = declared.findIndex((info) => info.name === name)
    if (index < 0)
      throw malformed(
        `outputs[${i}]: the model has no output "${name.slice(0, 64)}"; it has ${declared.map((info) => `"${info.name}"`).join(', ')}`,
      )
    if (outputs.includes(index)) throw malformed(`outputs[${i}]: "${name}" is asked for twice`)
    const parameters = readParameters(output.parameters, `outputs[${i}].parameters`, used, dropped, OUTPUT_PARAMETERS)
    outputs.push(index)
    binary.push(typeof parameters.binary_data === 'boolean' ? parameters.binary_data : byDefault)
  }
  return { outputs, binary }
}

/** Reads a `parameters` object: known ones are checked, recorded in `used` and returned; unknown ones are named in `dropped`. */
function readParameters(
  value: unknown,
  where: string,
  used: Record<string, Parameter> | undefined,
  dropped: string[],
  known: typeof TOP_PARAMETERS,
): Record<string, Parameter> {
  const out: Record<string, Parameter> = {}
  if (value === undefined) return out
  const parameters = record(value, where)
  const names = Object.keys(parameters)
  if (names.length > MAX_PARAMETERS) throw malformed(`${where}: more than ${MAX_PARAMETERS}`)
  for (const name of names) {
    const parameter = parameters[name]
    const path = where === 'parameters' ? name : `${where}.${name}`
    if (path.length > MAX_PARAMETER_NAME || name === '') throw malformed(`${where}: a name of ${path.length} characters`)
    if (typeof parameter !== 'string' && typeof parameter !== 'number' && typeof parameter !== 'boolean')
      throw malformed(`${path}: expected a string, number or boolean`)
    if (!Object.hasOwn(known, name)) {
      if (dropped.push(path) > MAX_DROPPED) throw malformed(`${path}: more than ${MAX_DROPPED} parameters that this node does not use`)
      continue
    }
    if (!known[name]!(parameter)) throw malformed(`${path}: ${JSON.stringify(parameter).slice(0, 64)} is not a value it can have`)
    out[name] = parameter
    if (used !== undefined) used[path] = parameter
  }
  return out
}

function readShape(value: unknown, name: string): number[] {
  if (!Array.isArray(value) || value.length > 16)
    throw new OgError('INPUT_SHAPE', `Input "${name}": shape must be a list of at most 16 sizes.`, { details: { input: name } })
  for (const size of value) {
    if (typeof size !== 'number' || !Number.isInteger(size) || size < 0 || size > 0x7fff_ffff)
      throw new OgError('INPUT_SHAPE', `Input "${name}": ${JSON.stringify(size)?.slice(0, 64)} is not a size.`, {
        details: { input: name },
      })
  }
  return value as number[]
}

function readDatatype(value: unknown, expected: Datatype, name: string): Datatype {
  if (value === expected) return expected
  const known = typeof value === 'string' && DATATYPE_NAMES.has(value)
  throw new OgError(
    'INPUT_DATATYPE',
    `Input "${name}" is ${expected}, not ${known ? (value as string) : (JSON.stringify(value)?.slice(0, 64) ?? 'without datatype')}.`,
    { details: { input: name, expected } },
  )
}

function record(value: unknown, where: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw malformed(`${where}: expected an object`)
  return value as Json
}

function onlyKeys(value: Json, known: ReadonlySet<string>, where: string): void {
  for (const key in value) if (!known.has(key)) throw malformed(`${where}: unknown key ${JSON.stringify(key.slice(0, 64))}`)
}

function text(value: unknown, where: string, member = ''): string {
  if (typeof value !== 'string' || value === '' || value.length > 256)
    throw malformed(`${where}${member}: expected a text of 1 to 256 characters`)
  return value
}

function optionalText(value: unknown, where: string): string | undefined {
  return value === undefined ? undefined : text(value, where)
}

function malformed(message: string): OgError {
  return new OgError('INPUT_MALFORMED', `${message}.`)
}
