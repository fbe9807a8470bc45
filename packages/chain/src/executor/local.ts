import { OgError } from '@opengradient/protocol'
import { outcomesOf } from '../consensus/outcome.ts'
import type { Crypto } from '../crypto/crypto.ts'
import { blockWrites } from '../ledger/ledger.ts'
import { sameBytes } from '../state/account.ts'
import { FlatBase } from '../state/base.ts'
import { KEY } from '../state/keys.ts'
import { HashedStore } from '../state/nodes.ts'
import { Overlay } from '../state/overlay.ts'
import type { Store } from '../state/store.ts'
import type { BlockExecutor } from './blockExecutor.ts'
import type { FixedCommon } from './common.ts'
import { type ExecutedBlock, executeBlock, vmOn } from './execute.ts'
import { readFields } from './transaction/fields.ts'

export interface LocalExecutorParts {
  readonly store: Store
  readonly common: FixedCommon
  readonly crypto: Crypto
  /** Lets the rest of the thread run; asked between transactions. */
  readonly pause: () => Promise<void>
}

/** Runs blocks in the thread that asks. */
export async function localExecutor({ store, common, crypto, pause }: LocalExecutorParts): Promise<BlockExecutor> {
  const { keccak } = crypto
  const hashed = new HashedStore(store, keccak)
  const base = new FlatBase(store, hashed)
  const overlay = new Overlay(base, keccak)
  const blockHash = (height: bigint): Uint8Array | undefined => {
    const rlp = height < 0n ? undefined : store.get(KEY.header(height))
    return rlp && keccak(rlp)
  }
  const vm = await vmOn(overlay, common, blockHash)
  const parts = { store, base, hashed, keccak, overlay, common, crypto, blockHash, pause }
  let ran: ExecutedBlock | undefined
  /** The root of the state that `base` remembers. */
  let root: Uint8Array | undefined

  return {
    async run({ parentRoot, env, transactions: order, report }) {
      ran = undefined
      // A snapshot was restored under it.
      if (root && !sameBytes(root, parentRoot)) base.reset()
      root = parentRoot
      const transactions = order.map((transaction) => ({ ...transaction, fields: readFields(transaction.raw) }))
      ran = await executeBlock(vm, parts, parentRoot, env, transactions, report)
      const { header, hash, validatorUpdates } = ran
      return { header: header.serialize(), hash, outcomes: outcomesOf(transactions, ran), validatorUpdates }
    },
    async commit(commit) {
      if (!ran) throw new OgError('INTERNAL', 'There is no finalized block to commit.')
      const { transition } = ran
      await store.write([...transition.writes, ...blockWrites(ran, commit, store)])
      ran = undefined
      root = transition.root
      base.changed(transition.accounts, transition.slots)
      for (const [hash, rlp] of transition.nodes) hashed.remember(hash, rlp)
      return { accounts: transition.accounts, slots: transition.slots }
    },
    async close() {},
  }
}
