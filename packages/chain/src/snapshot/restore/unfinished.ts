import { KEY } from '../../state/keys.ts'
import type { Store, Write } from '../../state/store.ts'

/** Keys that are deleted at a time. */
const BATCH = 5_000

const RESTORING = KEY.meta('restoring')

/** Empties a database for a snapshot, and marks it: until the mark is gone, nothing in it counts. */
export async function beginRestore(store: Store): Promise<void> {
  const meta = (['version', 'genesis', 'head', 'since'] as const).map((name) => ({ key: KEY.meta(name), value: undefined }))
  await store.write([{ key: RESTORING, value: Uint8Array.of(1) }, ...meta])
  await deleteAll(store, new Uint8Array())
}

/** Empties a database that was left in the middle of a restore. Answers whether it was. */
export async function discardUnfinished(store: Store): Promise<boolean> {
  if (!store.get(RESTORING)) return false
  await deleteAll(store, new Uint8Array())
  await store.write([{ key: RESTORING, value: undefined }])
  return true
}

/** Deletes the entries under a prefix, but for the mark. */
async function deleteAll(store: Store, prefix: Uint8Array): Promise<void> {
  let writes: Write[] = []
  for await (const [key] of store.scan(prefix)) {
    if (Buffer.compare(key, RESTORING) === 0) continue
    writes.push({ key, value: undefined })
    if (writes.length < BATCH) continue
    await store.write(writes)
    writes = []
  }
  await store.write(writes)
}
