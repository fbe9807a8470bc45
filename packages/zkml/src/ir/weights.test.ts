import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { sampleIr, sampleWeights, t } from './testkit/samples.testkit.ts'
import type { Weights } from './types.ts'
import { decodeWeights, encodeWeights, weightsDigest } from './weights.ts'

const metas = sampleIr().weights
const blob = () => encodeWeights(metas, sampleWeights())

describe('the weights blob', () => {
  it('is u32 id, u64 length and little-endian integers for each weight', () => {
    const bytes = encodeWeights([t(0, [2]), t(1, [1], 'i64')], [Int16Array.of(1, -2), BigInt64Array.of(-1n)])
    expect(Buffer.from(bytes).toString('hex')).toBe(
      '000000000400000000000000' + '0100feff' + '010000000800000000000000' + 'ffffffffffffffff',
    )
  })

  it('is read back, also from inside a larger buffer', () => {
    const inside = new Uint8Array([7, ...blob()]).subarray(1)
    expect(decodeWeights(metas, inside)).toEqual(sampleWeights())
  })

  it('has another digest after any change', () => {
    const other = blob()
    other[20]! ^= 1
    expect(weightsDigest(other)).not.toEqual(weightsDigest(blob()))
  })

  it.each<[string, RegExp, Uint8Array]>([
    ['a byte too few', /the blob has/, blob().subarray(1)],
    ['a byte too many', /the blob has/, new Uint8Array([...blob(), 0])],
    ['another id', /byte 0 begins weight 1, not 0/, blob().fill(1, 0, 1)],
    ['another length', /weight 0 has another length/, blob().fill(1, 4, 5)],
    ['a length of 2^56', /weight 0 has another length/, blob().fill(1, 11, 12)],
  ])('with %s is refused', (_what, place, bytes) => {
    expect(refusal(() => decodeWeights(metas, bytes), 'ZK_BAD_WEIGHTS').message).toMatch(place)
  })

  it.each<[string, RegExp, Weights]>([
    ['of another number', /the list has 6 entries/, sampleWeights().slice(1)],
    ['of another type', /weight 0 is i32; i16 is declared/, sampleWeights().with(0, new Int32Array(18))],
    ['of another length', /weight 0 has 17 values/, sampleWeights().with(0, new Int16Array(17))],
  ])('is not written for weights %s', (_what, place, weights) => {
    expect(refusal(() => encodeWeights(metas, weights), 'ZK_BAD_WEIGHTS').message).toMatch(place)
  })
})
