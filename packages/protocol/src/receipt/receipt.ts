import * as z from 'zod'
import { type Address, type Hex, ZERO_ADDRESS, ZERO_HASH } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { hexSchema, parseAs, uintCodec } from '../json/schema.ts'
import { compileTypedStruct } from '../typed-data/compile.ts'
import { typedDataDigest } from '../typed-data/digest.ts'
import { type Domain, settlementSeparator } from './domain.ts'

/** How far an answer can be checked, as the receipt claims it: 0 signature, 1 tee, 2 zk, 129 development tee. */
export type ReceiptLevel = 0 | 1 | 2 | 129

/** Whether receipts of this level are about sealed requests, whose hashes hold a salt: tee and development always, others never. */
export const isSealedLevel = (level: ReceiptLevel): boolean => level === 1 || level === 129

/** A node's signed statement about one request. All hashes are 32 bytes. */
export interface Receipt {
  /** SHA-256 of the request secret, which only the client keeps. */
  requestId: Hex
  /** The authorisation this receipt consumes (`paymentIdOf`); zero if free. */
  paymentId: Hex
  /** `modelIdOf(author, manifest)`. */
  modelId: Hex
  /** `requestHashOf` of the request as sent. */
  requestHash: Hex
  /** SHA-256 of the response body after content decoding. */
  responseHash: Hex
  /** SHA-256 of the execution record's bytes as served. */
  executionHash: Hex
  /** Zero at level signature, keyset digest at tee, digest of the proved statement at zk. */
  proofRef: Hex
  level: ReceiptLevel
  /** Operator account in `Nodes`. */
  node: Address
  /** Zero if and only if free. */
  payer: Address
  /** OPG wei charged; zero if and only if free. */
  price: bigint
  /** Unix seconds on the node's clock. */
  issuedAt: bigint
}

/** EIP-712 types of a receipt, in the form that viem and ethers take. */
export const RECEIPT_TYPES = {
  Receipt: [
    { name: 'requestId', type: 'bytes32' },
    { name: 'paymentId', type: 'bytes32' },
    { name: 'modelId', type: 'bytes32' },
    { name: 'requestHash', type: 'bytes32' },
    { name: 'responseHash', type: 'bytes32' },
    { name: 'executionHash', type: 'bytes32' },
    { name: 'proofRef', type: 'bytes32' },
    { name: 'level', type: 'uint8' },
    { name: 'node', type: 'address' },
    { name: 'payer', type: 'address' },
    { name: 'price', type: 'uint256' },
    { name: 'issuedAt', type: 'uint64' },
  ],
} as const

const struct = compileTypedStruct(RECEIPT_TYPES, 'Receipt')

/** The EIP-712 digest of a receipt: what its node signs and what everything else hangs off. */
export function receiptHash(receipt: Receipt, domain: Domain): Hex {
  return typedDataDigest(settlementSeparator(domain), struct, receipt)
}

/** A receipt in JSON: hex in lower case, `price` and `issuedAt` as decimal strings. */
export const receiptCodec = z.strictObject({
  requestId: hexSchema(32),
  paymentId: hexSchema(32),
  modelId: hexSchema(32),
  requestHash: hexSchema(32),
  responseHash: hexSchema(32),
  executionHash: hexSchema(32),
  proofRef: hexSchema(32),
  level: z.union([z.literal(0), z.literal(1), z.literal(2), z.literal(129)]),
  node: hexSchema(20),
  payer: hexSchema(20),
  price: uintCodec(256),
  issuedAt: uintCodec(64),
})

/** A receipt as JSON: integers as decimal strings, bytes as hex. */
export type ReceiptJson = z.input<typeof receiptCodec>

/** A receipt from untrusted parsed JSON; throws `RECEIPT_MALFORMED` naming the field. Only the form is checked. */
export function parseReceipt(json: unknown): Receipt {
  return parseAs(receiptCodec, json, 'RECEIPT_MALFORMED', 'receipt')
}

/** The JSON form of a receipt; the inverse of `parseReceipt`. */
export function receiptToJson(receipt: Receipt): ReceiptJson {
  return { ...receipt, price: receipt.price.toString(), issuedAt: receipt.issuedAt.toString() }
}

/**
 * Whether the fields of a receipt agree with each other: free means no payer, no payment and no price, all three; level
 * signature means no proof. Gives a `RECEIPT_INCONSISTENT` error to throw or report, `undefined` if all is well.
 */
export function receiptInconsistency(receipt: Receipt): OgError | undefined {
  const free = [receipt.payer === ZERO_ADDRESS, receipt.paymentId === ZERO_HASH, receipt.price === 0n]
  if (free.some((is) => is !== free[0])) {
    return inconsistent('payer, paymentId and price are zero together (a free request) or not at all', ['payer', 'paymentId', 'price'])
  }
  if ((receipt.level === 0) !== (receipt.proofRef === ZERO_HASH)) {
    return inconsistent('proofRef is zero at level signature and only there', ['level', 'proofRef'])
  }
  if (receipt.node === ZERO_ADDRESS) return inconsistent('node is not an account', ['node'])
  return undefined
}

function inconsistent(rule: string, fields: string[]): OgError {
  return new OgError('RECEIPT_INCONSISTENT', `receipt: ${rule}.`, { details: { fields } })
}
