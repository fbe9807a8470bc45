import { hostname } from 'node:os'
import { OgError } from '@opengradient/protocol'
import { parseWhole } from '../amount.ts'
import { confirm } from '../confirm.ts'
import type { Context } from '../context.ts'
import { writeConfig } from '../home/config.ts'
import { createFullNode, readGenesis } from './create.ts'
import { nodeIdOf, readEngineKeys } from './engineKeys.ts'
import { checkPin, fetchJoin, type Joined } from './fetchJoin.ts'
import { isLocalPeer, parsePeers } from './peers.ts'
import { DEFAULT_PORTS, type FullPlace, type FullSettings, readSettings } from './settings.ts'

/** What the command line said. */
export type JoinFlags = Record<string, unknown>

/**
 * The full node of a home, made from `--join` when it is not there yet; answers whether it was made now. A home that has one keeps its settings:
 * they are changed in its `full.json`.
 */
export async function joinedNode(context: Context, place: FullPlace, flags: JoinFlags): Promise<boolean> {
  const source = text(flags, 'join')
  const known = readSettings(place)
  if (source === undefined) {
    if (known) return false
    throw new OgError('USAGE', `there is no full node in ${place.home.root} yet; say which network it joins: --join URL (or a file)`)
  }
  const joined = await fetchJoin(source, context.io.cwd)
  const pin = text(flags, 'genesisHash')
  if (pin !== undefined) checkPin(joined, pin)
  if (known) {
    if (readGenesis(place).hash === joined.genesis.hash) return false
    throw new OgError('CHAIN_DATA_FOREIGN', `${place.home.root} holds a node of the network "${known.network}"; choose another --home`)
  }
  const settings = settingsOf(place, joined, flags)
  if (pin === undefined && !joined.ownMachine) {
    const { network, genesis } = joined
    await confirm(context, `Join "${network}"? Its genesis is ${genesis.hash}: compare it with what the operators of the network publish.`)
  }
  await createFullNode(place, settings, joined.genesis)
  writeConfig(place.home, 'network', joined.network)
  return true
}

function settingsOf(place: FullPlace, joined: Joined, flags: JoinFlags): FullSettings {
  const asked = flags.peers === undefined ? [] : parsePeers(String(flags.peers), '--peers')
  // The node itself may be among them: it was named in the genesis before it was made.
  const keys = readEngineKeys(place.engine)
  const others = keys ? joined.peers.filter((peer) => !peer.startsWith(`${nodeIdOf(keys)}@`)) : joined.peers
  const peers = [...new Set([...asked, ...others])].slice(0, 64)
  if (peers.length === 0 && joined.peers.length === 0)
    throw new OgError('USAGE', 'the join file names no peers: say whom to connect to with --peers id@host:port')
  const local = joined.ownMachine && peers.every(isLocalPeer)
  const port = (name: string, option: string, fallback: number) =>
    flags[name] === undefined ? fallback : parseWhole(flags[name], option, 65_535)
  const engineHost = text(flags, 'engineHost') ?? '127.0.0.1'
  const enginePort = port('enginePort', '--engine-port', DEFAULT_PORTS.engine)
  const engine = oneOf(flags, 'engine', '--engine', ['own', 'external'] as const)
  const abci = text(flags, 'abci') ?? `unix://${place.socket}`
  const stateSync = stateSyncOf(joined, flags)
  const [external, metrics, nodeMetrics] = [text(flags, 'external'), text(flags, 'metrics'), text(flags, 'nodeMetrics')]
  return {
    version: 1,
    network: joined.network,
    moniker:
      text(flags, 'moniker') ??
      (hostname()
        .replace(/[^A-Za-z0-9._-]/g, '-')
        .slice(0, 64) ||
        'node'),
    local,
    engine,
    abci: { listen: abci, connect: text(flags, 'abciConnect') ?? abci },
    p2p: { host: local ? '127.0.0.1' : '0.0.0.0', port: port('p2pPort', '--p2p-port', DEFAULT_PORTS.p2p) },
    engineRpc: { host: engineHost, port: enginePort, url: text(flags, 'engineUrl') ?? `http://127.0.0.1:${enginePort}` },
    rpc: {
      host: text(flags, 'rpcHost') ?? '127.0.0.1',
      port: port('rpcPort', '--rpc-port', DEFAULT_PORTS.rpc),
      names: text(flags, 'rpcNames')?.split(',') ?? [],
      ...(flags.rpcDebug === true && { debug: true }),
    },
    ...(external !== undefined && { external }),
    ...(metrics !== undefined && { metrics }),
    ...(nodeMetrics !== undefined && { nodeMetrics }),
    peers,
    publicPeers: [...others],
    privatePeers: text(flags, 'privatePeers')?.split(',') ?? [],
    discover: flags.discover !== false,
    snapshotInterval: Number(flags.snapshots ?? 1_000),
    commitTimeout: 300,
    ...(stateSync && { stateSync }),
  }
}

function stateSyncOf(joined: Joined, flags: JoinFlags): FullSettings['stateSync'] {
  if (oneOf(flags, 'sync', '--sync', ['replay', 'state'] as const) === 'replay') return undefined
  const trustHash = text(flags, 'trustHash')
  if (flags.trustHeight === undefined || trustHash === undefined)
    throw new OgError(
      'USAGE',
      '--sync state begins in the middle of the chain, so you must say which block you trust: --trust-height and --trust-hash, from `og node trust` on a node of somebody you trust. --sync replay needs neither',
    )
  if (!/^0x[0-9a-fA-F]{64}$/.test(trustHash)) throw new OgError('USAGE', '--trust-hash: expected 0x and 64 hex digits')
  const servers =
    text(flags, 'syncServers')?.split(',') ?? joined.syncServers.filter((url) => joined.ownMachine || url.startsWith('https://'))
  if (servers.length === 0)
    throw new OgError(
      'USAGE',
      '--sync state: the join file names no CometBFT RPC to fetch light blocks from; give two with --sync-servers URL,URL',
    )
  return {
    servers: [...servers],
    trustHeight: parseWhole(flags.trustHeight, '--trust-height', Number.MAX_SAFE_INTEGER),
    trustHash: trustHash.toLowerCase(),
  }
}

function oneOf<T extends string>(flags: JoinFlags, name: string, option: string, values: readonly [T, ...T[]]): T {
  const said = flags[name] ?? values[0]
  const found = values.find((value) => value === said)
  if (found) return found
  throw new OgError('USAGE', `${option} ${String(said)}: there is ${values.join(' and ')}`)
}

const text = (flags: JoinFlags, name: string): string | undefined => (typeof flags[name] === 'string' ? (flags[name] as string) : undefined)
