import { isOgError, printable, ZK_CHECK_IDS, type ZkCheckId } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { absent, fail, type Outcome, reasonOf } from '../outcome.ts'
import { requiredBy } from '../verdict.ts'

export type ZkOutcomes = Readonly<Record<ZkCheckId, Outcome>>

/**
 * The questions about a proof; none where neither the bundle nor the policy has anything to do with one. What checks proofs is loaded only
 * for a bundle that holds one, so that others cost nothing.
 */
export async function zkChecks(context: Context): Promise<ZkOutcomes | Record<string, never>> {
  const { bundle, policy } = context
  if (bundle.zk === undefined) return concerns(context) || asks(policy) ? every(absent('zk.none')) : {}
  try {
    const { examineProof } = await import('../zk/examine.ts')
    return await examineProof(context, bundle.zk)
  } catch (error) {
    if (isOgError(error)) return every({ status: 'fail', code: error.code, says: printable(error.message) })
    return every(fail('INTERNAL', { reason: reasonOf(error) }))
  }
}

const every = (outcome: Outcome): ZkOutcomes => Object.fromEntries(ZK_CHECK_IDS.map((id) => [id, outcome])) as ZkOutcomes

/** Whether the receipt claims a proof that there could be. */
function concerns({ bundle: { receipt }, manifest }: Context): boolean {
  if (receipt.level !== 2) return false
  try {
    return manifest().zk !== undefined
  } catch {
    return false
  }
}

const asks = (policy: Context['policy']): boolean => ZK_CHECK_IDS.some((id) => requiredBy(policy).includes(id))
