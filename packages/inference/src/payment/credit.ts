import { formatOpg, OgError } from '@opengradient/protocol'
import type { Exposure } from '../journal/exposures.ts'
import type { Standing } from '../journal/standing.ts'

/** How far a node trusts its payers between an answer and its settlement. */
export interface CreditLimits {
  /** OPG wei that one payer may have open on credit at most. */
  max: bigint
  /** OPG wei; a payment above is settled before its answer is given out. By default, and at most, `max`. */
  settleFirstAbove?: bigint
  /** Payers who may have a payment open that is settled first, all together. Default 32: what one settlement takes. */
  settleFirstPayers?: number
}

/** 1 OPG. */
export const DEFAULT_CREDIT: CreditLimits = { max: 10n ** 18n }
const SETTLE_FIRST_PAYERS = 32
const RETRY_MS = 2_000
/** Seconds without service after a run for nothing; twice as many after the next, and so on, */
const PAUSE = 30
/** but never more than a day: whoever can pay comes back. */
const LONGEST_PAUSE = 86_400

/** Whether a payment of `price` is settled before its answer is given out, so that it is no credit: what is dear, and all from who owes for an answer. */
export function settlesFirst(price: bigint, { trust }: Standing, { max, settleFirstAbove = max }: CreditLimits): boolean {
  return trust < 0n || price > max || price > settleFirstAbove
}

/** Seconds until a payer is served again for whom the model ran for nothing. @param now block time, unix seconds */
export function pauseLeft({ strikes, struckAt }: Standing, now: number): number {
  if (strikes === 0) return 0
  return Math.max(0, struckAt + Math.min(PAUSE * 2 ** (strikes - 1), LONGEST_PAUSE) - now)
}

/** What is open when a payer wants to open another payment. */
export interface Open {
  /** Of this payer, on credit. */
  readonly onCredit: Exposure
  /** Of this payer, settled first. */
  readonly settleFirst: Exposure
  /** Payers who have something open that is settled first. */
  readonly payersSettlingFirst: number
}

/**
 * Whether a payer may open another payment of `price`. What is open never exceeds the balance at the head. What is open on credit never exceeds
 * the limit; one payment at a time aside, it never exceeds what this node has collected from the payer before, so that nobody can owe more than
 * they have paid: a new account costs nothing. Who has made such a payment fail pays as much again, each payment before its answer, and begins anew
 * then: answers that one payer had for nothing are never worth more than what they have paid, and the limit. What is settled first needs no
 * credit, but a run that may turn out to be for nothing: one at a time, and after each that was, a pause that doubles.
 *
 * @param now block time, unix seconds
 * @throws OgError `PAYMENT_INSUFFICIENT_BALANCE`, `PAYMENT_CREDIT_EXHAUSTED`, `NODE_BACKLOG`
 */
export function checkCredit(price: bigint, balance: bigint, open: Open, standing: Standing, limits: CreditLimits, now: number): void {
  const { onCredit, settleFirst } = open
  const promised = onCredit.open + settleFirst.open
  const details = { price, balance, open: promised, max: limits.max, settled: standing.settled }
  const refuse = (why: string, more = {}) => new OgError('PAYMENT_CREDIT_EXHAUSTED', why, { details: { ...details, ...more } })
  if (balance < price) {
    throw new OgError(
      'PAYMENT_INSUFFICIENT_BALANCE',
      `The payer has ${formatOpg(balance)} WOPG; the price is ${formatOpg(price)} OPG. Wrap some OPG.`,
      { details },
    )
  }
  const pause = pauseLeft(standing, now)
  if (pause > 0)
    throw refuse(
      `The model ran for this payer, and the payment could not be collected. This node takes the next one in ${pause} s: keep the WOPG that is promised to it until it is settled. Or ask another node.`,
      { retryAfterMs: 1000 * pause },
    )
  if (promised + price > balance)
    throw refuse(
      `The payer has ${formatOpg(balance)} WOPG, of which ${formatOpg(promised)} are promised to earlier requests. Wait for settlement, or wrap some OPG.`,
    )
  if (settlesFirst(price, standing, limits)) checkTurn(open, limits, refuse)
  else checkLimits(price, onCredit, standing, limits, refuse)
}

/** How much is trusted. */
function checkLimits(price: bigint, onCredit: Exposure, standing: Standing, limits: CreditLimits, refuse: (why: string) => OgError): void {
  if (onCredit.count > 0 && onCredit.open + price > standing.trust)
    throw refuse(
      `The payer has ${formatOpg(onCredit.open)} OPG unsettled and has paid ${formatOpg(standing.trust)} here before: credit grows to that, beyond one payment at a time. Wait for settlement.`,
    )
  if (onCredit.open + price > limits.max)
    throw refuse(
      `The payer has ${formatOpg(onCredit.open)} OPG unsettled; this node gives credit for ${formatOpg(limits.max)}. Wait for settlement.`,
    )
}

/** Whether one more request may run whose payer can still make the run be for nothing. */
function checkTurn(open: Open, { settleFirstPayers = SETTLE_FIRST_PAYERS }: CreditLimits, refuse: (why: string) => OgError): void {
  if (open.settleFirst.count > 0)
    throw refuse(
      `The payer has ${formatOpg(open.settleFirst.open)} OPG that are settled before their answer: one such request at a time. Wait for it.`,
    )
  if (open.payersSettlingFirst >= settleFirstPayers)
    throw new OgError(
      'NODE_BACKLOG',
      `${settleFirstPayers} requests of this size wait for their settlement; the node takes no more until one has.`,
      {
        details: { retryAfterMs: RETRY_MS },
      },
    )
}
