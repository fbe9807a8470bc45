import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bytesToHex } from '@opengradient/protocol'
import { engineNodeId, enginePublicKey } from '../src/consensus/cometbft/engineKey.ts'
import { engineGenesis } from '../src/consensus/cometbft/genesis.ts'
import { type EngineHome, writeEngineHome } from '../src/consensus/cometbft/home.ts'
import type { Genesis } from '../src/genesis/genesis.ts'
import { makeGenesis } from '../src/genesis/make.ts'
import { CHAIN_ID, OPG, signer } from '../test/chain.testkit.ts'
import { reservePorts } from './ports.testkit.ts'

/** Where one node of a test network lives. */
export interface Place {
  readonly home: string
  readonly dataDir: string
  /** The socket between the node and its CometBFT. */
  readonly listen: string
  /** Of CometBFT. */
  readonly rpc: string
  /** What its CometBFT was told. */
  readonly engine: EngineHome
}

export interface TestNetwork {
  readonly genesis: Genesis
  readonly places: readonly Place[]
  remove(): void
}

export interface NetworkOptions {
  /** Milliseconds from a commit to the next proposal. */
  readonly commitTimeout?: number
  /** Milliseconds that validators wait for a proposal before they go on without; CometBFT's 3,000 unless said. */
  readonly proposeTimeout?: number
  /** Seconds since genesis; 5 unless said. */
  readonly age?: bigint
  readonly followers?: number
  readonly doubled?: number
  /** Those of which CometBFT does not find the node where it listens: the test puts something between them, at `proxyApp`. */
  readonly proxied?: readonly number[]
  /** Where peers, and where this process finds each CometBFT; this machine's loopback unless said. */
  readonly hosts?: (index: number) => { readonly p2p: string; readonly rpc: string }
}

const LOOPBACK = { p2p: '127.0.0.1', rpc: '127.0.0.1' }

const seed = (kind: number, index: number): Uint8Array => new Uint8Array(32).fill(index + 1).fill(kind, 0, 1)

/**
 * The homes of a network of so many validators on this machine, with fast blocks, of some nodes that only follow, and of some that have the
 * key of the last validator, too. Signers 0..4 have a million OPG each.
 */
export async function makeNetwork(count: number, options: NetworkOptions = {}): Promise<TestNetwork> {
  const {
    commitTimeout = 200,
    proposeTimeout = 3_000,
    age = 5n,
    followers = 0,
    doubled = 0,
    proxied = [],
    hosts = () => LOOPBACK,
  } = options
  const folder = mkdtempSync(join(tmpdir(), 'og-cometbft-'))
  const validators = Array.from({ length: count }, (_, index) => ({
    account: signer(10 + index).address,
    consensusKey: bytesToHex(enginePublicKey(seed(1, index))),
    bond: 10_000n * OPG,
    commissionBps: 500,
  }))
  const funded = [0, 1, 2, 3, 4].map((index) => signer(index).address).concat(validators.map(({ account }) => account))
  const genesis = await makeGenesis({
    chainId: CHAIN_ID,
    validator: validators[0]!.account,
    validators,
    time: BigInt(Math.floor(Date.now() / 1_000)) - age,
    faucets: funded.map((address) => ({ address, amount: 1_000_000n * OPG })),
  })
  const nodes = count + followers + doubled
  const { ports, release } = await reservePorts(2 * nodes)
  const peers = Array.from({ length: nodes }, (_, index) => `${engineNodeId(seed(2, index))}@${hosts(index).p2p}:${ports[index]}`)
  const places = peers.map((self, index) => {
    const home = join(folder, `node${index}`)
    const listen = `unix://${join(home, 'abci.sock')}`
    const engine: EngineHome = {
      genesis: engineGenesis(genesis),
      proxyApp: proxied.includes(index) ? `unix://${join(home, 'proxy.sock')}` : listen,
      moniker: `node${index}`,
      validatorSeed: seed(1, index < count + followers ? index : count - 1),
      nodeSeed: seed(2, index),
      rpc: `tcp://${hosts(index).rpc}:${ports[nodes + index]}`,
      p2p: `tcp://${hosts(index).p2p}:${ports[index]}`,
      peers: peers.filter((peer) => peer !== self),
      commitTimeout,
      local: true,
    }
    return { home, dataDir: join(home, 'chain'), listen, rpc: `http://${hosts(index).rpc}:${ports[nodes + index]}`, engine }
  })
  for (const { home, engine } of places) {
    await writeEngineHome(home, engine)
    shorten(home, { propose: proposeTimeout, prevote: 300, precommit: 300 })
  }
  const remove = () => {
    release()
    rmSync(folder, { recursive: true, force: true })
  }
  return { genesis, places, remove }
}

/** Sets how long CometBFT waits in its first round, in milliseconds; each further round waits longer. */
function shorten(home: string, timeouts: Readonly<Record<string, number>>): void {
  const file = join(home, 'config', 'config.toml')
  const lines = Object.entries(timeouts).map(([step, milliseconds]) => `timeout_${step} = "${milliseconds}ms"`)
  writeFileSync(file, readFileSync(file, 'utf8').replace('[consensus]', ['[consensus]', ...lines].join('\n')))
}
