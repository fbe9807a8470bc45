import { type Authorization, isOgError, OgError, recoverAddress } from '@opengradient/protocol'
import { type ExactPayment, networkOf, type OfferTerms } from './x402.ts'

/** Clocks that a payment's validity is held against; unix seconds. */
export interface Clocks {
  /** The node's clock. */
  now: number
  /** Time of the newest block. */
  head: number
}

/** How long before its end an authorisation must arrive, so that there is time to settle it; seconds. */
export const SETTLE_MARGIN = 20
/** The same where the answer waits for the settlement: time for the run, too, or the run would be for nothing. */
export const SETTLE_FIRST_MARGIN = 60
/** How much of it must be left when the answer is signed; seconds. Or a payer of short authorisations gets whatever takes long for nothing. */
export const SIGN_MARGIN = 10
/** The longest validity that is accepted; seconds. The journal remembers a payment at least until it has expired. */
export const MAX_VALIDITY = 3600

/**
 * Whether a payment is what was asked for, as far as it can be told without the chain. One refusal per lie, the first one found.
 *
 * @param digestOf EIP-712 digest of an authorisation on the node's chain
 * @param margin seconds that must be left of it
 * @returns `signer: 'other'` if somebody else's key, or no key, signed it: the payer may be a contract, which only the chain can tell
 * @throws OgError `PAYMENT_WRONG_NETWORK`, `PAYMENT_WRONG_TOKEN`, `PAYMENT_WRONG_PAYEE`, `PAYMENT_TOO_SMALL`, `PAYMENT_TOO_LARGE`,
 * `PAYMENT_MALFORMED`, `PAYMENT_NOT_YET_VALID`, `PAYMENT_EXPIRED`, `PAYMENT_VALIDITY_TOO_LONG`
 */
export function verifyPayment(
  { accepted, authorization, signature }: ExactPayment,
  terms: OfferTerms,
  price: bigint,
  clocks: Clocks,
  digestOf: (authorization: Authorization) => `0x${string}`,
  margin: number = SETTLE_MARGIN,
): { signer: 'payer' | 'other' } {
  const network = networkOf(terms.chainId)
  if (accepted.network !== network)
    throw refuse('PAYMENT_WRONG_NETWORK', `The payment is for ${accepted.network}; this node is on ${network}.`)
  if (accepted.asset.toLowerCase() !== terms.wopg)
    throw refuse('PAYMENT_WRONG_TOKEN', `This node takes WOPG (${terms.wopg}), not ${accepted.asset}.`)
  for (const to of [accepted.payTo.toLowerCase(), authorization.to]) {
    if (to !== terms.payTo) throw refuse('PAYMENT_WRONG_PAYEE', `The payment goes to ${to}, not to this node's till ${terms.payTo}.`)
  }
  checkAmount(accepted.amount, authorization, price)
  checkTimes(authorization, clocks, margin)
  return { signer: signedBy(authorization, signature, digestOf) ? 'payer' : 'other' }
}

function checkAmount(accepted: string, { value }: Authorization, price: bigint): void {
  if (value < price || BigInt(accepted) < price) {
    throw refuse('PAYMENT_TOO_SMALL', `The payment is of ${value < price ? value : accepted} OPG wei; the price is ${price}.`)
  }
  if (value > price || BigInt(accepted) > price) {
    throw refuse(
      'PAYMENT_TOO_LARGE',
      `The payment is of ${value > price ? value : accepted} OPG wei; exactly ${price} can be taken. The price may have changed.`,
    )
  }
}

function checkTimes({ validAfter, validBefore }: Authorization, { now, head }: Clocks, margin: number): void {
  const earliest = Math.min(now, head)
  if (validAfter > BigInt(earliest)) {
    throw refuse(
      'PAYMENT_NOT_YET_VALID',
      `The payment is valid after ${validAfter}; the newest block is of ${head}, the node's clock says ${now}.`,
    )
  }
  checkTimeLeft(validBefore, { now, head }, margin)
  if (validBefore > BigInt(earliest + MAX_VALIDITY)) {
    throw refuse(
      'PAYMENT_VALIDITY_TOO_LONG',
      `The payment is valid before ${validBefore}, more than ${MAX_VALIDITY} s from now, ${earliest}.`,
    )
  }
}

/** @throws OgError `PAYMENT_EXPIRED` unless more than `margin` seconds are left, by both clocks */
export function checkTimeLeft(validBefore: bigint, { now, head }: Clocks, margin: number): void {
  const latest = Math.max(now, head)
  if (validBefore > BigInt(latest + margin)) return
  throw refuse('PAYMENT_EXPIRED', `The payment is valid before ${validBefore}; settling takes up to ${margin} s from now, ${latest}.`)
}

function signedBy(
  authorization: Authorization,
  signature: `0x${string}`,
  digestOf: (authorization: Authorization) => `0x${string}`,
): boolean {
  try {
    return recoverAddress(digestOf(authorization), signature) === authorization.from
  } catch (error) {
    if (isOgError(error)) return false
    throw error
  }
}

function refuse(code: ConstructorParameters<typeof OgError>[0], message: string): OgError {
  return new OgError(code, message)
}
