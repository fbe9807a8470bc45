import * as z from 'zod'
import type { Hex } from '../../bytes/hex.ts'
import { decimalSchema, hexSchema, hexUpTo } from '../../json/schema.ts'

/** Most validators of a set. */
export const MAX_VALIDATORS = 256
/** Most light blocks between the one that a commit is about and the trusted validators. */
export const MAX_TRAIL = 32

/** A block as CometBFT names it: the hash of its header and of the parts it was gossiped in. Both `0x` before the first block. */
export interface BlockId {
  hash: Hex
  parts: { total: number; hash: Hex }
}

/** A CometBFT header. Hashes are SHA-256, or `0x` where the engine leaves one out. */
export interface CometHeader {
  version: { block: 11; app: number }
  chainId: string
  height: number
  /** Unix nanoseconds, as a decimal string. */
  time: string
  lastBlockId: BlockId
  lastCommitHash: Hex
  dataHash: Hex
  validatorsHash: Hex
  nextValidatorsHash: Hex
  consensusHash: Hex
  /** What the application answered to the block before: here the hash of its Ethereum block. */
  appHash: Hex
  lastResultsHash: Hex
  evidenceHash: Hex
  /** 20 bytes. */
  proposerAddress: Hex
}

/** What one validator did: nothing in time, or a signature (64 bytes) for the block or for no block at all. */
export type CommitSignature =
  | { flag: 'absent' }
  | {
      flag: 'commit' | 'nil' /** 20 bytes. */
      address: Hex /** Unix nanoseconds, as a decimal string. */
      timestamp: string
      signature: Hex
    }

/** The precommits of one round for one block; signature i is that of validator i. */
export interface BlockCommit {
  height: number
  round: number
  blockId: BlockId
  signatures: CommitSignature[]
}

/** A member of a validator set, as CometBFT counts it. */
export interface Validator {
  type: 'ed25519' | 'secp256k1'
  /** 32 bytes, or 33 (compressed). */
  key: Hex
  /** Voting power, as a decimal string. */
  power: string
}

/** A header, who may sign it, and who did: all that a light client needs of one height. */
export interface LightBlock {
  header: CometHeader
  commit: BlockCommit
  /** In CometBFT's order, which their hash fixes. */
  validators: Validator[]
}

/**
 * What makes a block final on CometBFT: the light block of the height after it, whose `appHash` is its hash, and where the validators
 * changed much since the trusted ones, light blocks in between, oldest first.
 */
export interface CometCommit {
  kind: 'cometbft'
  block: LightBlock
  trail: LightBlock[]
}

const hash = hexSchema(32)
const hashOrNone = z.union([hash, z.literal('0x')])
const address = hexSchema(20)
const height = z.int().min(1)
/** Until 2262: what 64 bits hold. */
const nanoseconds = decimalSchema(63)
const uint32 = z.int().max(2 ** 32 - 1)

const headerSchema = z.strictObject({
  version: z.strictObject({ block: z.literal(11), app: z.int().min(0) }),
  chainId: z.string().regex(/^[\x20-\x7e]{1,50}$/),
  height,
  time: nanoseconds,
  lastBlockId: z.strictObject({ hash: hashOrNone, parts: z.strictObject({ total: uint32.min(0), hash: hashOrNone }) }),
  lastCommitHash: hashOrNone,
  dataHash: hashOrNone,
  validatorsHash: hash,
  nextValidatorsHash: hash,
  consensusHash: hashOrNone,
  appHash: hexUpTo(64),
  lastResultsHash: hashOrNone,
  evidenceHash: hashOrNone,
  proposerAddress: address,
})

const signatureSchema = z.discriminatedUnion('flag', [
  z.strictObject({ flag: z.literal('absent') }),
  z.strictObject({ flag: z.enum(['commit', 'nil']), address, timestamp: nanoseconds, signature: hexSchema(64) }),
])

const validatorSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('ed25519'), key: hexSchema(32), power: decimalSchema(63) }),
  z.strictObject({ type: z.literal('secp256k1'), key: hexSchema(33), power: decimalSchema(63) }),
])

/** A light block in its JSON form, which is also its form in memory. Only the form is checked. */
export const lightBlockSchema = z.strictObject({
  header: headerSchema,
  commit: z.strictObject({
    height,
    round: z
      .int()
      .min(0)
      .max(2 ** 31 - 1),
    blockId: z.strictObject({ hash, parts: z.strictObject({ total: uint32.min(1), hash }) }),
    signatures: z.array(signatureSchema).min(1).max(MAX_VALIDATORS),
  }),
  validators: z.array(validatorSchema).min(1).max(MAX_VALIDATORS),
})

/** The commit of a network on CometBFT: a light block, and those that lead to it from an anchor (`trail`). */
export const cometCommitSchema = z.strictObject({
  kind: z.literal('cometbft'),
  block: lightBlockSchema,
  trail: z.array(lightBlockSchema).max(MAX_TRAIL),
})
