import { join } from 'node:path'
import { OgError, parseAs, parseStrictJson } from '@opengradient/protocol'
import * as z from 'zod'
import { readIfThere, writeWhole } from '../home/files.ts'
import type { Home } from '../home/paths.ts'
import { peerSchema } from './peers.ts'

/** Ports of a full node where nothing else is said. `deploy/` uses them, too. */
export const DEFAULT_PORTS = { p2p: 26656, engine: 26657, rpc: 8545, abci: 26658, metrics: 26660, nodeMetrics: 26661 } as const

const port = z.number().int().min(1).max(65_535)
const host = z
  .string()
  .max(253)
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])$/, 'a host name or address')
const hostPort = z
  .string()
  .max(320)
  .regex(/^(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\]):\d{1,5}$/, 'host:port')
const engineAddress = z.string().regex(/^(?:unix:\/\/\/.+|tcp:\/\/[^\s/]+:\d{1,5})$/, 'unix:///path or tcp://host:port')

/** What a full node of a home was told when it was made. Ports and addresses may be changed by hand; the rest belongs to the network. */
const settingsSchema = z.strictObject({
  version: z.literal(1),
  /** Name of the network, and of its network file. */
  network: z.string().regex(/^[a-z0-9-]{1,40}$/),
  /** Name of this node for people. */
  moniker: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  /** All peers are on this machine. */
  local: z.boolean(),
  /** Who starts CometBFT: this program, or a unit or container of its own. */
  engine: z.enum(['own', 'external']),
  /** Socket between node and CometBFT: where the node listens, and where CometBFT finds it. */
  abci: z.strictObject({ listen: engineAddress, connect: engineAddress }),
  p2p: z.strictObject({ host, port }),
  /** CometBFT's RPC: where it listens, and where the node finds it. */
  engineRpc: z.strictObject({ host, port, url: z.url({ protocol: /^https?$/ }) }),
  /** JSON-RPC. `names`: under which clients reach it, besides those of loopback; `debug`: whether `debug_` is answered. */
  rpc: z.strictObject({ host, port, names: z.array(z.string().max(253)).max(16), debug: z.boolean().optional() }),
  /** Where peers reach this node, `host:port`; without it nobody is told of it. */
  external: hostPort.optional(),
  /** Connected to again and again, `id@host:port`. */
  peers: z.array(peerSchema).max(64),
  /** Those of them that nodes which join may be told of. */
  publicPeers: z.array(peerSchema).max(64),
  /** Peers that CometBFT tells nobody of: the validator behind a sentry. Ids. */
  privatePeers: z.array(z.string().regex(/^[0-9a-f]{40}$/)).max(64),
  /** Whether CometBFT looks for more peers than it was told of; a validator behind sentries does not. */
  discover: z.boolean(),
  /** Where CometBFT serves metrics to Prometheus, `host:port`. */
  metrics: hostPort.optional(),
  /** Where the node serves its own, `host:port`. */
  nodeMetrics: hostPort.optional(),
  /** Blocks between two snapshots for nodes that join; 0 makes none. */
  snapshotInterval: z.number().int().min(0).max(1_000_000),
  /** Milliseconds from a block to the next proposal. */
  commitTimeout: z.number().int().min(50).max(10_000),
  /** How the node begins when it has no block yet: with a snapshot, from a block that its operator trusts. */
  stateSync: z
    .strictObject({
      servers: z
        .array(z.url({ protocol: /^https?$/ }))
        .min(1)
        .max(16),
      trustHeight: z.number().int().min(1),
      trustHash: z.string().regex(/^0x[0-9a-f]{64}$/),
    })
    .optional(),
})

/** Settings of a full node. */
export type FullSettings = z.infer<typeof settingsSchema>

/** The two parts of an address of the settings; the host of an IPv6 address in brackets. */
export function addressOf(hostPort: string): { host: string; port: number } {
  const colon = hostPort.lastIndexOf(':')
  return { host: hostPort.slice(0, colon), port: Number(hostPort.slice(colon + 1)) }
}

/** Where the parts of a full node are in its home. */
export interface FullPlace {
  home: Home
  settings: string
  genesis: string
  chain: string
  snapshots: string
  /** CometBFT's home. */
  engine: string
  socket: string
}

/** The folders and files of a full node below a home. */
export function fullPlace(home: Home): FullPlace {
  // Apart from `data`, which `og reset` removes.
  const own = join(home.root, 'full')
  return {
    home,
    settings: join(home.root, 'full.json'),
    genesis: join(own, 'genesis.json'),
    chain: join(own, 'chain'),
    snapshots: join(own, 'snapshots'),
    engine: join(home.root, 'cometbft'),
    socket: join(home.root, 'abci.sock'),
  }
}

/** The settings; undefined when the home has no full node. Throws `CONFIG_INVALID` naming what is wrong. */
export function readSettings({ settings }: FullPlace): FullSettings | undefined {
  const bytes = readIfThere(settings)
  if (!bytes) return undefined
  return parseAs(settingsSchema, parseStrictJson(bytes, { maxBytes: 64 * 1024, maxDepth: 4 }), 'CONFIG_INVALID', settings)
}

/** Writes the settings; throws `CONFIG_INVALID` for what could not be read back. */
export function writeSettings({ settings: file }: FullPlace, settings: FullSettings): void {
  writeWhole(file, `${JSON.stringify(parseAs(settingsSchema, settings, 'CONFIG_INVALID', file), null, 2)}\n`, 0o600)
}

/** The settings of a home that must have them. */
export function needSettings(place: FullPlace): FullSettings {
  const settings = readSettings(place)
  if (settings) return settings
  throw new OgError('CONFIG_MISSING', `there is no full node in ${place.home.root}; make one with \`og node start --role full --join URL\``)
}
