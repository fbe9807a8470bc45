import { mkdir, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { base64, type Hex } from '@opengradient/protocol'
import { MAX_TRANSACTION_BYTES } from '../../executor/rules.ts'
import { DEFAULT_POOL_LIMITS } from '../../pool/index.ts'
import { enginePrivateKey, enginePublicKey } from './engineKey.ts'
import { consensusAddress } from './identity.ts'

/** What a home of CometBFT is made of. Addresses as CometBFT has them: `tcp://host:port`. */
export interface EngineHome {
  /** `genesis.json`, from `engineGenesis`. */
  readonly genesis: string
  /** Where our node listens: `unix:///path` or `tcp://host:port`. */
  readonly proxyApp: string
  /** A name for people. */
  readonly moniker: string
  /** Seed of the consensus key, 32 bytes. A node that does not validate has one that no validator has. */
  readonly validatorSeed: Uint8Array
  /** Seed of the key by which peers know the node, 32 bytes. */
  readonly nodeSeed: Uint8Array
  readonly rpc: string
  readonly p2p: string
  /** `id@host:port`, with the id of `engineNodeId`. Connected to again and again. */
  readonly peers: readonly string[]
  /** Where peers are told that this node is reached, `host:port`; unless said, CometBFT tells where it listens. */
  readonly externalAddress?: string
  /** Ids of peers of which nobody is told: the validator behind this sentry. */
  readonly privatePeers?: readonly string[]
  /** Whether more peers are looked for than those named; true unless said. */
  readonly discover?: boolean
  /** Where CometBFT serves its metrics to Prometheus, `host:port`; nowhere unless said. */
  readonly metrics?: string
  /** Milliseconds from a block's commit to the next proposal; 300 unless said; the node itself keeps blocks a second apart. */
  readonly commitTimeout?: number
  /** For a node that begins with a snapshot instead of replaying every block. */
  readonly stateSync?: StateSync
  /** All peers are on this machine or in its own network: private addresses, and more than one node at each. */
  readonly local?: boolean
}

/** What a new node trusts, and where it looks for more. */
export interface StateSync {
  /** RPCs of at least two CometBFT nodes, better of two operators: `http://host:26657`. */
  readonly rpcServers: readonly string[]
  /** A block that the operator knows to be of this network, not older than `trustPeriod`. */
  readonly trustHeight: bigint
  /** CometBFT's hash of it, 32 bytes; not ours. */
  readonly trustHash: Hex
  /** Seconds for which validators that were trusted stay so: less than the 21 days after which their stake may be gone. */
  readonly trustPeriod: bigint
}

/** Writes the home: settings anew, keys and the record of the last vote only where there are none, because that record prevents double signing. */
export async function writeEngineHome(folder: string, home: EngineHome): Promise<void> {
  for (const [name, text] of Object.entries(engineFiles(home).settings)) await write(join(folder, name), text, 'w')
  await writeEngineKeys(folder, home)
}

/** Writes the keys of a home, and the record that no vote was signed with them, where there are none yet. */
export async function writeEngineKeys(folder: string, keys: Pick<EngineHome, 'validatorSeed' | 'nodeSeed'>): Promise<void> {
  for (const [name, text] of Object.entries(secretFiles(keys))) await write(join(folder, name), text, 'wx')
}

/**
 * What CometBFT says, and ends, at every start after it was killed between a snapshot and its first block (v0.39.3, blocksync/reactor.go): it
 * has the state of the one and no block.
 */
export const ENGINE_STRANDED = /state \(\d+\) and store \(0\) height mismatch, stores were left in an inconsistent state/

/** Has a CometBFT that does not run begin anew with the same keys: removes what it knows of the chain, and leaves the record of its last vote. */
export async function forgetEngineData(folder: string): Promise<void> {
  const data = join(folder, 'data')
  for (const name of await readdir(data)) if (name !== VOTE_RECORD) await rm(join(data, name), { recursive: true, force: true })
}

/** The record of the last vote, in `data`. */
export const VOTE_RECORD = 'priv_validator_state.json'
/** The consensus key, in `config`. */
export const VALIDATOR_KEY = 'priv_validator_key.json'

/** The files of a home by their paths in it; the same from the same options. */
export function engineFiles(home: EngineHome): { readonly settings: Record<string, string>; readonly secrets: Record<string, string> } {
  return {
    settings: { 'config/config.toml': config(home), 'config/genesis.json': home.genesis },
    secrets: secretFiles(home),
  }
}

function secretFiles({ validatorSeed, nodeSeed }: Pick<EngineHome, 'validatorSeed' | 'nodeSeed'>): Record<string, string> {
  const publicKey = enginePublicKey(validatorSeed)
  const validatorKey = {
    address: consensusAddress(publicKey).slice(2).toUpperCase(),
    pub_key: { type: 'tendermint/PubKeyEd25519', value: base64(publicKey) },
    priv_key: enginePrivateKey(validatorSeed),
  }
  return {
    [`config/${VALIDATOR_KEY}`]: json(validatorKey),
    'config/node_key.json': json({ priv_key: enginePrivateKey(nodeSeed) }),
    [`data/${VOTE_RECORD}`]: json({ height: '0', round: 0, step: 0 }),
  }
}

/** The settings that differ from CometBFT's defaults, or on which this node depends. */
function config({ proxyApp, moniker, rpc, p2p, peers, commitTimeout = 300, stateSync, local = false, ...home }: EngineHome): string {
  const text = JSON.stringify
  const { externalAddress = '', privatePeers = [], discover = true, metrics } = home
  return `# Written by OpenGradient; what is not here has CometBFT's default.
proxy_app = ${text(proxyApp)}
moniker = ${text(moniker)}

[rpc]
laddr = ${text(rpc)}

[p2p]
laddr = ${text(p2p)}
external_address = ${text(externalAddress)}
private_peer_ids = ${text(privatePeers.join(','))}
pex = ${discover}
persistent_peers = ${text(peers.join(','))}
persistent_peers_max_dial_period = "10s"
addr_book_strict = ${!local}
allow_duplicate_ip = ${local}

[mempool]
# Twice what the node's pool holds, which decides what is kept.
size = ${2 * DEFAULT_POOL_LIMITS.maxTransactions}
max_txs_bytes = ${2 * DEFAULT_POOL_LIMITS.maxBytes}
cache_size = ${4 * DEFAULT_POOL_LIMITS.maxTransactions}
max_tx_bytes = ${MAX_TRANSACTION_BYTES}

[consensus]
timeout_commit = "${commitTimeout}ms"
# How long a proposal or a vote may lie before it is passed on: three such pauses are in every block, and by default they take 100 ms each.
peer_gossip_sleep_duration = "20ms"
# Each block changes the app hash, also one without transactions.
create_empty_blocks = true

[tx_index]
# The node has its own index.
indexer = "null"

[instrumentation]
prometheus = ${metrics !== undefined}
${metrics === undefined ? '' : `prometheus_listen_addr = ${text(metrics)}\n`}${stateSync ? stateSyncConfig(stateSync) : ''}`
}

function stateSyncConfig({ rpcServers, trustHeight, trustHash, trustPeriod }: StateSync): string {
  return `
[statesync]
enable = true
rpc_servers = ${JSON.stringify(rpcServers.join(','))}
trust_height = ${trustHeight}
trust_hash = ${JSON.stringify(trustHash.slice(2).toUpperCase())}
trust_period = "${trustPeriod}s"
discovery_time = "5s"
`
}

const json = (value: unknown): string => `${JSON.stringify(value, undefined, 2)}\n`

async function write(file: string, text: string, flag: 'w' | 'wx'): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, text, { flag, mode: 0o600 }).catch((error: NodeJS.ErrnoException) => {
    if (flag === 'w' || error.code !== 'EEXIST') throw error
  })
}
