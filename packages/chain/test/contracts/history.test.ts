import { ADDRESSES, historyAbi, SYSTEM_CALLER } from '@opengradient/contracts'
import { historyCountSlot, historyPeakSlot } from '@opengradient/contracts/slots'
import { appendLeaf, emptyRange, historyLeaf, historyPath, peakFromPath, placeOf } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { attempt, read, refusal, write } from './calls.ts'
import { createWorld } from './harness.ts'
import { hashOf } from './scenario.ts'

const history = { abi: historyAbi, to: ADDRESSES.history } as const
const appending = (height: number, from = SYSTEM_CALLER) =>
  ({ ...history, name: 'append', args: [hashOf(`block ${height}`)], from }) as const

test('storage follows the mountain range of the protocol block by block, and every block can be proven', async () => {
  const world = await createWorld()
  const leaves = Array.from({ length: 133 }, (_, height) => historyLeaf(height, hashOf(`block ${height}`)))
  let range = emptyRange()
  for (const [height, leaf] of leaves.entries()) {
    await write(world, appending(height))
    world.mine()
    range = appendLeaf(range, leaf)
    expect(await world.storage(ADDRESSES.history, historyCountSlot)).toBe(range.count)
    for (const [i, peak] of range.peaks.entries()) {
      if ((range.count >> BigInt(i)) & 1n) expect(await world.storage(ADDRESSES.history, historyPeakSlot(i))).toBe(BigInt(peak))
    }
  }
  expect(await read(world, { ...history, name: 'count', args: [] })).toBe(133n)
  for (const [height, leaf] of leaves.entries()) {
    const peak = await read(world, { ...history, name: 'peaks', args: [BigInt(placeOf(BigInt(height), range.count).peak)] })
    expect(peakFromPath(leaf, BigInt(height), range.count, historyPath(leaves, height))).toBe(peak)
  }
})

test('only the system appends', async () => {
  const world = await createWorld()
  for (const from of [ADDRESSES.timelock, ADDRESSES.history, '0x00000000000000000000000000000000000000ee'] as const) {
    expect(await refusal(world, appending(0, from))).toBe('OnlySystem()')
  }
})

test('a block is appended once, and none is left out', async () => {
  const world = await createWorld()
  await write(world, appending(0))
  expect((await attempt(world, appending(1))).ok).toBe(false)
  world.mine()
  world.mine()
  expect((await attempt(world, appending(2))).ok).toBe(false)
})
