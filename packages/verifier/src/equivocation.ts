import {
  type Address,
  type Domain,
  type Hex,
  receiptHash,
  recoverAddress,
  type SignedReceipt,
  ZERO_ADDRESS,
  ZERO_HASH,
} from '@opengradient/protocol'

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
export function isEquivocation(a: SignedReceipt, b: SignedReceipt, keys: NodeKeys): boolean {
  if (a.receipt.node !== b.receipt.node) return false
  if (a.receipt.paymentId !== b.receipt.paymentId || a.receipt.paymentId === ZERO_HASH) return false
  if (receiptHash(a.receipt, keys.domain) === receiptHash(b.receipt, keys.domain)) return false
  return isAccountable(a, keys) && isAccountable(b, keys)
}

function isAccountable({ receipt, signature }: SignedReceipt, { domain, keyInterval, now }: NodeKeys): boolean {
  const key = signerOf(receiptHash(receipt, domain), signature)
  const { from, until } = keyInterval(receipt.node, key)
  return from !== 0n && (until === 0n || now < until + EVIDENCE_AGE)
}

/** The key that signed; nobody's, which is never registered, if no key can have. */
function signerOf(digest: Hex, signature: Hex): Address {
  try {
    return recoverAddress(digest, signature)
  } catch {
    return ZERO_ADDRESS
  }
}
