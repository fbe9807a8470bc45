import type { Context } from '../context.ts'
import { absent, fail, type Outcome, pass } from '../outcome.ts'

/** Whether the receipt names this request, byte for byte: method, path, content type and body. */
export function requestBound({ bundle, request, policy }: Context): Outcome {
  const expected = policy.expect?.requestHash
  if (expected !== undefined && expected !== bundle.receipt.requestHash) return fail('REQUEST_UNEXPECTED')
  if (bundle.request === undefined) return expected === undefined ? absent('request.withheld') : pass('request.known')
  if (request === undefined) return fail('REQUEST_HASH_MISMATCH')
  return pass('request.bound')
}

/** Whether the answer was made for the request id that the caller chose, and is not an old one replayed. */
export function requestFresh({ bundle, policy }: Context): Outcome {
  const expected = policy.expect?.requestId
  if (expected === undefined) return absent('request.unexpected')
  if (expected !== bundle.receipt.requestId) return fail('REQUEST_NOT_FRESH')
  return pass('request.fresh')
}
