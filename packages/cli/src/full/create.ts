import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { encodeGenesis, engineGenesis, type Genesis, writeEngineHome } from '@opengradient/chain'
import { type Hex, OgError } from '@opengradient/protocol'
import { keptGenesis } from '../genesis/kept.ts'
import { writeWhole } from '../home/files.ts'
import { makeFolder } from '../home/folder.ts'
import { type EngineKeys, newEngineKeys, readEngineKeys } from './engineKeys.ts'
import { type FullPlace, type FullSettings, writeSettings } from './settings.ts'

/** Seconds for which a new node trusts the validators of its trusted block: two thirds of the 21 days of unbonding. */
const TRUST_SECONDS = 14n * 24n * 3600n

/** Makes the home of a full node: settings, genesis, and CometBFT's home. Keys that are there stay; a home of another network is refused. */
export async function createFullNode(place: FullPlace, settings: FullSettings, genesis: Genesis, keys?: EngineKeys): Promise<void> {
  const there = keptGenesis(place.genesis)
  if (there && there.hash !== genesis.hash) {
    const message = `${place.home.root} holds a node of another network (genesis ${there.hash}); choose another --home`
    throw new OgError('CHAIN_DATA_FOREIGN', message)
  }
  makeFolder(place.home.root, 0o700)
  writeWhole(place.genesis, encodeGenesis(genesis))
  writeSettings(place, settings)
  await writeEngine(place, settings, genesis, keys)
}

/** Writes CometBFT's settings anew from ours, before each start: what was changed in `full.json` counts. */
export async function writeEngine(place: FullPlace, settings: FullSettings, genesis: Genesis, keys?: EngineKeys): Promise<void> {
  const { moniker, local, abci, p2p, engineRpc, peers, privatePeers, discover, external, metrics, commitTimeout, stateSync } = settings
  requireLastVote(place)
  const { validatorSeed, nodeSeed } = readEngineKeys(place.engine) ?? keys ?? newEngineKeys()
  await writeEngineHome(place.engine, {
    genesis: engineGenesis(genesis),
    proxyApp: abci.connect,
    moniker,
    validatorSeed,
    nodeSeed,
    rpc: `tcp://${engineRpc.host}:${engineRpc.port}`,
    p2p: `tcp://${p2p.host}:${p2p.port}`,
    peers,
    privatePeers,
    discover,
    ...(external !== undefined && { externalAddress: external }),
    ...(metrics !== undefined && { metrics }),
    commitTimeout,
    local,
    // CometBFT begins with a snapshot only while it has no block.
    ...(stateSync && {
      stateSync: {
        // CometBFT asks for two; one that is named twice is one witness fewer, which the operator chose.
        rpcServers: stateSync.servers.length > 1 ? stateSync.servers : [...stateSync.servers, ...stateSync.servers],
        trustHeight: BigInt(stateSync.trustHeight),
        trustHash: stateSync.trustHash as Hex,
        trustPeriod: TRUST_SECONDS,
      },
    }),
  })
}

/** CometBFT would take a key without the record of its last vote for a new one, and could sign a height again: 5 % and the place for ever. */
export function requireLastVote({ engine }: Pick<FullPlace, 'engine'>): void {
  const [key, vote] = [join(engine, 'config', 'priv_validator_key.json'), join(engine, 'data', 'priv_validator_state.json')]
  if (!existsSync(key) || existsSync(vote)) return
  const message = `${vote} is missing: without the record of its last vote this key could sign a block twice. Restore it with the key, or see "A lost vote record" in docs/operate.md`
  throw new OgError('CONFIG_MISSING', message)
}

/** The genesis of a home that has a full node. */
export function readGenesis(place: FullPlace): Genesis {
  const genesis = keptGenesis(place.genesis)
  if (genesis) return genesis
  throw new OgError('CONFIG_MISSING', `${place.genesis} is missing; make the node again with --join`)
}
