import { type BundleRequest, type Hex, OgError, parseStrictJson } from '@opengradient/protocol'
import { strictly } from './claim.ts'

const INFER = /^\/v2\/models\/([^/?]+)(?:\/versions\/([^/?]+))?\/infer(?:\?|$)/
const MODEL_ID = /^0x[0-9a-f]{64}$/
const MAX_DEPTH = 64

/**
 * The model that the path of an inference request names by its id, as version or in place of the name; `undefined` if it
 * names none by id: what a name stood for at the time is not in the bundle.
 */
export function modelIn(path: string): Hex | undefined {
  const [, model = '', version = ''] = INFER.exec(path) ?? []
  return [version, model].map(decoded).find((segment): segment is Hex => MODEL_ID.test(segment))
}

/**
 * The parameters that an Open Inference Protocol request asks for: the members of `parameters` of its JSON, which with binary
 * tensors is the first `headerLength` bytes. Whole numbers beyond 2^53 are read as doubles: tensors of floats hold such, and no record does,
 * so that as a parameter none can be believed used. `undefined` for other endpoints. Throws a stop with `INPUT_MALFORMED`.
 */
export function parametersIn({ path, body, headerLength }: BundleRequest): [name: string, value: unknown][] | undefined {
  if (!INFER.test(path)) return undefined
  return strictly('INPUT_MALFORMED', () => {
    if ((headerLength ?? 0) > body.length) throw malformed('its JSON would be longer than its body')
    const json = body.subarray(0, headerLength)
    const limits = { maxBytes: json.length, maxDepth: MAX_DEPTH, inexactNumbers: true }
    const { parameters = {} } = record(parseStrictJson(json, limits), 'the body')
    return Object.entries(record(parameters, 'parameters'))
  })
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw malformed(`${what} must be an object`)
}

function malformed(reason: string): OgError {
  return new OgError('INPUT_MALFORMED', `Inference request: ${reason}.`)
}
