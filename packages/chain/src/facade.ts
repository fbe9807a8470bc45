import type { Chain, ChainBlock } from './chain.ts'
import type { BlockTime } from './consensus/blockTime.ts'
import type { ConsensusDriver } from './consensus/port.ts'
import type { Core } from './core.ts'
import type { Genesis } from './genesis/genesis.ts'
import { simulate } from './simulate/simulate.ts'

export interface FacadeParts {
  readonly core: Core
  readonly genesis: Genesis
  readonly driver: ConsensusDriver
  readonly blockTime: BlockTime | undefined
  readonly listeners: Set<(block: ChainBlock) => void>
  readonly halted: () => Error | undefined
  readonly close: () => Promise<void>
}

/** The running node as everybody else sees it. */
export function chainOf({ core, genesis, driver, blockTime, listeners, halted, close }: FacadeParts): Chain {
  const { common, ledger, pool, host, caller, need } = core
  return {
    chainId: genesis.chainId,
    genesis,
    genesisHash: genesis.hash,
    common,
    pool,
    head: () => ledger.head,
    firstBlock: () => ledger.first,
    restoring: () => driver.restoring?.(),
    blockByNumber: (height) => ledger.block(height),
    blockByHash: (hash) => ledger.blockByHash(hash),
    headerByNumber: (height) => ledger.header(height),
    receipts: (height) => ledger.receipts(height),
    logsBloom: (height) => ledger.logsBloom(height),
    locate: (hash) => ledger.locate(hash),
    commit: (height) => ledger.commit(height),
    historyPath: (height, atHeight) => ledger.historyPath(height, atHeight),
    state: core.state,
    sandbox: async (height, callOptions) => caller.sandbox(need(height), callOptions),
    call: async (request, height, callOptions) => caller.call(request, need(height), callOptions),
    estimateGas: async (request, height, callOptions) => caller.estimateGas(request, need(height), callOptions),
    replay: async (height) => ({ ...(await caller.replay(need(height - 1n))), report: ledger.report(height) }),
    watchedCall: async (request, height, callOptions, watch) => caller.watchedCall(request, need(height), callOptions, watch),
    simulate: async (request, height, limits) => simulate(core.simulator, need(height), request, limits),
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
