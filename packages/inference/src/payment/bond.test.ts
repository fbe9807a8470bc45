import { heldPaymentsAbi } from '@opengradient/contracts'
import type { Hex } from '@opengradient/protocol'
import { toFunctionSelector } from 'viem'
import { expect, test } from 'vitest'
import { id } from '../journal/journal.testkit.ts'
import { BondGuard, type BondGuardOptions } from './bond.ts'

const selectorOf = (name: string) => {
  const error = heldPaymentsAbi.find((item) => item.type === 'error' && item.name === name)!
  return toFunctionSelector({ ...error, type: 'function', stateMutability: 'view', outputs: [] } as never)
}

/** A bond of 100 of which 50 stay untouched; ten times a price answer for it. */
function guard(unsettled: { level: number; price: bigint; refused?: object }[] = [], provable = true) {
  const asked: bigint[] = []
  const chain = { failing: false }
  const view: BondGuardOptions['view'] = {
    standing: { bond: 100n, unbondingAt: 0n, keyFrom: 1n, keyUntil: 0n },
    penaltyOf: async (price) => 10n * price,
    heldRefusal: async (_, bond, price): Promise<Hex> => {
      asked.push(bond)
      if (chain.failing) throw new Error('no answer')
      if (!provable) return selectorOf('NotProvable')
      return 10n * price + 50n > bond ? selectorOf('PenaltyAboveBond') : '0x00000000'
    },
  }
  const journal = {
    unsettled: () => unsettled.map(({ refused, ...receipt }) => ({ refused, answer: { signed: { receipt } } })),
  } as unknown as BondGuardOptions['journal']
  return { guard: new BondGuard({ view, journal }), asked, chain }
}

test('many at once never take more than the bond answers for', async () => {
  const { guard: bond } = guard()
  const taken = await Promise.allSettled(Array.from({ length: 10 }, () => bond.take(id('model'), 1n)))
  expect(taken.filter(({ status }) => status === 'fulfilled')).toHaveLength(5)
  const refused = taken.find((one) => one.status === 'rejected')
  expect(refused?.reason).toMatchObject({ code: 'NODE_BACKLOG', details: { retryAfterMs: 60_000 } })
})

test('what is paid and not settled yet counts, at level zk only, and not what the chain has refused', async () => {
  const { guard: bond, asked } = guard([
    { level: 2, price: 3n },
    { level: 0, price: 1000n },
    { level: 2, price: 1000n, refused: {} },
  ])
  await bond.take(id('model'), 2n)
  expect(asked).toEqual([70n])
  await expect(bond.take(id('model'), 1n)).rejects.toMatchObject({ code: 'NODE_BACKLOG' })
})

test('what is given back can be taken again, also after a failure', async () => {
  const { guard: bond, chain } = guard()
  const release = await bond.take(id('model'), 5n)
  await expect(bond.take(id('model'), 5n)).rejects.toMatchObject({ code: 'NODE_BACKLOG' })
  release()
  chain.failing = true
  await expect(bond.take(id('model'), 5n)).rejects.toThrow('no answer')
  chain.failing = false
  await bond.take(id('model'), 5n)
})

test('a model without an integer model on chain is not paid for at level zk', async () => {
  await expect(guard([], false).guard.take(id('model'), 1n)).rejects.toMatchObject({
    code: 'NODE_LEVEL_NOT_OFFERED',
    details: { reason: 'NotProvable' },
  })
})
