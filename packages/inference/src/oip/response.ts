import { OgError } from '@opengradient/protocol'
import { elementsOf, type Tensor } from '../engine/tensor.ts'
import { jsonElements } from './numbers.ts'

/** The exact bytes of an answer, and the headers without which they cannot be read. */
export interface EncodedResponse {
  readonly body: Buffer
  /** The same as text, if it is ASCII: that is sent in half the time. */
  readonly text: string | undefined
  readonly contentType: 'application/json' | 'application/octet-stream'
  /** Bytes of the JSON part, if binary tensors follow it. */
  readonly headerLength: number | undefined
}

/** The parts of an answer that are the same for every request of a model, as JSON text. */
export interface ResponseTemplate {
  /** `{"model_name":"…","model_version":"0x…"` */
  readonly head: string
}

export function responseTemplate(name: string, version: string): ResponseTemplate {
  return { head: `{"model_name":${JSON.stringify(name)},"model_version":${JSON.stringify(version)}` }
}

/** Readers of JSON take a million values (`parseStrictJson`), a few of which say what the others are. More would also be seconds of this process. */
const MAX_JSON_ELEMENTS = 990_000

/**
 * Encodes an Open Inference Protocol answer. `parameters`: of the answer as a whole. `binary[i]`: whether output i follows the JSON as raw bytes
 * (Triton's binary tensor extension). `fillTo`: the JSON in front of raw bytes is a multiple of so many long.
 * @throws OgError `ENGINE_OUTPUT_TOO_LARGE` for more elements in JSON than anybody reads
 */
export function encodeInferResponse(
  template: ResponseTemplate,
  id: string | undefined,
  outputs: readonly Tensor[],
  binary: readonly boolean[],
  parameters?: Readonly<Record<string, unknown>>,
  fillTo = 1,
): EncodedResponse {
  checkElements(outputs, binary)
  let json = id === undefined ? `${template.head},"outputs":[` : `${template.head},"id":${JSON.stringify(id)},"outputs":[`
  let raw: Uint8Array[] | undefined
  for (let i = 0; i < outputs.length; i++) {
    const output = outputs[i]!
    const { name, datatype, shape, data } = output
    json += `${i === 0 ? '' : ','}{"name":${JSON.stringify(name)},"datatype":"${datatype}","shape":[${shape.join()}],`
    if (binary[i]) {
      raw ??= []
      raw.push(data)
      json += `"parameters":{"binary_data_size":${data.byteLength}}}`
    } else json += `"data":[${jsonElements(output)}]}`
  }
  json += parameters === undefined ? ']}' : `],"parameters":${JSON.stringify(parameters)}}`
  if (raw === undefined) {
    const body = Buffer.from(json)
    return { body, text: body.length === json.length ? json : undefined, contentType: 'application/json', headerLength: undefined }
  }
  const header = Buffer.from(filled(json, fillTo))
  return { body: Buffer.concat([header, ...raw]), text: undefined, contentType: 'application/octet-stream', headerLength: header.length }
}

function checkElements(outputs: readonly Tensor[], binary: readonly boolean[]): void {
  let elements = 0
  for (let i = 0; i < outputs.length; i++) if (!binary[i]) elements += elementsOf(outputs[i]!.shape)
  if (elements <= MAX_JSON_ELEMENTS) return
  throw new OgError(
    'ENGINE_OUTPUT_TOO_LARGE',
    `The answer has ${elements} elements, and JSON holds at most ${MAX_JSON_ELEMENTS}. Ask for binary_data_output, for fewer rows, or for fewer outputs.`,
    { details: { elements, limit: MAX_JSON_ELEMENTS } },
  )
}

/** The same object with spaces before its last brace. */
function filled(json: string, to: number): string {
  const missing = (to - (Buffer.byteLength(json) % to)) % to
  return missing === 0 ? json : `${json.slice(0, -1)}${' '.repeat(missing)}}`
}
