import { type Address, type BundlePayment, formatOpg, OgError } from '@opengradient/protocol'
import type { LocalAccount } from 'viem'
import { authorise } from './authorise.ts'
import { dayOf, type SpendLedger } from './ledger.ts'

export interface PurseOptions {
  account: LocalAccount | undefined
  chainId: number
  /** Most OPG wei that everything signed for one call may add up to, used or not. */
  maxPrice: bigint
  /** Most OPG wei a day (UTC). */
  maxPerDay: bigint | undefined
  ledger: SpendLedger
  /** Unix seconds. */
  now: () => number
  random: (bytes: number) => Uint8Array
}

/** Signs the payments of one call and keeps them within the caps. */
export interface Purse {
  /**
   * An authorisation of exactly `price` for this node; the same one again while the price is the same, since it can be used only once.
   *
   * @throws OgError `POLICY_PRICE_EXCEEDED`, `POLICY_BUDGET_EXCEEDED`, `CONFIG_MISSING` (no account)
   */
  pay(node: Address, price: bigint): Promise<BundlePayment>
  /** The last authorisation for this node was never sent: it counts no more, and is forgotten. */
  unsent(node: Address): Promise<void>
}

export function openPurse({ account, chainId, maxPrice, maxPerDay, ledger, now, random }: PurseOptions): Purse {
  const signed = new Map<Address, { payment: BundlePayment; day: string }>()
  let promised = 0n
  return {
    async pay(node, price) {
      const before = signed.get(node)?.payment
      if (before?.value === price) return before
      if (!account)
        throw new OgError('CONFIG_MISSING', `this model costs ${formatOpg(price)} OPG a request; connect with an account to pay it`)
      if (promised + price > maxPrice)
        throw new OgError(
          'POLICY_PRICE_EXCEEDED',
          `the request costs ${formatOpg(price)} OPG${promised > 0n ? ` and ${formatOpg(promised)} OPG are promised to another node for it` : ''}; your maximum is ${formatOpg(maxPrice)} OPG`,
          { details: { node, price, promised, maxPrice } },
        )
      const day = dayOf(now())
      await ledger.take(day, price, maxPerDay)
      promised += price
      const payment = await authorise({ account, chainId, node, amount: price, now: now(), nonce: random(32) })
      signed.set(node, { payment, day })
      return payment
    },
    async unsent(node) {
      const last = signed.get(node)
      if (!last) return
      signed.delete(node)
      promised -= last.payment.value
      await ledger.giveBack(last.day, last.payment.value)
    },
  }
}
