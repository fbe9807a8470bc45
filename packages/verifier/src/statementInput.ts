import { type BundleRequest, isOgError, OgError } from '@opengradient/protocol'
import { reasonOf } from './outcome.ts'

/**
 * The input of the statement that a node has to prove for this request: `x` of `zkNonce`. What reads integer models is loaded only here.
 * @param zkir bytes of the model's file `model.zkir`
 * @throws OgError `JSON_*`, `INPUT_MALFORMED`, `ZK_INPUT_*`, `ZK_NON_FINITE_INPUT`, and what is wrong with the file
 */
export async function statementInput(zkir: Uint8Array, request: Pick<BundleRequest, 'body' | 'headerLength'>): Promise<Uint8Array> {
  const { quantisedBy } = await import('./zk/quantised.ts')
  try {
    return quantisedBy(zkir, request).bytes
  } catch (error) {
    if (isOgError(error)) throw error
    throw new OgError('ZK_INPUT_MISMATCH', `The request cannot be an input of the integer model: ${reasonOf(error)}`, { cause: error })
  }
}
