import { OgError } from '@opengradient/protocol'
import type { TransactionPool } from '../chain.ts'
import { KEY } from '../state/keys.ts'
import type { Store } from '../state/store.ts'
import { encodeRlp } from '../trie/encode.ts'
import { itemsAt } from '../trie/rlp.ts'

/** Writes what waits in a pool to the store, for the next start: who was told its hash does not send it again. */
export async function keepPool(pool: TransactionPool, store: Store): Promise<void> {
  const { pending, queued } = pool.content()
  if (pending.length + queued.length === 0) return
  await store.write([{ key: KEY.meta('pool'), value: encodeRlp([...pending, ...queued].map(({ raw }) => raw)) }])
}

/** Puts what was kept into a pool again, as if it came now: what is in a block by now, or cannot run any more, is refused. */
export async function takeKept(pool: TransactionPool, store: Store, pause: () => Promise<void>): Promise<void> {
  const kept = store.get(KEY.meta('pool'))
  if (!kept) return
  for (const { start, end } of itemsAt(kept, 0)) {
    // A copy, or each would keep all of them in memory.
    await pool.add(Uint8Array.from(kept.subarray(start, end))).catch((error: unknown) => {
      if (!(error instanceof OgError)) throw error
    })
    await pause()
  }
}

/** Forgets what was kept: the pool has it. */
export async function forgetKept(store: Store): Promise<void> {
  if (store.get(KEY.meta('pool'))) await store.write([{ key: KEY.meta('pool'), value: undefined }])
}
