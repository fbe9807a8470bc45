import { ADDRESSES } from '@opengradient/contracts/addresses'
import { type BundlePayment, type ExecutionRecord, paymentIdOf, quotedPrice, type Receipt } from '@opengradient/protocol'
import { isAuthorised } from '../authorisation.ts'
import type { Context } from '../context.ts'
import { needState } from '../evidence.ts'
import type { Facts } from '../facts.ts'
import { absent, fail, type Outcome, pass } from '../outcome.ts'
import { HOUR, within } from '../time.ts'
import { opgText } from '../units.ts'

/**
 * Whether what was charged is what was quoted, published and authorised: price = Σ rate × units of the execution record, the
 * units as many as the bundle holds, the rates those of `Nodes` at the time, and the payer authorised that much.
 */
export function paymentPrice(context: Context, settled: Outcome): Outcome {
  const { bundle, policy, request, chain } = context
  const receipt = context.receipt()
  const record = context.execution()
  const { price, node } = receipt

  const maximum = policy.expect?.maxPrice ?? price
  if (price > maximum) return fail('PRICE_UNEXPECTED', { price: opgText(price), maximum: opgText(maximum) })
  const quoted = quotedPrice(record)
  if (quoted !== price) return fail('PRICE_MISMATCH', { price: opgText(price), quoted: opgText(quoted) })
  const problem = miscounted(record, request?.body.length) ?? (bundle.payment && unfit(bundle.payment, receipt))
  if (problem) return problem

  const { facts } = needState(chain)
  const unpublished = offPrice(facts, receipt, record)
  if (unpublished) return unpublished
  if (price === 0n) return pass('payment.free')
  if (settled.status === 'pass') return pass('payment.price', { price: opgText(price) })
  if (bundle.payment === undefined) return absent('payment.withheld')
  if (!isAuthorised(bundle.payment, node, bundle.network.chainId)) return fail('PAYMENT_SIGNATURE_INVALID')
  return pass('payment.price', { price: opgText(price) })
}

/** Whether Settlement recorded the payment for this receipt. Proven unsettled is absent, not failed: settlement follows the answer. */
export function paymentSettled({ receipt, receiptHash, chain }: Context): Outcome {
  const { price, paymentId } = receipt()
  const { facts } = needState(chain)
  if (price === 0n) return pass('payment.nothing')
  const recorded = facts.settled(paymentId)
  if (recorded === undefined) return absent('payment.unsettled')
  if (recorded !== receiptHash) return fail('SETTLED_OTHER_RECEIPT')
  return pass('payment.settled', { price: opgText(price) })
}

/** A usage that the bundle contradicts: one request is one, bytes are those of the request body. Tokens are the operator's word. */
function miscounted({ usage }: ExecutionRecord, requestBytes: number | undefined): Outcome | undefined {
  for (const { unit, units: found } of usage) {
    const expected = unit === 'request' ? 1 : unit === 'byte' ? requestBytes : undefined
    if (expected !== undefined && found !== `${expected}`) return fail('USAGE_MISMATCH', { unit, found, expected: `${expected}` })
  }
  return undefined
}

/** Why the authorisation is not one that this receipt can consume. */
function unfit(payment: BundlePayment, { price, payer, paymentId }: Receipt): Outcome | undefined {
  if (paymentIdOf(payment) !== paymentId || payment.payer !== payer) return fail('PAYMENT_MISMATCH')
  if (payment.asset !== ADDRESSES.wopg) return fail('PAYMENT_WRONG_TOKEN', { found: payment.asset })
  if (payment.value < price) return fail('PRICE_ABOVE_AUTHORISED', { price: opgText(price), authorised: opgText(payment.value) })
  return undefined
}

/** Why a quoted rate is not the published one. Within an hour of a change either is: clocks differ, requests are under way. */
function offPrice(facts: Facts, { node, modelId, issuedAt }: Receipt, { quote }: ExecutionRecord): Outcome | undefined {
  for (const { unit, rate } of quote.filter(({ source }) => source === 'chain')) {
    const { amount, previous, since } = facts.price(node, modelId, unit)
    if (since > issuedAt + HOUR) return absent('price.changed')
    const right = BigInt(rate) === amount || (BigInt(rate) === previous && within(HOUR, since, issuedAt))
    if (!right) return fail('QUOTE_NOT_ON_CHAIN', { unit, rate: opgText(BigInt(rate)), found: opgText(amount) })
  }
  return undefined
}
