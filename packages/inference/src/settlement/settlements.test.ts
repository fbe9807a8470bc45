import type { Hex } from '@opengradient/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { id } from '../journal/journal.testkit.ts'
import { silentLog } from '../log.ts'
import { Settlements, type SettlementsOptions } from './settlements.ts'

/** Settlements that are not started, over a journal that knows these requests. */
function setUp(known: Record<Hex, object>) {
  const journal = { find: (requestId: Hex) => known[requestId] } as unknown as SettlementsOptions['journal']
  const idle = {} as SettlementsOptions['settler'] & SettlementsOptions['committer']
  return new Settlements({ journal, settler: idle, committer: idle, batchMs: 1_000_000, log: silentLog })
}

test('who waits for a settlement is told when it is made, and when the chain refuses it, not when it is tried', async () => {
  const [a, b] = [id('a'), id('b')]
  const known: Record<Hex, { state: string; refused?: object }> = { [a]: { state: 'queued' }, [b]: { state: 'queued' } }
  const settlements = setUp(known)
  const told: string[] = []
  const both = [a, b].map((one, n) => settlements.settledSoon(one, 1_000_000).then(() => told.push('ab'[n]!)))
  for (const state of ['queued', 'submitted', 'queued'] as const) settlements.noted(state, a)
  await Promise.resolve()
  expect(told).toEqual([])
  known[a] = { state: 'queued', refused: { reason: 'ERC20InsufficientBalance' } }
  settlements.noted('queued', a)
  await both[0]
  expect(told).toEqual(['a'])
  settlements.noted('settled', b)
  await both[1]
  await settlements.settledSoon(a, 1_000_000)
  await settlements.settledSoon(id('nobody knows it'), 1_000_000)
  await settlements.stop()
})

test('what expired is looked for also while a transaction is followed for as long as it takes', async () => {
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  let seen!: () => void
  const followed = new Promise<number>((resolve) => {
    seen = () => resolve(0)
  })
  const [expire, settle] = [vi.fn(async () => {}), vi.fn(() => followed)]
  const settler = { expire, reconcile: async () => {}, settle } as unknown as SettlementsOptions['settler']
  const committer = { start: async () => {}, commit: async () => false } as unknown as SettlementsOptions['committer']
  const settlements = new Settlements({ journal: {} as SettlementsOptions['journal'], settler, committer, batchMs: 1, log: silentLog })
  await settlements.start()
  await vi.advanceTimersByTimeAsync(1_000)
  expect(settle).toHaveBeenCalledTimes(1)
  expire.mockClear()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(expire).toHaveBeenCalledTimes(2)
  expect(settle).toHaveBeenCalledTimes(1)
  seen()
  await settlements.stop()
})
