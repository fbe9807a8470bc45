import { inclusionPath, leafOf, receiptHash } from '@opengradient/protocol'
import { actor } from '../cast.ts'
import { both } from '../scene.ts'
import type { Story } from '../story.ts'
import { fresh, policy } from '../valid.ts'
import { all, flip, judge, sha } from './lies.ts'

/** Lies about the batch. */
export const batch: readonly Story[] = [
  {
    name: 'leaf-of-another-receipt',
    says: 'The leaf is of another receipt of the batch.',
    edits: judge((s) => {
      const leaves = s.batched!.map(leafOf)
      Object.assign(s.bundle.inclusion!, { leaf: leaves[1], path: inclusionPath(leaves, 1) })
    }),
    fails: { inclusion: 'INCLUSION_INVALID' },
  },
  {
    name: 'path-altered',
    says: 'One hash of the inclusion path is another.',
    edits: judge(({ bundle }) => {
      bundle.inclusion!.path[1] = flip(bundle.inclusion!.path[1]!)
    }),
    fails: { inclusion: 'INCLUSION_INVALID' },
  },
  {
    name: 'path-cut',
    says: 'The last step of the inclusion path is missing.',
    edits: judge(({ bundle }) => void bundle.inclusion!.path.pop()),
    fails: { inclusion: 'INCLUSION_INVALID' },
  },
  {
    name: 'receipt-not-in-the-batch',
    says: 'The receipt is in no batch; its leaf is given as the root of one.',
    edits: {
      anchor: (s) => {
        s.batched = s.batched!.slice(1)
      },
      judge: ({ bundle, receipt, domain }) =>
        void Object.assign(bundle.inclusion!, { leaf: leafOf(receiptHash(receipt, domain)), path: [] }),
    },
    fails: { inclusion: 'INCLUSION_INVALID' },
  },
  {
    name: 'batch-of-another-node',
    says: 'The receipt is in a batch of another node: it proves nothing there.',
    edits: {
      commit: (s) => {
        s.batch.node = actor('second operator').address
      },
    },
    fails: { inclusion: 'BATCH_FOREIGN' },
  },
  {
    name: 'batch-root-not-on-chain',
    says: 'The node recorded another batch under this number.',
    edits: {
      commit: (s) => {
        s.recorded.root = sha(11)
      },
    },
    fails: { inclusion: 'BATCH_NOT_ANCHORED' },
  },
  {
    name: 'batch-count-not-on-chain',
    says: 'The batch recorded has another number of receipts.',
    edits: {
      commit: (s) => {
        s.recorded.count = 8
      },
    },
    fails: { inclusion: 'BATCH_NOT_ANCHORED' },
  },
  {
    name: 'batch-total-not-on-chain',
    says: 'The batch recorded has another sum of prices.',
    edits: {
      commit: (s) => {
        s.recorded.total = 1n
      },
    },
    fails: { inclusion: 'BATCH_NOT_ANCHORED' },
  },
  {
    name: 'batch-not-recorded',
    says: 'The policy requires the batch on chain, the node has only signed it.',
    edits: {
      anchor: (s) => {
        s.unrecorded = true
      },
    },
    fails: { inclusion: 'ABSENT' },
  },
  {
    name: 'inclusion-left-out',
    says: 'The policy requires the batch, the bundle has no inclusion proof.',
    edits: judge((s) => void delete s.bundle.inclusion),
    fails: { inclusion: 'ABSENT' },
  },
  {
    name: 'nothing-recorded',
    says: 'The policy requires the record on chain, and there is neither batch nor settlement.',
    edits: both(fresh, policy('settled')),
    fails: all('ABSENT', 'payment.settled', 'inclusion', 'finality'),
  },
]
