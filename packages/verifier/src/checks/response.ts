import { isSealedLevel, responseHashOf } from '@opengradient/protocol'
import { saltOf } from '../claim.ts'
import type { Context } from '../context.ts'
import { absent, fail, type Outcome, pass } from '../outcome.ts'

/** Whether the receipt names these response bytes, shown as the content type that the operator answered, and salts only where hashes have them. */
export function responseUnaltered({ bundle, execution }: Context): Outcome {
  const { response, receipt, seal } = bundle
  if (response && responseHashOf(response.body, saltOf(bundle, 'responseSalt')) !== receipt.responseHash)
    return fail('RESPONSE_HASH_MISMATCH')
  // Beside evidence of an enclave all of that is refused by the checks of evidence.
  if (seal && !isSealedLevel(receipt.level) && bundle.tee === undefined) return fail('SALTS_UNEXPECTED', { level: String(receipt.level) })
  if (response === undefined) return absent('response.withheld')
  const { contentType } = response
  const expected = execution().contentType
  if (contentType !== expected) return fail('RESPONSE_TYPE_MISMATCH', { found: contentType, expected })
  return pass('response.unaltered')
}
