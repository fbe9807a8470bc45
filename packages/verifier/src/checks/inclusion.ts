import { type Batch, leafOf, rootFromPath } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { needState } from '../evidence.ts'
import { absent, fail, type Outcome, pass, Stop } from '../outcome.ts'
import { utc } from '../time.ts'

/** Whether the receipt is a leaf of a batch that its own node recorded on chain. */
export function inclusion(context: Context): Outcome {
  const { node, sequence, anchoredAt } = recordedBatch(context)
  return pass('inclusion', { node, sequence: `${sequence}`, time: utc(anchoredAt) })
}

/**
 * The batch that holds the receipt, with the time of its block in unix seconds; a stop if there is none. The signature of the batch is not looked at:
 * `Settlement.commit` did that before it stored the root proven here.
 */
export function recordedBatch({ bundle, receiptHash, chain }: Context): Batch & { anchoredAt: bigint } {
  if (bundle.inclusion === undefined) throw new Stop(absent('inclusion.none'))
  const { leaf, path, batch } = bundle.inclusion
  const { node } = bundle.receipt
  if (batch.node !== node) throw new Stop(fail('BATCH_FOREIGN', { found: batch.node, node }))
  if (leaf !== leafOf(receiptHash) || rootFromPath(leaf, path) !== batch.root) throw new Stop(fail('INCLUSION_INVALID'))
  const recorded = needState(chain).facts.batch(node, batch.sequence)
  if (recorded === undefined) throw new Stop(absent('inclusion.uncommitted'))
  const same = recorded.root === batch.root && recorded.count === batch.count && recorded.total === batch.total
  if (!same) throw new Stop(fail('BATCH_NOT_ANCHORED', { sequence: `${batch.sequence}` }))
  return { ...batch, anchoredAt: recorded.anchoredAt }
}
