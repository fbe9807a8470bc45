import { sha256Hex, utf8 } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { absent, fail, type Outcome, pass } from '../outcome.ts'
import { parametersIn } from '../request.ts'

/** Values longer than this are in the execution record by their SHA-256. */
const MAX_VALUE_BYTES = 256

/**
 * Whether the operator states that it used the parameters of the request as they are: none dropped, none added, and each
 * in the execution record with the value that the request gives it.
 */
export function parametersHonoured({ request, execution }: Context): Outcome {
  const { parameters, dropped, added } = execution()
  if (dropped[0] !== undefined) return fail('PARAMETERS_DROPPED', { name: dropped[0] })
  if (added[0] !== undefined) return fail('PARAMETERS_ADDED', { name: added[0] })
  if (request === undefined) return absent('request.withheld')
  const asked = parametersIn(request)
  if (asked === undefined) return absent('parameters.unknown')
  for (const [name, value] of asked) {
    if (!Object.hasOwn(parameters, name)) return fail('PARAMETERS_DROPPED', { name })
    if (parameters[name] !== recorded(value)) return fail('PARAMETERS_CHANGED', { name })
  }
  return pass('parameters.honoured', { count: `${asked.length}` })
}

/** A parameter as the execution record holds it. */
function recorded(value: unknown): unknown {
  if (typeof value !== 'string') return value
  const bytes = utf8(value)
  return bytes.length > MAX_VALUE_BYTES ? sha256Hex(bytes) : value
}
