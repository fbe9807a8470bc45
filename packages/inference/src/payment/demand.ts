import type { Address, OgError } from '@opengradient/protocol'
import type { AdmitRequest } from '../server/pipeline.ts'
import { Refusal } from '../server/status.ts'
import { encodeHeader, type OfferTerms, paymentRequired, requirementsFor } from './x402.ts'

export interface DemandOptions {
  readonly terms: OfferTerms
  /** The operator's account. */
  readonly node: Address
  /** Origin under which callers reach this node; goes into offers. */
  readonly publicUrl: () => string
}

/** A refused payment, or a missing one, with what to pay: its answer is 402 with `PAYMENT-REQUIRED`, which x402 clients read. @param price OPG wei */
export function demand(
  refused: OgError,
  { path, offered }: Pick<AdmitRequest, 'path' | 'offered'>,
  price: bigint,
  { terms, node, publicUrl }: DemandOptions,
): Refusal {
  const failed = refused.code === 'PAYMENT_REQUIRED' ? undefined : refused.code
  const required = paymentRequired(requirementsFor(terms, price), publicUrl() + path, node, offered, failed)
  return new Refusal(refused, { 'payment-required': encodeHeader(required) })
}
