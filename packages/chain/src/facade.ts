import type { Chain, ChainBlock } from './chain.ts'
import type { BlockTime } from './consensus/blockTime.ts'
import type { ConsensusDriver } from './consensus/port.ts'
import type { Core } from './core.ts'
import type { Genesis } from './genesis/genesis.ts'
import { readsOf } from './reads.ts'

export interface FacadeParts {
  readonly core: Core
  readonly genesis: Genesis
  readonly dataDir?: string | undefined
  readonly driver: ConsensusDriver
  readonly blockTime: BlockTime | undefined
  readonly listeners: Set<(block: ChainBlock) => void>
  readonly halted: () => Error | undefined
  readonly close: () => Promise<void>
}

/** The running node as everybody else sees it. */
export function chainOf({ core, genesis, dataDir, driver, blockTime, listeners, halted, close }: FacadeParts): Chain {
  const { common, ledger, pool, host } = core
  return {
    ...readsOf(genesis.chainId, ledger, core),
    ...(dataDir !== undefined && { dataDir }),
    genesis,
    genesisHash: genesis.hash,
    common,
    pool,
    restoring: () => driver.restoring?.(),
    receipts: (height) => ledger.receipts(height),
    eachReceipt: (height) => ledger.eachReceipt(height),
    payments: (height) => ledger.payments(height),
    logsBloom: (height) => ledger.logsBloom(height),
    commit: (height) => ledger.commit(height),
    historyPath: (height, atHeight) => ledger.historyPath(height, atHeight),
    async submit(raw) {
      const failure = halted()
      if (failure) throw failure
      return pool.add(raw)
    },
    nextBaseFee: host.nextBaseFee,
    onBlock(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    ...(driver.mine && { mine: driver.mine }),
    ...(blockTime && { blockTime }),
    halted,
    close,
  }
}
