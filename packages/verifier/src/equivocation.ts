import {
  type Address,
  type Domain,
  type Hex,
  type Receipt,
  receiptHash,
  recoverAddress,
  type SignedReceipt,
  ZERO_HASH,
} from '@opengradient/protocol'
import { utc } from './time.ts'

/** Seconds for which a retired key still answers for its node (`Settlement`, `EVIDENCE_AGE`). */
const EVIDENCE_AGE = 7n * 24n * 3_600n

/** What the chain says about the node that both receipts name. */
export interface NodeKeys {
  /** Where receipts of this network are signed for. */
  readonly domain: Domain
  /**
   * When a key was a receipt key of the node, or in a keyset that it registered, unix seconds: `from` 0 never, `until` 0 still
   * (`Nodes.keyInterval`, `Attestations.signerInterval`).
   */
  keyInterval(node: Address, key: Address): { readonly from: bigint; readonly until: bigint }
  /** Block time at which it is judged, unix seconds. */
  readonly now: bigint
}

/**
 * Whether two receipts prove that their node signed twice for one payment, for which it loses its bond. The same rule as
 * `Settlement.equivocation`: same node, same non-zero payment, different receipts, both signed by keys that answer for it.
 */
export const isEquivocation = (a: SignedReceipt, b: SignedReceipt, keys: NodeKeys): boolean => whyNoEquivocation(a, b, keys) === undefined

/** What is missing for two receipts to prove that, as a clause; undefined if they do. */
export function whyNoEquivocation(a: SignedReceipt, b: SignedReceipt, keys: NodeKeys): string | undefined {
  const [one, other] = [a.receipt, b.receipt]
  if (one.node !== other.node) return `they are of two nodes, ${one.node} and ${other.node}`
  if (one.paymentId !== other.paymentId) return `they are for two payments, ${one.paymentId} and ${other.paymentId}`
  if (one.paymentId === ZERO_HASH) return 'nothing was paid for them'
  if (receiptHash(one, keys.domain) === receiptHash(other, keys.domain)) return 'they are one receipt: nothing in them differs'
  return whyUnaccountable(a, 'first', keys) ?? whyUnaccountable(b, 'second', keys)
}

function whyUnaccountable(
  { receipt, signature }: SignedReceipt,
  which: string,
  { domain, keyInterval, now }: NodeKeys,
): string | undefined {
  const key = signerOfReceipt(receipt, signature, domain)
  if (key === undefined) return `no key can have made the signature of the ${which}`
  const { from, until } = keyInterval(receipt.node, key)
  if (from === 0n) return `the ${which} is signed by ${key}, which never was a key of node ${receipt.node} on this network`
  if (until === 0n || now < until + EVIDENCE_AGE) return undefined
  return `the ${which} is signed by ${key}, for which node ${receipt.node} answered until ${utc(until + EVIDENCE_AGE)}`
}

/** The key that signed a receipt; undefined if none can have. */
export function signerOfReceipt(receipt: Receipt, signature: Hex, domain: Domain): Address | undefined {
  try {
    return recoverAddress(receiptHash(receipt, domain), signature)
  } catch {
    return undefined
  }
}
