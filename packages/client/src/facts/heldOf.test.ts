import { heldPaymentsAbi } from '@opengradient/contracts'
import { heldSlot } from '@opengradient/contracts/slots'
import type { Hex } from '@opengradient/protocol'
import { encodeAbiParameters, encodeEventTopics } from 'viem'
import { expect, test } from 'vitest'
import type { TrustedBlock } from '../chain/head.ts'
import type { ChainClient } from '../connect.ts'
import { heldPaymentsOf } from './heldOf.ts'

const NODE = `0x${'aa'.repeat(20)}` as const
const PAYER = `0x${'bb'.repeat(20)}` as const
const HEAD = 25_000
const idOf = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`

interface Payment {
  readonly heldAt: number
  /** 1 held, 2 challenged, 3 released. */
  readonly status: number
  readonly challengedAt?: number
  /** By the RPC. */
  readonly hidden?: boolean
  /** What the RPC says it is. */
  readonly penalty?: bigint
}

/** A chain with these payments, of a penalty of 10 each, and an RPC that gives or hides their events. */
async function search(payments: readonly Payment[], lie?: unknown) {
  const searched: [number, number][] = []
  const log = (n: number) => ({
    topics: encodeEventTopics({ abi: heldPaymentsAbi, eventName: 'Held', args: { paymentId: idOf(n), node: NODE, payer: PAYER } }),
    data: encodeAbiParameters([{ type: 'uint256' }, { type: 'uint256' }], [1n, payments[n]?.penalty ?? 10n]),
  })
  const call = async (_: string, [{ fromBlock, toBlock }]: [{ fromBlock: Hex; toBlock: Hex }]) => {
    const [from, to] = [Number(fromBlock), Number(toBlock)]
    searched.push([from, to])
    return lie ?? payments.flatMap(({ heldAt, hidden }, n) => (heldAt >= from && heldAt <= to && !hidden ? [log(n), log(n)] : []))
  }
  const words = async (_: unknown, slots: readonly Hex[]) =>
    slots.map((slot) => {
      const { heldAt, challengedAt = 0, status } = payments.find((_payment, n) => heldSlot(idOf(n)) === slot)!
      return BigInt(heldAt) | (BigInt(challengedAt) << 64n) | (BigInt(status) << 240n)
    })
  const penalties = async () => 10n * BigInt(payments.filter(({ status }) => status < 3).length)
  const chain = { rpc: { call }, at: () => ({ penalties }) } as unknown as ChainClient
  const block = { header: { number: HEAD }, state: { words } } as unknown as TrustedBlock
  const found = await heldPaymentsOf(chain, block, NODE)
  return { ...found, searched, ids: found.waiting.map(({ paymentId }) => paymentId) }
}

test('held payments are found backwards until the bond that answers for them is explained; what is over is none', async () => {
  const found = await search([
    { heldAt: 24_999, status: 1 },
    { heldAt: 24_000, status: 3 },
    { heldAt: 15_000, status: 2, challengedAt: 16_000 },
  ])
  expect(found.ids).toEqual([idOf(0), idOf(2)])
  expect(found.waiting.map(({ until }) => until)).toEqual([24_999 + 3_600, 16_000 + 21_600])
  expect([found.unnamed, found.searched]).toEqual([
    0n,
    [
      [15_001, 25_000],
      [5_001, 15_000],
    ],
  ])
})

test('what the RPC does not name is said, and nothing is searched where nothing is held', async () => {
  const hiding = await search([
    { heldAt: 24_999, status: 1, hidden: true },
    { heldAt: 3, status: 1 },
  ])
  expect([hiding.ids, hiding.unnamed]).toEqual([[idOf(1)], 10n])
  expect(hiding.searched.at(-1)).toEqual([0, 5_000])
  expect(await search([{ heldAt: 24_999, status: 3 }])).toMatchObject({ waiting: [], unnamed: 0n, searched: [] })
})

test('payments for which more would answer than does are a lie of the RPC: others could hide behind them', async () => {
  const payments = [{ heldAt: 24_999, status: 1, penalty: 11n }]
  await expect(search(payments)).rejects.toMatchObject({ code: 'RPC_LIED' })
})

test.each([['no list'], [[{ topics: [], data: '0x' }]]])('what is no event is a lie of the RPC', async (lie) => {
  await expect(search([{ heldAt: 1, status: 1 }], lie)).rejects.toMatchObject({ code: 'RPC_LIED' })
})
