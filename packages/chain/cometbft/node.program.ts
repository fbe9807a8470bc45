import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { cometbftLightBlocks, remembered, webHttp } from '@opengradient/client'
import type { ConsensusApplication } from '../src/consensus/port.ts'
import { loadCrypto } from '../src/crypto/crypto.ts'
import { parseGenesis } from '../src/genesis/genesis.ts'
import { startRpc } from '../src/index.ts'
import { openStore } from '../src/open.ts'
import { startNode } from '../src/start.ts'

/** Where in a block the node kills itself. */
export const CRASH_POINTS = ['beforeFinalize', 'afterFinalize', 'beforeCommit', 'duringCommit', 'afterCommit'] as const
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
      snapshots: { type: 'string' },
    },
  })
  const genesis = parseGenesis(readFileSync(values.genesis!))
  const snapshots = values.snapshots && { snapshots: { folder: values.snapshots, interval: 5n, keep: 1_000 } }
  const cometbft = { listen: values.listen!, rpc: values.engine!, ...snapshots }
  const log = {
    info: () => {},
    error: (fields: object, message: string) => console.log('why' in fields ? `${message}: ${fields.why}` : message),
  }
  const [point, height] = (values.crash ?? '').split('@')
  const between = (application: ConsensusApplication) => (point ? mortal(application, point as CrashPoint, BigInt(height!)) : application)
  const options = { dataDir: values.data!, genesis, cometbft, log }
  const chain = await startNode(options, { store: await openStore(options), crypto: await loadCrypto(), between })
  chain.onBlock(({ height, hash }) => console.log(`block ${height} ${hash}`))
  const lightBlocks = remembered(cometbftLightBlocks(values.engine!, webHttp(fetch)))
  const { url } = await startRpc(chain, { port: 0, networkName: 'local-test', lightBlocks })
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
      die('beforeCommit', next)
      const committing = application.commit(commit)
      die('duringCommit', next)
      const block = await committing
      die('afterCommit', next)
      return block
    },
  }
}

await main()
