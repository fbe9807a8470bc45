import fc from 'fast-check'
import { expect, test } from 'vitest'
import { leastPrice } from './leastPrice.ts'

/** What `Settlement` asks of a price: royalty and both halves of the fee fit into it. */
function settles(price: bigint, royaltyBps: bigint, minRoyalty: bigint, feeBps: bigint): boolean {
  const share = (price * royaltyBps) / 10_000n
  const royalty = share < minRoyalty ? minRoyalty : share
  return royalty + 2n * ((price * feeBps) / 20_000n) <= price
}

const terms = [fc.bigInt(0n, 5000n), fc.bigInt(0n, 10n ** 24n), fc.integer({ min: 0, max: 1000 })] as const

test('the least price settles, and so does every higher one', () => {
  fc.assert(
    fc.property(...terms, fc.bigInt(0n, 10n ** 24n), (royaltyBps, minRoyalty, feeBps, more) => {
      const least = leastPrice(minRoyalty, feeBps)
      expect(settles(least, royaltyBps, minRoyalty, BigInt(feeBps))).toBe(true)
      expect(settles(least + more, royaltyBps, minRoyalty, BigInt(feeBps))).toBe(true)
    }),
  )
})

test('it is at most rounding too high', () => {
  fc.assert(
    fc.property(...terms, (royaltyBps, minRoyalty, feeBps) => {
      const least = leastPrice(minRoyalty, feeBps)
      fc.pre(least > 4n)
      expect(settles(least - 4n, royaltyBps, minRoyalty, BigInt(feeBps))).toBe(false)
    }),
  )
})
