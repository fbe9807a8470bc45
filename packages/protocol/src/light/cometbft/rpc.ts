import * as z from 'zod'
import { bytesToHex, type Hex } from '../../bytes/hex.ts'
import { OgError } from '../../error/error.ts'
import { base64Codec, parseAs } from '../../json/schema.ts'
import {
  type BlockCommit,
  type CometHeader,
  type CommitSignature,
  type LightBlock,
  lightBlockSchema,
  MAX_VALIDATORS,
  type Validator,
} from './lightBlock.ts'

/** Where CometBFT's RPC gives time zero. */
const NEVER = '0001-01-01T00:00:00Z'
const TIME = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?Z$/
const FLAGS = { 1: 'absent', 2: 'commit', 3: 'nil' } as const
const KEY_TYPES = { 'tendermint/PubKeyEd25519': 'ed25519', 'tendermint/PubKeySecp256k1': 'secp256k1' } as const

/** Upper-case hex without prefix, as CometBFT prints bytes; at most 64 of them. */
const bytes = z
  .string()
  .regex(/^(?:[0-9A-F]{2}){0,64}$/)
  .transform((text): Hex => `0x${text.toLowerCase()}`)
const integer = z
  .string()
  .regex(/^(?:0|[1-9][0-9]{0,15})$/)
  .transform(Number)
const time = z.string().transform((text, context) => nanoseconds(text) ?? issue(context, 'expected a time in UTC, as RFC 3339 has it'))
const blockId = z.object({ hash: bytes, parts: z.object({ total: z.int(), hash: bytes }) })

const header = z
  .object({
    version: z.object({ block: z.literal('11').transform(() => 11 as const), app: integer.default(0) }),
    chain_id: z.string(),
    height: integer,
    time,
    last_block_id: blockId,
    last_commit_hash: bytes,
    data_hash: bytes,
    validators_hash: bytes,
    next_validators_hash: bytes,
    consensus_hash: bytes,
    app_hash: bytes,
    last_results_hash: bytes,
    evidence_hash: bytes,
    proposer_address: bytes,
  })
  .transform(
    (h): CometHeader => ({
      version: h.version,
      chainId: h.chain_id,
      height: h.height,
      time: h.time,
      lastBlockId: h.last_block_id,
      lastCommitHash: h.last_commit_hash,
      dataHash: h.data_hash,
      validatorsHash: h.validators_hash,
      nextValidatorsHash: h.next_validators_hash,
      consensusHash: h.consensus_hash,
      appHash: h.app_hash,
      lastResultsHash: h.last_results_hash,
      evidenceHash: h.evidence_hash,
      proposerAddress: h.proposer_address,
    }),
  )

const absent = z
  .object({ block_id_flag: z.literal(1), validator_address: z.literal(''), timestamp: z.literal(NEVER), signature: z.null() })
  .transform((): CommitSignature => ({ flag: 'absent' }))

const vote = z
  .object({ block_id_flag: z.literal([2, 3]), validator_address: bytes, timestamp: time, signature: base64Codec(64) })
  .transform(
    ({ block_id_flag, validator_address, timestamp, signature }): CommitSignature => ({
      flag: FLAGS[block_id_flag],
      address: validator_address,
      timestamp,
      signature: bytesToHex(signature),
    }),
  )

const commit = z.object({
  height: integer,
  round: z.int(),
  block_id: blockId,
  signatures: z.array(z.union([absent, vote])).max(MAX_VALIDATORS),
})

const commitAnswer = z.object({ signed_header: z.object({ header, commit }) })

const validatorsAnswer = z.object({
  block_height: integer,
  total: integer,
  validators: z
    .array(
      z
        .object({
          pub_key: z.object({ type: z.enum(['tendermint/PubKeyEd25519', 'tendermint/PubKeySecp256k1']), value: base64Codec(33) }),
          voting_power: z.string(),
        })
        .transform(
          ({ pub_key: { type, value }, voting_power }): Validator => ({
            type: KEY_TYPES[type],
            key: bytesToHex(value),
            power: voting_power,
          }),
        ),
    )
    .max(100),
})

function readCommit(result: unknown): { header: CometHeader; commit: BlockCommit } {
  const { signed_header: signed } = parseAs(commitAnswer, result, 'LIGHT_BLOCK_MALFORMED', 'answer of /commit')
  const { height, round, block_id, signatures } = signed.commit
  return { header: signed.header, commit: { height, round, blockId: block_id, signatures } }
}

/** One page of validators, and how many there are, from the `result` of CometBFT's `/validators`. Throws `LIGHT_BLOCK_MALFORMED`. */
export function readRpcValidators(result: unknown): { height: number; total: number; validators: Validator[] } {
  const { block_height, total, validators } = parseAs(validatorsAnswer, result, 'LIGHT_BLOCK_MALFORMED', 'answer of /validators')
  return { height: block_height, total, validators }
}

/**
 * The light block that the results of CometBFT's `/commit` and all pages of `/validators` of one height make up, in our form. Throws
 * `LIGHT_BLOCK_MALFORMED`. Nothing is verified: that is `verifyTrail`'s.
 */
export function lightBlockFromRpc(commitResult: unknown, validatorPages: readonly unknown[]): LightBlock {
  const signed = readCommit(commitResult)
  const pages = validatorPages.map(readRpcValidators)
  const validators = pages.flatMap((page) => page.validators)
  if (pages.some(({ height, total }) => height !== signed.header.height || total !== validators.length)) {
    throw new OgError('LIGHT_BLOCK_MALFORMED', `The pages of /validators are not those of height ${signed.header.height}, all of them.`)
  }
  return parseAs(lightBlockSchema, { ...signed, validators }, 'LIGHT_BLOCK_MALFORMED', 'light block')
}

/** `2026-11-21T08:08:50.540544167Z` in unix nanoseconds; undefined for what is no such time, or before 1970. */
function nanoseconds(text: string): string | undefined {
  const [, seconds, fraction = ''] = TIME.exec(text) ?? []
  const milliseconds = Date.parse(`${seconds}Z`)
  if (!(milliseconds >= 0)) return undefined
  return `${BigInt(milliseconds) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))}`
}

function issue(context: { issues: unknown[]; value: unknown }, message: string): never {
  context.issues.push({ code: 'custom', message, input: context.value })
  return z.NEVER
}
