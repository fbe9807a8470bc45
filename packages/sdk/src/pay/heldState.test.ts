import type { HeldRecord } from '@opengradient/contracts/slots'
import { expect, test } from 'vitest'
import { stateOf } from './heldState.ts'

const settled = `0x${'ab'.repeat(32)}` as const
const record: HeldRecord = { heldAt: 100n, challengedAt: 0n, deposit: 0n, feeBps: 0, status: 'held', bound: true }
const at = (height: number, change: Partial<HeldRecord> = {}) => stateOf({ held: { ...record, ...change }, settled, height })

test('a payment can be challenged in the 3,600 blocks after its settlement, the next block being one of them', () => {
  expect(at(100)).toEqual({ state: 'held', until: 3_700 })
  expect(at(3_699)).toEqual({ state: 'held', until: 3_700 })
  expect(at(3_700)).toEqual({ state: 'unchallenged', until: 3_700 })
})

test('an answer can be proved in the 21,600 blocks after its challenge, and is collected after them', () => {
  const challenged = { status: 'challenged', challengedAt: 200n } as const
  expect(at(21_799, challenged)).toEqual({ state: 'challenged', until: 21_800 })
  expect(at(21_800, challenged)).toEqual({ state: 'unproved', until: 21_800 })
})

test('what is over stays so, and what never waited is unsettled, or was settled for another level', () => {
  expect([at(1, { status: 'released' }), at(1, { status: 'failed' })]).toEqual([{ state: 'released' }, { state: 'failed' }])
  expect(stateOf({ held: undefined, settled: undefined, height: 5 })).toEqual({ state: 'unsettled' })
  expect(stateOf({ held: undefined, settled, height: 5 })).toEqual({ state: 'released' })
})
