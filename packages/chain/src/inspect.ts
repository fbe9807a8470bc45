import { existsSync } from 'node:fs'
import { loadCrypto } from './crypto/crypto.ts'
import { chainCommon } from './executor/rules.ts'
import type { Genesis } from './genesis/genesis.ts'
import { openLedger, openStore } from './open.ts'

/**
 * Looks at the database in `dataDir` as a start does, makes no block, and closes it. Returns height and time (Unix seconds) of its head;
 * undefined when there is none yet. Errors: `CHAIN_DATA_*` (also `CHAIN_DATA_LOCKED`: a node has it open), `CHAIN_GENESIS_INVALID`.
 */
export async function inspectChain(
  dataDir: string,
  genesis: Genesis,
): Promise<{ readonly height: bigint; readonly time: bigint } | undefined> {
  if (!existsSync(dataDir)) return undefined
  const crypto = await loadCrypto()
  const store = await openStore({ dataDir })
  try {
    // A start would write the genesis into an empty database.
    for await (const _ of store.scan(new Uint8Array())) {
      const { head } = await openLedger(store, genesis, chainCommon(genesis, crypto), crypto)
      return { height: head.height, time: head.block.header.timestamp }
    }
    return undefined
  } finally {
    await store.close()
  }
}
