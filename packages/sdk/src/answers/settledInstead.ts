import { type ChainFacts, settledIn, settledReceipt } from '@opengradient/client'
import { type Address, type Hex, OgError, type Receipt, receiptHash, type SignedReceipt } from '@opengradient/protocol'
import { signerOfReceipt } from '@opengradient/verifier'
import type { Context } from '../context.ts'

/** Keys that are looked up, where a transaction brought signatures for many receipts. */
const LOOKED = 256

/**
 * The receipt that a payment was settled for, if it is another one than this, with the signature that settled it: both stand in the transaction.
 * Undefined if the payment is settled for this one, or not at all.
 *
 * @throws OgError `RECEIPT_MISSING` when no transaction that the RPC tells of shows it
 */
export async function settledInstead({ chain }: Context, { receipt, signature }: SignedReceipt): Promise<SignedReceipt | undefined> {
  const { paymentId, issuedAt } = receipt
  const head = await chain.head()
  const facts = chain.at(head)
  const hash = await facts.settled(paymentId)
  if (hash === undefined || hash === receiptHash(receipt, chain.domain)) return undefined
  const query = { paymentId, hash, domain: chain.domain }
  const height = await settledIn(chain.rpc, query, Number(issuedAt), head.header.number)
  const found = height === undefined ? undefined : await settledReceipt(chain.rpc, await chain.block(height), query)
  if (found) {
    const signers = found.signatures.map((candidate) => ({ candidate, key: signerOfReceipt(found.receipt, candidate, chain.domain) }))
    const own = signerOfReceipt(receipt, signature, chain.domain)
    for (const { candidate, key } of [...signers.filter(({ key }) => key === own), ...signers].slice(0, LOOKED))
      if (key && (await answersFor(facts, found.receipt, key))) return { receipt: found.receipt, signature: candidate }
  }
  throw notShown(paymentId, hash)
}

const answersFor = async (facts: ChainFacts, { node }: Receipt, key: Address): Promise<boolean> =>
  (await facts.accountable(node, key)).from !== 0n

const notShown = (paymentId: Hex, hash: Hex): OgError =>
  new OgError(
    'RECEIPT_MISSING',
    `payment ${paymentId} is settled for another receipt, ${hash}, and no transaction that the RPC tells of shows it; ask another RPC, which has the blocks of that time`,
    { details: { paymentId, hash } },
  )
