import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { cometbftLightBlocks, remembered, webHttp } from '@opengradient/client'
import type { ConsensusApplication } from '../src/consensus/port.ts'
import { loadCrypto } from '../src/crypto/crypto.ts'
import { parseGenesis } from '../src/genesis/genesis.ts'
import { startRpc } from '../src/index.ts'
import { openStore } from '../src/open.ts'
import { startNode } from '../src/start.ts'

/**
 * Where in a block the node kills itself; `duringSnapshot`: with the first file of the snapshot that it begins after that block; `afterRestore`:
 * once it has the whole of that block's snapshot, before CometBFT knows. `heldAfterRestore`: there it does not die, but waits while there is
 * the file `.held` beside `crash`, which it makes.
 */
const CRASH_POINTS = [
  'beforeFinalize',
  'afterFinalize',
  'beforeCommit',
  'duringCommit',
  'afterCommit',
  'duringSnapshot',
  'afterRestore',
  'heldAfterRestore',
] as const
export type CrashPoint = (typeof CRASH_POINTS)[number]

/**
 * A node of a test network, as `createChain` makes it, that can kill itself at one point of one block: when the file `crash` says
 * `POINT@HEIGHT`, or `POINT@HEIGHT filled`, of a block that has transactions. `ahead` moves its clock by so many seconds; with `home` it
 * compares the votes of its key with the record there. Writes `rpc URL` when it is up, `block HEIGHT HASH` after each commit, and what
 * else it would log.
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
      home: { type: 'string' },
      ahead: { type: 'string' },
    },
  })
  if (values.ahead) moveClock(1_000 * Number(values.ahead))
  const genesis = parseGenesis(readFileSync(values.genesis!))
  const snapshots = values.snapshots && { snapshots: { folder: values.snapshots, interval: 5n, keep: 1_000 } }
  const cometbft = { listen: values.listen!, rpc: values.engine!, paced: false, ...snapshots, ...(values.home && { home: values.home }) }
  const die = (point: CrashPoint, height: bigint, filled?: boolean) => {
    if (dies(values.crash!, point, height, filled)) process.kill(process.pid, 'SIGKILL')
  }
  const restored = (height: bigint) => {
    die('afterRestore', height)
    if (dies(values.crash!, 'heldAfterRestore', height)) hold(`${values.crash!}.held`)
  }
  const log = {
    info: (fields: object, message: string) => {
      if (message === 'the chain begins with a snapshot' && 'height' in fields) restored(BigInt(fields.height as number))
    },
    error: (fields: object, message: string) => console.log([message, ...reasonsIn(fields)].join(': ')),
  }
  const between = (application: ConsensusApplication) => mortal(application, die)
  const options = { dataDir: values.data!, genesis, cometbft, log }
  const chain = await startNode(options, { store: await openStore(options), crypto: await loadCrypto(), between })
  chain.onBlock(({ height, hash }) => {
    console.log(`block ${height} ${hash}`)
    if (dies(values.crash!, 'duringSnapshot', height)) void whenWriting(values.snapshots!).then(() => die('duringSnapshot', height))
  })
  const lightBlocks = remembered(cometbftLightBlocks(values.engine!, webHttp(fetch)))
  const { url } = await startRpc(chain, { port: 0, networkName: 'local-test', lightBlocks })
  console.log(`rpc ${url}`)
}

/** Why something went wrong, as a log entry has it. */
function reasonsIn(fields: { readonly why?: unknown; readonly err?: unknown }): string[] {
  const { why, err } = fields
  if (err instanceof Error) return ['code' in err ? `${err.code} ${err.message}` : err.message]
  return why === undefined ? [] : [String(why)]
}

function moveClock(milliseconds: number): void {
  const { now } = Date
  Date.now = () => now() + milliseconds
}

/** Stands still, all of it, until the file is removed. */
function hold(file: string): void {
  writeFileSync(file, '')
  while (existsSync(file)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
}

/** In the block that the file names, or in the next if that one was over already, or empty where it has to be filled. */
function dies(file: string, point: CrashPoint, height: bigint, filled = false): boolean {
  if (!existsSync(file)) return false
  const [at, first, which] = readFileSync(file, 'utf8').split(/[@ ]/)
  return at === point && height >= BigInt(first!) && (filled || which === undefined)
}

/** Resolves while a snapshot is being written: between any two of its files the event loop comes by here. */
async function whenWriting(folder: string): Promise<void> {
  const writing = join(folder, 'writing')
  while (!existsSync(writing) || readdirSync(writing).length === 0) await new Promise((resolve) => setImmediate(resolve))
}

/** The application, which may die without a word at each point of each block. */
function mortal(
  application: ConsensusApplication,
  die: (point: CrashPoint, height: bigint, filled: boolean) => void,
): ConsensusApplication {
  /** Whether the block that was finalized last has transactions. */
  let filled = false
  return {
    info: () => application.info(),
    validatorAccount: (address) => application.validatorAccount(address),
    prepare: (now, proposer) => application.prepare(now, proposer),
    process: (proposal) => application.process(proposal),
    async finalize(proposal) {
      filled = proposal.transactions.length > 0
      die('beforeFinalize', proposal.height, filled)
      const finalized = await application.finalize(proposal)
      die('afterFinalize', proposal.height, filled)
      return finalized
    },
    async commit(commit) {
      const next = application.info().height + 1n
      die('beforeCommit', next, filled)
      const committing = application.commit(commit)
      die('duringCommit', next, filled)
      const block = await committing
      die('afterCommit', next, filled)
      return block
    },
  }
}

await main()
