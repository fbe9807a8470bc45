import { Ajv, type ValidateFunction } from 'ajv'

/*
 * What the published OpenAPI of the Open Inference Protocol asks of paths and bodies, restated as JSON Schema.
 * Source: github.com/kserve/open-inference-protocol, specification/protocol/open_inference_rest.yaml at 18d5991 (Apache-2.0), version 2.0.
 * Property types and `required` lists are those of the document, name for name; nothing of ours is added.
 */

const text = { type: 'string' }
const texts = { type: 'array', items: text }
const sizes = { type: 'array', items: { type: 'integer' } }
const parameters = { type: 'object' }
const tensorData = {
  $id: 'tensor_data',
  type: 'array',
  items: { anyOf: [{ $ref: 'tensor_data' }, { type: 'number' }, { type: 'string' }, { type: 'boolean' }] },
}
const data = { $ref: 'tensor_data' }
const object = (properties: Record<string, unknown>, required: readonly string[]): object => ({ type: 'object', properties, required })

const metadataTensor = object({ name: text, datatype: text, shape: sizes }, ['name', 'datatype', 'shape'])
const outputTensor = object({ name: text, shape: sizes, datatype: text, parameters, data }, ['name', 'shape', 'datatype', 'data'])
const error = object({ error: text }, ['error'])

const SCHEMAS = {
  metadata_server_response: object({ name: text, version: text, extensions: texts }, ['name', 'version', 'extensions']),
  metadata_server_error_response: error,
  metadata_model_response: object(
    {
      name: text,
      versions: texts,
      platform: text,
      inputs: { type: 'array', items: metadataTensor },
      outputs: { type: 'array', items: metadataTensor },
    },
    ['name', 'platform'],
  ),
  metadata_model_error_response: error,
  inference_request: object(
    {
      id: text,
      parameters,
      inputs: { type: 'array', items: outputTensor },
      outputs: { type: 'array', items: object({ name: text, parameters }, ['name']) },
    },
    ['inputs'],
  ),
  inference_response: object(
    { model_name: text, model_version: text, id: text, parameters, outputs: { type: 'array', items: outputTensor } },
    ['model_name', 'outputs'],
  ),
  inference_error_response: object({ error: text }, []),
}

/** Every path of the document with its method, and the schema of its 200 answer. */
export const PUBLISHED_PATHS: readonly {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly answer?: keyof typeof SCHEMAS
}[] = [
  { method: 'GET', path: '/v2/health/live' },
  { method: 'GET', path: '/v2/health/ready' },
  { method: 'GET', path: '/v2/models/{MODEL_NAME}/versions/{MODEL_VERSION}/ready' },
  { method: 'GET', path: '/v2/', answer: 'metadata_server_response' },
  { method: 'GET', path: '/v2/models/{MODEL_NAME}/versions/{MODEL_VERSION}', answer: 'metadata_model_response' },
  { method: 'POST', path: '/v2/models/{MODEL_NAME}/versions/{MODEL_VERSION}/infer', answer: 'inference_response' },
]

const ajv = new Ajv({ strict: false, schemas: [tensorData] })
const compiled = new Map<string, ValidateFunction>()

/** What is wrong with a body by the published document, or undefined. */
export function publishedProblem(schema: keyof typeof SCHEMAS, body: unknown): string | undefined {
  let validate = compiled.get(schema)
  if (validate === undefined) {
    validate = ajv.compile(SCHEMAS[schema])
    compiled.set(schema, validate)
  }
  return validate(body) ? undefined : ajv.errorsText(validate.errors)
}
