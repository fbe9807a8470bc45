import { encodeGenesis, type Genesis, parseGenesis } from '@opengradient/chain'
import { canonicalJson, OgError, parseAs, parseStrictJson, utf8 } from '@opengradient/protocol'
import * as z from 'zod'
import { peerSchema } from './peers.ts'

/** Most bytes of a join file: a genesis and little more. */
export const MAX_JOIN_BYTES = 320 * 1024
/** Where each full node serves its join file. */
export const JOIN_PATH = '/join.json'

/** What a node needs to join a network: who it begins with, and whom to connect to. CometBFT's own genesis follows from ours. */
export interface JoinFile {
  network: string
  genesis: Genesis
  peers: readonly string[]
  /** CometBFT RPCs from which a node may fetch light blocks for state sync. Nothing that they say is trusted. */
  syncServers: readonly string[]
}

const joinSchema = z.strictObject({
  version: z.literal(1),
  network: z
    .string()
    .regex(/^[a-z0-9]+(?:-[a-z0-9]+)*$/)
    .max(40),
  genesis: z.record(z.string(), z.unknown()),
  peers: z.array(peerSchema).max(64),
  syncServers: z.array(z.url({ protocol: /^https?$/ }).max(2048)).max(16),
})

/** The join file as bytes: canonical JSON. */
export function encodeJoinFile({ network, genesis, peers, syncServers }: JoinFile): Uint8Array {
  const plain: unknown = JSON.parse(new TextDecoder().decode(encodeGenesis(genesis)))
  return utf8(canonicalJson({ version: 1, network, genesis: plain, peers: [...peers], syncServers: [...syncServers] }))
}

/** A join file, or a bare genesis file, from untrusted bytes. Throws `JSON_*`, `NETWORK_FILE_INVALID` or `CHAIN_GENESIS_INVALID`. */
export function parseJoinFile(bytes: Uint8Array): JoinFile {
  const json = parseStrictJson(bytes, { maxBytes: MAX_JOIN_BYTES, maxDepth: 6 })
  if (isRecord(json) && 'genesisHash' in json) {
    const genesis = withValidators(parseGenesis(bytes))
    return { network: `og-${genesis.chainId}`, genesis, peers: [], syncServers: [] }
  }
  const { version: _, genesis, ...rest } = parseAs(joinSchema, json, 'NETWORK_FILE_INVALID', 'join file')
  return { ...rest, genesis: withValidators(parseGenesis(utf8(canonicalJson(genesis)))) }
}

function withValidators(genesis: Genesis): Genesis {
  if (genesis.validators) return genesis
  throw new OgError('CHAIN_GENESIS_INVALID', 'this genesis names no validators: it is of a local network, which nobody else can join')
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
