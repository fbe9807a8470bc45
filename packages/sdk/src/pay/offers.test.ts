import type { ChainFacts, NodeFact } from '@opengradient/client'
import type { Address, Hex } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { acceptablePrices, byPrice, type Offer, offersOf, priceOf } from './offers.ts'

const modelId: Hex = `0x${'aa'.repeat(32)}`
const address = (n: number): Address => `0x${n.toString(16).padStart(40, '0')}`
type Made = { endpoint?: string; active?: boolean; roles?: number; request?: bigint; byte?: bigint; since?: bigint; previous?: bigint }

function factsOf(nodes: Made[]): ChainFacts {
  const of = (node: Address) => nodes[Number(node) - 1] as Made
  const price = (amount: bigint | undefined, { since = 1n, previous = 0n }: Made) => ({
    amount: amount ?? 0n,
    since,
    active: amount !== undefined,
    previous,
  })
  return {
    serving: async (_model: Hex, { offset = 0, limit = 100 } = {}) => ({
      total: nodes.length,
      nodes: nodes.map((_, i) => address(i + 1)).slice(offset, offset + limit),
    }),
    node: async (node: Address) =>
      ({ endpoint: `https://n${Number(node)}.example`, active: true, roles: 1, ...of(node) }) as unknown as NodeFact,
    price: async (node: Address, _model: Hex, unit: number) => price(unit === 0 ? of(node).request : of(node).byte, of(node)),
  } as unknown as ChainFacts
}
const NOW = 10_000
const offers = (nodes: Made[]): Promise<Offer[]> => offersOf(factsOf(nodes), modelId, false)

test('the price is that of the request and of each byte of its body', async () => {
  const [offer] = (await offers([{ request: 100n, byte: 3n }])) as [Offer]
  expect(priceOf(offer, 0)).toBe(100n)
  expect(priceOf(offer, 10)).toBe(130n)
  expect(priceOf(((await offers([{ byte: 3n }])) as [Offer])[0], 10)).toBe(30n)
})

test('the cheapest for this body comes first; equals in the order that is drawn', async () => {
  const all = await offers([{ request: 100n }, { request: 10n, byte: 1n }, { request: 100n }])
  let draw = 0.9
  const random = () => (draw -= 0.2)
  expect(byPrice(all, 10, NOW, random).map(({ node }) => Number(node))).toEqual([2, 3, 1])
  expect(byPrice(all, 1000, NOW, () => 0).map(({ node }) => Number(node))).toEqual([1, 3, 2])
})

test('nodes that leave, have another role, or ask nothing are no offers', async () => {
  const all = await offers([{ request: 1n, active: false }, { request: 1n, roles: 6 }, {}, { request: 5n }])
  expect(all.map(({ node }) => Number(node))).toEqual([4])
})

test('nodes that are gone do not hide those behind them, as far as anybody looks', async () => {
  const gone = (count: number): Made[] => Array.from({ length: count }, () => ({ request: 1n, active: false }))
  const all = await offers([...gone(250), { request: 5n }, ...gone(200)])
  expect(all.map(({ node }) => Number(node))).toEqual([251])
  const error = await offers([...gone(1000), { request: 5n }]).catch((refused) => refused)
  expect(error).toMatchObject({ code: 'MODEL_NOT_SERVED' })
  expect(error.details.refused).toHaveLength(1000)
  expect(error.message.length).toBeLessThan(2000)
})

test('a registry entry at a private address is never contacted, and said why', async () => {
  const endpoints = [
    'http://127.0.0.1:8410',
    'https://10.0.0.1',
    'https://localhost',
    'https://[::ffff:169.254.169.254]',
    'http://node.example',
    'https://u:p@node.example',
  ]
  await expect(offers(endpoints.map((endpoint) => ({ endpoint, request: 1n })))).rejects.toThrow(
    expect.objectContaining({
      code: 'MODEL_NOT_SERVED',
      details: expect.objectContaining({ refused: expect.arrayContaining([expect.objectContaining({ node: address(1) })]) }),
    }),
  )
  const mixed = await offers([...endpoints.map((endpoint) => ({ endpoint, request: 1n })), { request: 9n }])
  expect(mixed.map(({ endpoint }) => endpoint)).toEqual(['https://n7.example'])
})

test('for an hour after a change the price before it is acceptable too', async () => {
  const [offer] = (await offers([{ request: 100n, since: 1000n, previous: 80n }])) as [Offer]
  expect(acceptablePrices(offer, 0, 1000)).toEqual([100n, 80n])
  expect(acceptablePrices(offer, 0, 4599)).toEqual([100n, 80n])
  expect(acceptablePrices(offer, 0, 4600)).toEqual([100n])
})

test('who has just become cheaper is chosen by the price before, which it may still ask for an hour', async () => {
  const bait: Made = { request: 1n, since: 1000n, previous: 900n }
  const all = await offers([bait, { request: 100n }, { request: 50n, since: 1000n, previous: 2n }, { request: 70n, byte: 1n }])
  const order = (now: number) => byPrice(all, 10, now, () => 0).map(({ node }) => Number(node))
  expect(order(4599)).toEqual([3, 4, 2, 1])
  expect(order(4600)).toEqual([1, 3, 4, 2])
})
