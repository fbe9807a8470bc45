import { type Address, type BundlePayment, bytesToHex, formatOpg, type Hex, OgError } from '@opengradient/protocol'
import { amount, optional } from '@opengradient/protocol/take'
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
   * An authorisation of exactly `price` for this node; the same one again whenever this call needs the same, since it can be used only once.
   * So a node that changes its mind between two prices, or asks again and again, never holds more than one of each, and can use only one of them:
   * all that a node gets for a call has one nonce.
   *
   * @param nonce what the payment is for, if it is for one answer only (`zkNonce`); otherwise a random one
   * @throws OgError `POLICY_PRICE_EXCEEDED`, `POLICY_BUDGET_EXCEEDED`, `CONFIG_MISSING` (no account)
   */
  pay(node: Address, price: bigint, nonce?: Hex): Promise<BundlePayment>
  /** What `pay` gave may have reached somebody: it counts for good. */
  sent(node: Address, price: bigint): void
  /** What `pay` gave did not leave this machine now. If it never did, it counts no more, and is forgotten. */
  unsent(node: Address, price: bigint): Promise<void>
}

interface Signed {
  payment: BundlePayment
  day: string
  sent: boolean
}

export function openPurse({ account, chainId, maxPrice, maxPerDay, ledger, now, random }: PurseOptions): Purse {
  amount(maxPrice, 'maxPrice')
  optional(amount)(maxPerDay, 'maxPerDay')
  const signed = new Map<string, Signed>()
  const nonces = new Map<Address, Hex>()
  const keyOf = (node: Address, price: bigint) => `${node} ${price}`
  let promised = 0n
  const takeBack = async (day: string, price: bigint) => {
    promised -= price
    await ledger.giveBack(day, price)
  }
  return {
    async pay(node, price, nonce) {
      const before = signed.get(keyOf(node, price))
      if (before) return before.payment
      if (!account)
        throw new OgError('CONFIG_MISSING', `this model costs ${formatOpg(price)} OPG a request; connect with an account to pay it`)
      if (promised + price > maxPrice)
        throw new OgError(
          'POLICY_PRICE_EXCEEDED',
          `the request costs ${formatOpg(price)} OPG${promised > 0n ? ` and ${formatOpg(promised)} OPG are promised for it already` : ''}; your maximum is ${formatOpg(maxPrice)} OPG`,
          { details: { node, price, promised, maxPrice } },
        )
      const day = dayOf(now())
      await ledger.take(day, price, maxPerDay)
      promised += price
      const own = nonce ?? nonces.get(node) ?? bytesToHex(random(32))
      nonces.set(node, own)
      const authorised = authorise({ account, chainId, node, amount: price, now: now(), nonce: own })
      const payment = await authorised.catch(async (refused) => {
        await takeBack(day, price)
        throw refused
      })
      signed.set(keyOf(node, price), { payment, day, sent: false })
      return payment
    },
    sent(node, price) {
      const given = signed.get(keyOf(node, price))
      if (given) given.sent = true
    },
    async unsent(node, price) {
      const given = signed.get(keyOf(node, price))
      if (!given || given.sent) return
      signed.delete(keyOf(node, price))
      await takeBack(given.day, price)
    },
  }
}
