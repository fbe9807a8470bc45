import { byteKey, type Store, type Write } from '../state/store.ts'

/** A store over another one: reads see both, writes stay in memory and are lost with it. */
export function scratchStore(below: Store): Store {
  const written = new Map<string, Uint8Array>()
  return {
    get: (key) => written.get(byteKey(key)) ?? below.get(key),
    async write(writes: readonly Write[]) {
      for (const { key, value } of writes) if (value) written.set(byteKey(key), value)
    },
    /** Nothing: a scratch state is read through its tries, and their flat entries are of no use. */
    async *scan() {},
    async close() {},
  }
}
