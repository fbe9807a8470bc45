import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import type { ChainBlock } from '../src/chain.ts'
import { driverOf } from '../src/consensus/choice.ts'
import type { ConsensusApplication } from '../src/consensus/port.ts'
import { createCore } from '../src/core.ts'
import type { ChainOptions } from '../src/create.ts'
import { loadCrypto } from '../src/crypto/crypto.ts'
import { chainOf } from '../src/facade.ts'
import { parseGenesis } from '../src/genesis/genesis.ts'
import { startRpc } from '../src/index.ts'
import { openStore } from '../src/open.ts'

/** Where in a block the node kills itself. */
export const CRASH_POINTS = ['beforeFinalize', 'afterFinalize', 'duringCommit', 'afterCommit'] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/**
 * A node of a test network, as `createChain` makes it, that can kill itself at one point of one block. Writes `rpc URL` when it is up,
 * `block HEIGHT HASH` after each commit, and what else it would log.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      genesis: { type: 'string' },
      data: { type: 'string' },
      listen: { type: 'string' },
      engine: { type: 'string' },
      crash: { type: 'string' },
    },
  })
  const genesis = parseGenesis(readFileSync(values.genesis!))
  const cometbft = { listen: values.listen!, rpc: values.engine! }
  const options: ChainOptions = { dataDir: values.data!, genesis, cometbft }
  const log = {
    info: () => {},
    error: (fields: object, message: string) => console.log('why' in fields ? `${message}: ${fields.why}` : message),
  }
  const crypto = await loadCrypto()
  const store = await openStore({ dataDir: values.data! })
  const pause = () => new Promise<void>((resolve) => setImmediate(resolve))
  const committed = ({ height, hash }: ChainBlock) => console.log(`block ${height} ${hash}`)
  const core = await createCore({ store, genesis, crypto, engine: 'cometbft', pause, committed })
  let failure: Error | undefined
  const onHalt = (error: unknown) => {
    failure = error as Error
    console.log(`halted ${failure.message}`)
  }
  const driver = driverOf(options, { core, crypto, log, blockTime: undefined, onHalt })
  const [point, height] = (values.crash ?? '').split('@')
  await driver.start(point ? mortal(core.application, point as CrashPoint, BigInt(height!)) : core.application)
  const chain = chainOf({
    core,
    genesis,
    driver,
    blockTime: undefined,
    listeners: new Set(),
    halted: () => failure,
    close: () => store.close(),
  })
  const { url } = await startRpc(chain, { port: 0, networkName: 'test' })
  console.log(`rpc ${url}`)
}

/** The application, which dies without a word at this point of this block. */
function mortal(application: ConsensusApplication, point: CrashPoint, height: bigint): ConsensusApplication {
  const die = (at: CrashPoint, of: bigint) => {
    if (at === point && of === height) process.kill(process.pid, 'SIGKILL')
  }
  return {
    info: () => application.info(),
    validatorAccount: (address) => application.validatorAccount(address),
    prepare: (now, proposer) => application.prepare(now, proposer),
    process: (proposal) => application.process(proposal),
    async finalize(proposal) {
      die('beforeFinalize', proposal.height)
      const finalized = await application.finalize(proposal)
      die('afterFinalize', proposal.height)
      return finalized
    },
    async commit(commit) {
      const next = application.info().height + 1n
      const committing = application.commit(commit)
      die('duringCommit', next)
      const block = await committing
      die('afterCommit', next)
      return block
    },
  }
}

await main()
