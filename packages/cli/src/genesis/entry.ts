import { engineSign } from '@opengradient/chain'
import {
  type Address,
  addressOf,
  bytesToHex,
  canonicalJson,
  decimalSchema,
  type Hex,
  hexSchema,
  isSignedBy,
  keccak256,
  OgError,
  parseAs,
  parseStrictJson,
  recoverAddress,
  signDigest,
  utf8,
} from '@opengradient/protocol'
import * as z from 'zod'
import { consensusKeyOf, type EngineKeys, nodeIdOf } from '../full/engineKeys.ts'
import { peerSchema } from '../full/peers.ts'

/** Of `Staking`, for validators. */
export const MOST_COMMISSION_BPS = 5_000
const MAX_ENTRY_BYTES = 16 * 1024

/** What an operator wants to be in the genesis of a network: a validator, and where its node is. */
export interface GenesisEntry {
  readonly chainId: number
  /** Owns the validator and its bond. */
  readonly account: Address
  /** Ed25519, 32 bytes. */
  readonly consensusKey: Hex
  /** OPG wei. */
  readonly bond: bigint
  readonly commissionBps: number
  /** `id@host:port`. */
  readonly peer: string
  /** A name for people. */
  readonly moniker: string
}

const entrySchema = z.strictObject({
  version: z.literal(1),
  chainId: z
    .int()
    .min(1)
    .max(2 ** 51 - 1),
  account: hexSchema(20),
  consensusKey: hexSchema(32),
  bond: decimalSchema(128),
  commissionBps: z.int().min(0).max(MOST_COMMISSION_BPS),
  peer: peerSchema,
  moniker: z.string().regex(/^[A-Za-z0-9._-]{1,64}$/),
  accountSignature: hexSchema(65),
  keySignature: hexSchema(64),
})

/** What an operator chooses; the rest follows from its keys. */
export type EntryChoice = Pick<GenesisEntry, 'chainId' | 'bond' | 'commissionBps' | 'moniker'> & {
  /** Where peers reach the node, `host:port`. */
  readonly external: string
}

/** The file of an entry, signed by the account and by the consensus key: nobody else can enter them, or change a word. Throws `USAGE`. */
export function encodeEntry({ external, ...choice }: EntryChoice, accountKey: Uint8Array, keys: EngineKeys): Uint8Array {
  const peer = `${nodeIdOf(keys)}@${external}`
  if (!peerSchema.safeParse(peer).success) throw new OgError('USAGE', `--external: "${external.slice(0, 80)}" is not host:port`)
  const entry = { ...choice, account: addressOf(accountKey), consensusKey: consensusKeyOf(keys.validatorSeed), peer }
  const message = messageOf(entry)
  const accountSignature = signDigest(bytesToHex(keccak256(message)), accountKey)
  const keySignature = bytesToHex(engineSign(keys.validatorSeed, message))
  return utf8(`${canonicalJson({ ...plain(entry), accountSignature, keySignature })}\n`)
}

/** An entry from the bytes of its file (untrusted). Throws `JSON_*`, or `CHAIN_GENESIS_INVALID` when a signature is not of these words. */
export function parseEntry(bytes: Uint8Array): GenesisEntry {
  const json = parseStrictJson(bytes, { maxBytes: MAX_ENTRY_BYTES, maxDepth: 2 })
  const { version: _, accountSignature, keySignature, ...rest } = parseAs(entrySchema, json, 'CHAIN_GENESIS_INVALID', 'entry')
  const entry: GenesisEntry = { ...rest, bond: BigInt(rest.bond) }
  const message = messageOf(entry)
  const edited = (whose: string) =>
    new OgError(
      'CHAIN_GENESIS_INVALID',
      `entry: the signature of ${whose} is of other words: somebody changed the file, or it was never theirs.`,
    )
  if (signerOf(message, accountSignature) !== entry.account) throw edited(`account ${entry.account}`)
  if (!isSignedBy({ type: 'ed25519', key: entry.consensusKey }, message, keySignature)) throw edited(`consensus key ${entry.consensusKey}`)
  return entry
}

function signerOf(message: Uint8Array, signature: Hex): Address | undefined {
  try {
    return recoverAddress(bytesToHex(keccak256(message)), signature)
  } catch {
    return undefined
  }
}

/**
 * What both keys sign. It begins like no transaction or typed data, and not like a vote: those begin with their length, which the first letter
 * here would say to be shorter than this is.
 */
const messageOf = (entry: GenesisEntry): Uint8Array => utf8(`OpenGradient genesis entry\n${canonicalJson(plain(entry))}`)

const plain = (entry: GenesisEntry) => ({ version: 1, ...entry, bond: String(entry.bond) })
