import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Address, bytesToHex } from '@opengradient/protocol'
import { engineNodeId, enginePublicKey } from '../src/consensus/cometbft/engineKey.ts'
import { engineGenesis, type GenesisValidator } from '../src/consensus/cometbft/genesis.ts'
import { writeEngineHome } from '../src/consensus/cometbft/home.ts'
import type { Genesis } from '../src/genesis/genesis.ts'
import { makeGenesis } from '../src/genesis/make.ts'
import { CHAIN_ID, OPG, signer, validator } from '../test/chain.testkit.ts'
import { freePort } from './engine.ts'

/** Where one node of a test network lives. */
export interface Place {
  readonly home: string
  readonly dataDir: string
  /** The socket between the node and its CometBFT. */
  readonly listen: string
  /** Of CometBFT. */
  readonly rpc: string
}

export interface TestNetwork {
  readonly genesis: Genesis
  readonly validators: readonly GenesisValidator[]
  readonly places: readonly Place[]
  remove(): void
}

const seed = (kind: number, index: number): Uint8Array => new Uint8Array(32).fill(index + 1).fill(kind, 0, 1)

/** The homes of a network of so many validators on this machine, with fast blocks. Signers 0..4 have a million OPG each. */
export async function makeNetwork(count: number, commitTimeout = 200): Promise<TestNetwork> {
  const folder = mkdtempSync(join(tmpdir(), 'og-cometbft-'))
  const genesis = await makeGenesis({
    chainId: CHAIN_ID,
    validator: validator.address,
    time: BigInt(Math.floor(Date.now() / 1_000)) - 5n,
    faucets: [0, 1, 2, 3, 4].map((index) => ({ address: signer(index).address, amount: 1_000_000n * OPG })),
  })
  const validators = Array.from({ length: count }, (_, index) => ({
    account: `0x${(index + 1).toString(16).padStart(40, 'a')}` as Address,
    consensusKey: bytesToHex(enginePublicKey(seed(1, index))),
    bond: 100n * OPG,
  }))
  const ports: number[] = []
  for (let index = 0; index < 2 * count; index++) ports.push(await freePort())
  const peer = (index: number) => `${engineNodeId(seed(2, index))}@127.0.0.1:${ports[index]}`
  const places = validators.map((_, index) => {
    const home = join(folder, `node${index}`)
    return {
      home,
      dataDir: join(home, 'chain'),
      listen: `unix://${join(home, 'abci.sock')}`,
      rpc: `http://127.0.0.1:${ports[count + index]}`,
    }
  })
  for (const [index, { home, listen }] of places.entries()) {
    await writeEngineHome(home, {
      genesis: engineGenesis(genesis, validators),
      proxyApp: listen,
      moniker: `node${index}`,
      validatorSeed: seed(1, index),
      nodeSeed: seed(2, index),
      rpc: `tcp://127.0.0.1:${ports[count + index]}`,
      p2p: `tcp://127.0.0.1:${ports[index]}`,
      peers: validators.flatMap((_, other) => (other === index ? [] : [peer(other)])),
      commitTimeout,
      local: true,
    })
  }
  return { genesis, validators, places, remove: () => rmSync(folder, { recursive: true, force: true }) }
}
