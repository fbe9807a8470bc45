import { createBlockHeader } from '@ethereumjs/block'
import { expect, it } from 'vitest'
import type { BlockOverride } from '../chain.ts'
import { planBlocks } from './plan.ts'

const base = createBlockHeader({ number: 10, timestamp: 1_000 })
const plan = (...blocks: BlockOverride[]) =>
  planBlocks(
    base,
    blocks.map((block) => ({ block, overrides: new Map(), calls: [] })),
  ).map(({ number, time }) => [Number(number), Number(time)])

it('numbers and dates what names neither', () => {
  expect(plan({}, {})).toEqual([
    [11, 1_012],
    [12, 1_024],
  ])
})

it('fills gaps, and goes on from times that are named', () => {
  expect(plan({ time: 1_001n }, { number: 14n }, { number: 15n, time: 2_000n }, {})).toEqual([
    [11, 1_001],
    [12, 1_013],
    [13, 1_025],
    [14, 1_037],
    [15, 2_000],
    [16, 2_012],
  ])
})

it('refuses numbers and times that do not rise, gaps included', () => {
  expect(() => plan({ number: 10n })).toThrow('block numbers must be in order: 10 <= 10')
  expect(() => plan({ number: 12n }, { number: 12n })).toThrow('block numbers must be in order: 12 <= 12')
  expect(() => plan({ time: 1_000n })).toThrow('block timestamps must be in order: 1000 <= 1000')
  expect(() => plan({ number: 13n, time: 1_024n })).toThrow('block timestamps must be in order: 1024 <= 1024')
})

it('ends 256 blocks after the base, before it makes any of a longer gap', () => {
  expect(plan({ number: 266n })).toHaveLength(256)
  expect(() => plan({ number: 267n })).toThrow('too many blocks')
  expect(() => plan({ number: 2n ** 256n - 1n })).toThrow('too many blocks')
})
