import * as z from 'zod'
import type { Address, Hex } from '../bytes/hex.ts'
import { hexSchema, parseAs, uintCodec } from '../json/schema.ts'
import { type Domain, settlementSeparator } from '../receipt/domain.ts'
import { compileTypedStruct } from '../typed-data/compile.ts'
import { typedDataDigest } from '../typed-data/digest.ts'

/** A Merkle tree of receipts that a node commits on chain. */
export interface Batch {
  node: Address
  /** `merkleRoot` of the leaves. */
  root: Hex
  /** Number of leaves, at least 1. */
  count: number
  /** Sum of the receipts' prices, OPG wei. */
  total: bigint
  /** Position among this node's batches, from 0. */
  sequence: bigint
}

/** EIP-712 types of a batch, in the form that viem and ethers take. */
export const BATCH_TYPES = {
  Batch: [
    { name: 'node', type: 'address' },
    { name: 'root', type: 'bytes32' },
    { name: 'count', type: 'uint32' },
    { name: 'total', type: 'uint256' },
    { name: 'sequence', type: 'uint64' },
  ],
} as const

const struct = compileTypedStruct(BATCH_TYPES, 'Batch')

/** The EIP-712 digest of a batch, signed by the node's live receipt key. */
export function batchHash(batch: Batch, domain: Domain): Hex {
  return typedDataDigest(settlementSeparator(domain), struct, batch)
}

/** A batch in JSON: `total` and `sequence` as decimal strings. */
export const batchCodec = z.strictObject({
  node: hexSchema(20),
  root: hexSchema(32),
  count: z.int().min(1).max(0xffffffff),
  total: uintCodec(256),
  sequence: uintCodec(64),
})

/** A batch as JSON: integers as decimal strings, bytes as hex. */
export type BatchJson = z.input<typeof batchCodec>

/** A batch from untrusted parsed JSON; throws `BATCH_MALFORMED` naming the field. */
export function parseBatch(json: unknown): Batch {
  return parseAs(batchCodec, json, 'BATCH_MALFORMED', 'batch')
}

/** The JSON form of a batch; the inverse of `parseBatch`. */
export function batchToJson(batch: Batch): BatchJson {
  return { ...batch, total: batch.total.toString(), sequence: batch.sequence.toString() }
}
