import { expect, it } from 'vitest'
import { loadCrypto } from '../../crypto/crypto.ts'
import { authoritiesOf } from './authorizations.ts'
import type { Authorization } from './fields.ts'

const CHAIN_ID = 10_740n
const ZERO = new Uint8Array()

/** Whoever signed it: nearly every second number is the `r` of somebody. */
const authorization = (index: number, more: Partial<Authorization> = {}): Authorization => ({
  chainId: ZERO,
  address: new Uint8Array(20).fill(7),
  nonce: Uint8Array.of(5),
  yParity: ZERO,
  r: Uint8Array.of(1, index >> 8, index & 255),
  s: Uint8Array.of(1),
  ...more,
})

it('who has authorized something is found in slices, between which others have their turn, whether the signatures are anybody’s or not', async () => {
  const crypto = await loadCrypto()
  let recovered = 0
  const counting = {
    keccak: crypto.keccak,
    recover: (...signature: Parameters<typeof crypto.recover>) => {
      recovered++
      return crypto.recover(...signature)
    },
  }
  const slices: number[] = []
  const turn = async (work: () => void) => {
    const before = recovered
    work()
    slices.push(recovered - before)
  }
  const nobody = { r: new Uint8Array(32).fill(255) }
  const list = Array.from({ length: 50 }, (_, index) => authorization(index, index < 30 ? nobody : {}))
  const found = await authoritiesOf(list, CHAIN_ID, counting, turn)
  expect(slices).toEqual([20, 20, 10])
  expect(found.length).toBeGreaterThan(3)
  expect(found.length).toBeLessThan(20)
  expect(new Set(found.map(({ address }) => address)).size).toBe(found.length)
  for (const { nonce } of found) expect(nonce).toBe(5n)
  // Of another chain, or with a nonce that nothing can follow: nobody asks who it was.
  const foreign = [authorization(40, { chainId: Uint8Array.of(9) }), authorization(41, { nonce: new Uint8Array(8).fill(255) })]
  expect(await authoritiesOf(foreign, CHAIN_ID, counting, turn)).toEqual([])
  expect(slices.at(-1)).toBe(0)
  expect(await authoritiesOf([], CHAIN_ID, counting, turn)).toEqual([])
})
