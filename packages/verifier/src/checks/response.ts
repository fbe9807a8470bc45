import { responseHashOf } from '@opengradient/protocol'
import { saltOf } from '../claim.ts'
import type { Context } from '../context.ts'
import { absent, fail, type Outcome, pass } from '../outcome.ts'

/** Whether the receipt names these response bytes, shown as the content type that the operator answered. */
export function responseUnaltered({ bundle, execution }: Context): Outcome {
  if (bundle.response === undefined) return absent('response.withheld')
  const { body, contentType } = bundle.response
  if (responseHashOf(body, saltOf(bundle, 'responseSalt')) !== bundle.receipt.responseHash) return fail('RESPONSE_HASH_MISMATCH')
  const expected = execution().contentType
  if (contentType !== expected) return fail('RESPONSE_TYPE_MISMATCH', { found: contentType, expected })
  return pass('response.unaltered')
}
