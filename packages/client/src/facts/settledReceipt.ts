import {
  bytesToHex,
  bytesToUint,
  type Domain,
  type Hex,
  hexToBytes,
  isOgError,
  parseReceipt,
  parseSignature,
  type Receipt,
  receiptHash,
} from '@opengradient/protocol'
import type { TrustedBlock } from '../chain/head.ts'
import { transactionsOf } from '../chain/outcome.ts'
import type { Rpc } from '../chain/rpc.ts'

/** Which receipt is looked for. */
export interface SettledQuery {
  paymentId: Hex
  /** What `settled` says of the payment. */
  hash: Hex
  /** EIP-712 domain of receipts. */
  domain: Domain
}

/** What a transaction settled. */
export interface SettledReceipt {
  receipt: Receipt
  /** Of the signatures that the transaction brought, one is of this receipt. */
  signatures: readonly Hex[]
}

/** Words of a receipt in the ABI: twelve, each of 32 bytes, the payment second. */
const WORDS = 12
const WORD = 32

/**
 * The receipt that a payment was settled for, out of the transactions of the block that settled it: whoever settles shows it there. Undefined if
 * none of them holds it as the ABI writes it.
 *
 * @throws OgError `RPC_LIED` when the RPC does not give that block's transactions
 */
export async function settledReceipt(
  rpc: Rpc,
  block: TrustedBlock,
  { paymentId, hash, domain }: SettledQuery,
): Promise<SettledReceipt | undefined> {
  const wanted = hexToBytes(paymentId)
  for (const raw of await transactionsOf(rpc, block)) {
    for (let at = indexOf(raw, wanted, WORD); at >= 0; at = indexOf(raw, wanted, at + 1)) {
      const receipt = receiptAt(raw, at - WORD)
      if (receipt && receiptHash(receipt, domain) === hash) return { receipt, signatures: signaturesIn(raw) }
    }
  }
  return undefined
}

/** What the ABI writes in front of 65 bytes: their number. */
const LENGTH_65 = new Uint8Array(WORD).fill(65, WORD - 1)

function signaturesIn(raw: Uint8Array): Hex[] {
  const found: Hex[] = []
  for (let at = indexOf(raw, LENGTH_65, 0); at >= 0; at = indexOf(raw, LENGTH_65, at + 1)) {
    const signature = bytesToHex(raw.subarray(at + WORD, at + WORD + 65))
    if (isSignature(signature)) found.push(signature)
  }
  return found
}

function isSignature(hex: Hex): boolean {
  try {
    return parseSignature(hex) === hex
  } catch {
    return false
  }
}

/** Where `part` begins in `bytes`, from `from` on; -1 if it does not. */
function indexOf(bytes: Uint8Array, part: Uint8Array, from: number): number {
  const [first = 0] = part
  for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1))
    if (part.every((byte, i) => bytes[at + i] === byte)) return at
  return -1
}

/** What stands there as a receipt; undefined if it can be none. */
function receiptAt(bytes: Uint8Array, start: number): Receipt | undefined {
  if (start + WORDS * WORD > bytes.length) return undefined
  const word = (i: number) => bytes.subarray(start + i * WORD, start + (i + 1) * WORD)
  const hash = (i: number) => bytesToHex(word(i))
  const account = (i: number) => bytesToHex(word(i).subarray(12))
  try {
    return parseReceipt({
      requestId: hash(0),
      paymentId: hash(1),
      modelId: hash(2),
      requestHash: hash(3),
      responseHash: hash(4),
      executionHash: hash(5),
      proofRef: hash(6),
      level: Number(bytesToUint(word(7))),
      node: account(8),
      payer: account(9),
      price: `${bytesToUint(word(10))}`,
      issuedAt: `${bytesToUint(word(11))}`,
    })
  } catch (error) {
    if (isOgError(error)) return undefined
    throw error
  }
}
