import { type Core, createCore } from '../src/core.ts'
import { loadCrypto } from '../src/crypto/crypto.ts'
import type { Genesis } from '../src/genesis/genesis.ts'
import type { Engine } from '../src/open.ts'
import { memoryStore, type Store } from '../src/state/store.ts'
import { testGenesis } from './chain.testkit.ts'

/** A node without a driver, so that a test can be the engine. */
export async function testApplication(
  options: { readonly store?: Store; readonly genesis?: Genesis; readonly engine?: Engine } = {},
): Promise<Core> {
  const { store = memoryStore(), genesis = await testGenesis(), engine } = options
  return createCore({ store, genesis, crypto: await loadCrypto(), pause: async () => {}, committed: () => {}, ...(engine && { engine }) })
}
