import type { Trust } from '@opengradient/protocol'
import { describe, expect, test } from 'vitest'
import { lightBlock, signer } from '../../../protocol/src/testkit/comet.testkit.ts'
import { renewed } from './renewal.ts'

const DAY = 86_400
const GENESIS = 1_790_000_000
const genesisHash = `0x${'01'.repeat(32)}` as const
const anchor = { height: 1, validatorsHash: `0x${'02'.repeat(32)}` as const, time: GENESIS, trustingPeriod: 14 * DAY }
const given: Trust = { chainId: 77, genesisHash, anchors: [{ height: 0, blockHash: genesisHash }, anchor] }
const signers = [signer('a', 10)]

/** The light block of so many seconds after genesis, one a second. */
const block = (seconds: number) =>
  lightBlock({ chainId: 'og-77', height: seconds, time: BigInt(GENESIS + seconds) * 1_000_000_000n, signers })

describe('a trust that a program keeps alive', () => {
  test('is the one that was given while that holds, whatever was accepted', () => {
    const trust = renewed(given)
    trust.accepted(block(5 * DAY), anchor)
    expect(trust.at(GENESIS + 14 * DAY - 1)).toBe(given)
    expect(trust.at(GENESIS + 14 * DAY).anchors).toEqual([
      ...given.anchors,
      { height: 5 * DAY, validatorsHash: block(1).header.validatorsHash, time: GENESIS + 5 * DAY, trustingPeriod: 14 * DAY },
    ])
  })

  test('ends one period after the last block that was accepted', () => {
    const trust = renewed(given)
    trust.accepted(block(5 * DAY), anchor)
    expect(trust.at(GENESIS + 19 * DAY).anchors).toEqual(given.anchors)
  })

  test('goes on for months, remembers little, and still reaches blocks of twelve days before', () => {
    const trust = renewed(given)
    for (let at = DAY / 4; at < 90 * DAY; at += DAY / 4) {
      const { anchors } = trust.at(GENESIS + at)
      expect(anchors.length).toBeLessThanOrEqual(given.anchors.length + 17)
      if (at >= 14 * DAY) {
        const heights = anchors.slice(given.anchors.length).map(({ height }) => height)
        expect(Math.min(...heights)).toBeLessThanOrEqual(at - 12 * DAY)
        expect(Math.max(...heights)).toBeGreaterThanOrEqual(at - 1.5 * DAY)
      }
      trust.accepted(block(at), anchor)
    }
  })

  test('is not renewed by a block that a hash pinned: nobody vouches for its validators', () => {
    const trust = renewed(given)
    trust.accepted(block(5 * DAY), { height: 5 * DAY, blockHash: genesisHash })
    expect(trust.at(GENESIS + 15 * DAY)).toBe(given)
  })
})
