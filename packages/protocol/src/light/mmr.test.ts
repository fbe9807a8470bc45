import fc from 'fast-check'
import { concat, keccak256, numberToHex } from 'viem'
import { describe, expect, it } from 'vitest'
import type { Hex } from '../bytes/hex.ts'
import { hash32 } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { appendLeaf, emptyRange, historyLeaf, historyPath, type MountainRange, peakFromPath, placeOf } from './mmr.ts'

const leavesOf = (count: number): Hex[] => Array.from({ length: count }, (_, height) => historyLeaf(height, hashOf(`block ${height}`)))
const rangeOf = (leaves: readonly Hex[]): MountainRange => leaves.reduce(appendLeaf, emptyRange())

/** Root of a perfect tree, straight from the definition. */
function perfectRoot(leaves: readonly Hex[]): Hex {
  if (leaves.length === 1) return leaves[0]!
  const half = leaves.length / 2
  return keccak256(concat(['0x01', perfectRoot(leaves.slice(0, half)), perfectRoot(leaves.slice(half))]))
}

describe('leaves', () => {
  it('bind height and hash', () => {
    expect(historyLeaf(7, hashOf('b'))).toBe(keccak256(concat(['0x00', numberToHex(7, { size: 8 }), hashOf('b')])))
    expect(historyLeaf(7n, hashOf('b'))).toBe(historyLeaf(7, hashOf('b')))
    expect(historyLeaf(8, hashOf('b'))).not.toBe(historyLeaf(7, hashOf('b')))
    refusal(() => historyLeaf(-1, hashOf('b')), 'NUMBER_MALFORMED')
    refusal(() => historyLeaf(1, '0xab'), 'HEX_MALFORMED')
  })
})

describe('a mountain range', () => {
  it('has a peak over 2^i leaves for every bit i of its count, the largest over the oldest', () => {
    for (let count = 0; count <= 40; count++) {
      const leaves = leavesOf(count)
      const { count: counted, peaks } = rangeOf(leaves)
      expect(counted).toBe(BigInt(count))
      let start = 0
      for (let bit = 5; bit >= 0; bit--) {
        if (((count >> bit) & 1) === 0) continue
        expect(peaks[bit]).toBe(perfectRoot(leaves.slice(start, start + 2 ** bit)))
        start += 2 ** bit
      }
      expect(start).toBe(count)
    }
  })

  it('is not changed by appending to it', () => {
    const range = rangeOf(leavesOf(3))
    const before = structuredClone(range)
    appendLeaf(range, hashOf('leaf'))
    expect(range).toEqual(before)
  })

  it('proves each of its leaves', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 70 }), fc.nat(), (count, pick) => {
        const leaves = leavesOf(count)
        const index = pick % count
        const { peaks } = rangeOf(leaves)
        const { peak } = placeOf(BigInt(index), BigInt(count))
        const path = historyPath(leaves, index)
        expect(path).toHaveLength(peak)
        expect(peakFromPath(leaves[index]!, BigInt(index), BigInt(count), path)).toBe(peaks[peak])
      }),
      { numRuns: 200 },
    )
  })

  it('does not prove another leaf, another place, or with another path', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), fc.nat(), hash32, (count, pick, pickStep, other) => {
        const leaves = leavesOf(count)
        const index = pick % count
        const n = BigInt(count)
        const path = historyPath(leaves, index)
        const peakOf = (at: number): Hex => rangeOf(leaves).peaks[placeOf(BigInt(at), n).peak]!
        expect(peakFromPath(other, BigInt(index), n, path)).not.toBe(peakOf(index))
        if (path.length === 0) return
        expect(peakFromPath(leaves[index]!, BigInt(index), n, path.with(pickStep % path.length, other))).not.toBe(peakOf(index))
        const neighbour = index ^ 1
        expect(peakFromPath(leaves[index]!, BigInt(neighbour), n, path)).not.toBe(peakOf(neighbour))
      }),
    )
  })
})

describe('placeOf', () => {
  it.each([
    [0n, 1n, 0, 0n],
    [0n, 7n, 2, 0n],
    [3n, 7n, 2, 3n],
    [4n, 7n, 1, 0n],
    [5n, 7n, 1, 1n],
    [6n, 7n, 0, 0n],
    [2n ** 62n, 2n ** 62n + 1n, 0, 0n],
    [2n ** 62n - 1n, 2n ** 62n + 1n, 62, 2n ** 62n - 1n],
  ])('leaf %i of %i', (index, count, peak, offset) => {
    expect(placeOf(index, count)).toEqual({ peak, offset })
  })

  it.each([
    [0n, 0n],
    [5n, 5n],
    [6n, 5n],
    [-1n, 5n],
  ])('refuses leaf %i of %i', (index, count) => {
    refusal(() => placeOf(index, count), 'HISTORY_PROOF_INVALID')
  })
})

describe('a path of another length', () => {
  it('is refused, so that an inner node cannot pass as a leaf', () => {
    const leaves = leavesOf(4)
    const path = historyPath(leaves, 0)
    const inner = keccak256(concat(['0x01', leaves[0]!, leaves[1]!]))
    refusal(() => peakFromPath(inner, 0n, 4n, path.slice(1)), 'HISTORY_PROOF_INVALID')
    refusal(() => peakFromPath(leaves[0]!, 0n, 4n, [...path, hashOf('x')]), 'HISTORY_PROOF_INVALID')
  })

  it('of hashes that are none is refused', () => {
    refusal(() => peakFromPath(hashOf('leaf'), 0n, 2n, ['0xab']), 'HEX_MALFORMED')
  })
})
