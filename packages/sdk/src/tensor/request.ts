import { type Bindings, type BundleRequest, concatBytes, matchShape, parseStrictJson, type TensorSpec, utf8 } from '@opengradient/protocol'
import type { CheckedInputs } from './inputs.ts'
import { bytesOf } from './tensor.ts'

/** A parameter of a request; the execution record must show that it was used as it is. */
export type Parameters = Readonly<Record<string, string | number | boolean>>

/** An inference request of the Open Inference Protocol v2 with binary tensors both ways (Triton's binary tensor extension). */
export interface EncodedRequest {
  body: Uint8Array
  /** Bytes of the JSON in front of the tensors. */
  headerLength: number
}

export const BINARY_TYPE = 'application/octet-stream'
const SPACE = 0x20
export const HEADER_LENGTH = 'inference-header-content-length'

/** The JSON of what is sealed is a multiple of so many bytes long: a header tells its length, and that is not sealed. */
export const JSON_FILL = 256

/**
 * `outputs`: names of those wanted; undefined for all that there are, as at level zk, whose statement has all. `fillTo`: the JSON is a multiple
 * of so many bytes long.
 */
export function encodeRequest(
  { inputs }: CheckedInputs,
  outputs: readonly string[] | undefined,
  { ...parameters }: Record<string, string | number | boolean> = {},
  fillTo = 1,
): EncodedRequest {
  if (outputs === undefined) parameters.binary_data_output = true
  const tensors = inputs.map(({ tensor }) => bytesOf(tensor))
  const json = utf8(
    JSON.stringify({
      ...(Object.keys(parameters).length > 0 ? { parameters } : {}),
      inputs: inputs.map(({ name, tensor: { datatype, shape } }, i) => ({
        name,
        datatype,
        shape,
        parameters: { binary_data_size: tensors[i]?.length },
      })),
      ...(outputs && { outputs: outputs.map((name) => ({ name, parameters: { binary_data: true } })) }),
    }),
  )
  const filled = concatBytes(
    json.subarray(0, -1),
    new Uint8Array((fillTo - (json.length % fillTo)) % fillTo).fill(SPACE),
    json.subarray(-1),
  )
  return { body: concatBytes(filled, ...tensors), headerLength: filled.length }
}

/** What the symbols of a manifest stand for in a request that `encodeRequest` made. */
export function bindingsOf(specs: readonly TensorSpec[], request: BundleRequest | undefined): Bindings {
  let bindings: Bindings = new Map()
  if (request === undefined) return bindings
  const json = request.body.subarray(0, request.headerLength)
  const { inputs } = parseStrictJson(json, { maxBytes: json.length, maxDepth: 8 }) as { inputs: { name: string; shape: number[] }[] }
  for (const { name, shape } of inputs) {
    const spec = specs.find((spec) => spec.name === name)
    if (spec) bindings = matchShape(name, spec.shape, shape, bindings)
  }
  return bindings
}
