import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  encodeGenesis,
  engineGenesis,
  engineNodeId,
  enginePublicKey,
  makeGenesis,
  type StateSync,
  writeEngineHome,
} from '@opengradient/chain'
import { bytesToHex } from '@opengradient/protocol'
import { CHAIN_ID, OPG, type Wallet, wallet } from '../measure/wallet.ts'

/** Where one node and its CometBFT live. */
export interface Place {
  readonly home: string
  readonly genesisFile: string
  /** The socket between the two. */
  readonly listen: string
  /** Of CometBFT. */
  readonly rpc: string
  /** Has the node begin with a snapshot. To be called before its first start. */
  syncState(from: StateSync): Promise<void>
}

export interface Network {
  readonly places: readonly Place[]
  remove(): void
}

const seed = (kind: number, index: number): Uint8Array => new Uint8Array(32).fill(index + 1).fill(kind, 0, 1)

/**
 * The homes of a network on this machine: so many validators, then nodes that only follow. `senders` have money. `commitTimeout`: milliseconds
 * from one block to the next proposal.
 */
export async function makeNetwork(
  senders: readonly Wallet[],
  { validators: count = 4, followers = 0, commitTimeout = 300 } = {},
): Promise<Network> {
  const folder = mkdtempSync(join(tmpdir(), 'og-bench-consensus-'))
  const validators = Array.from({ length: count }, (_, index) => ({
    account: wallet(50_000 + index).address,
    consensusKey: bytesToHex(enginePublicKey(seed(1, index))),
    bond: 10_000n * OPG,
    commissionBps: 500,
  }))
  const faucets = [
    ...validators.map(({ account }) => ({ address: account, amount: 20_000n * OPG })),
    ...senders.map(({ address }) => ({ address, amount: 10_000n * OPG })),
  ]
  const time = BigInt(Math.floor(Date.now() / 1_000)) - 5n
  const genesis = await makeGenesis({ chainId: CHAIN_ID, validator: validators[0]!.account, validators, time, faucets })
  const genesisFile = join(folder, 'genesis.json')
  writeFileSync(genesisFile, encodeGenesis(genesis))

  const nodes = count + followers
  const ports = await freePorts(2 * nodes)
  const peers = Array.from({ length: nodes }, (_, index) => `${engineNodeId(seed(2, index))}@127.0.0.1:${ports[index]}`)
  const places = peers.map(async (self, index): Promise<Place> => {
    const home = join(folder, `node${index}`)
    const listen = `unix://${join(home, 'abci.sock')}`
    const port = ports[nodes + index]
    const engine = {
      genesis: engineGenesis(genesis),
      proxyApp: listen,
      moniker: `node${index}`,
      validatorSeed: seed(1, index),
      nodeSeed: seed(2, index),
      rpc: `tcp://127.0.0.1:${port}`,
      p2p: `tcp://127.0.0.1:${ports[index]}`,
      peers: peers.filter((peer) => peer !== self),
      commitTimeout,
      local: true,
    }
    await writeEngineHome(home, engine)
    const syncState = (stateSync: StateSync) => writeEngineHome(home, { ...engine, stateSync })
    return { home, genesisFile, listen, rpc: `http://127.0.0.1:${port}`, syncState }
  })
  return { places: await Promise.all(places), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

/** Below the ports that systems give to outgoing connections, or one of those takes it while its node is down. */
async function freePorts(count: number): Promise<number[]> {
  for (;;) {
    const first = 20_000 + 100 * randomInt(120)
    const ports = Array.from({ length: count }, (_, index) => first + index)
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return ports
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
