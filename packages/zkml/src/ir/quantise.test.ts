import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { dequantise, quantise, treeKeys } from './quantise.ts'
import { requant, requantNumber, rsh } from './rounding.ts'

const input = (f: number) => ({ id: 0, dt: 'i16', f }) as const

/** `floor(x·2^f + 1/2)` from the bits of a float32, in BigInt. */
function exact(x: number, f: number): bigint {
  const bits = new Uint32Array(Float32Array.of(x).buffer)[0]!
  const exponent = (bits >>> 23) & 255
  const mantissa = BigInt(exponent === 0 ? bits & 0x7fffff : (bits & 0x7fffff) | 0x800000) * (bits >>> 31 === 1 ? -1n : 1n)
  const shift = Math.max(exponent, 1) - 150 + f // x·2^f = mantissa·2^shift
  return shift >= 0 ? mantissa << BigInt(shift) : (mantissa + (1n << BigInt(-shift - 1))) >> BigInt(-shift)
}

/** Any finite float32, many of them near ties and near zero. */
const float32 = fc.oneof(
  fc.float({ noNaN: true, noDefaultInfinity: true }),
  fc.tuple(fc.integer({ min: -70000, max: 70000 }), fc.integer({ min: 0, max: 60 })).map(([n, k]) => Math.fround((n / 2) * 2 ** -k)),
  fc.tuple(fc.integer({ min: -4, max: 4 }), fc.integer({ min: 1, max: 40 })).map(([n, k]) => Math.fround(n / 2 + 2 ** -k)),
)

describe('inputs', () => {
  it('become the exact rounding of every float32 at every scale', () => {
    fc.assert(
      fc.property(float32, fc.integer({ min: -40, max: 40 }), (x, f) => {
        const q = exact(x, f)
        if (q < -32768n || q > 32767n) refusal(() => quantise(Float32Array.of(x), input(f)), 'ZK_INPUT_OUT_OF_RANGE')
        else expect(quantise(Float32Array.of(x), input(f))[0]).toBe(Number(q))
      }),
      { numRuns: 3000 },
    )
  })

  it.each([NaN, Infinity, -Infinity])('refuse %s for both kinds of input', (x) => {
    refusal(() => quantise(Float32Array.of(0, x), input(0)), 'ZK_NON_FINITE_INPUT')
    refusal(() => quantise(Float32Array.of(0, x), { id: 0, dt: 'i32', f: 0 }), 'ZK_NON_FINITE_INPUT')
  })

  it('are never saturated', () => {
    expect(Array.from(quantise(Float32Array.of(127.99, -128), input(8)))).toEqual([32765, -32768])
    refusal(() => quantise(Float32Array.of(128), input(8)), 'ZK_INPUT_OUT_OF_RANGE')
    refusal(() => quantise(Float32Array.of(-128.01), input(8)), 'ZK_INPUT_OUT_OF_RANGE')
  })

  it('of trees keep the order of the floats, with one zero', () => {
    expect(Array.from(treeKeys(Float32Array.of(0, -0, 1, -1)))).toEqual([0, 0, 0x3f800000, -0x3f800001])
    fc.assert(
      fc.property(float32, float32, (a, b) => {
        const [x = 0, y = 0] = treeKeys(Float32Array.of(a, b))
        expect([x < y, x === y]).toEqual([a < b, a === b])
      }),
      { numRuns: 2000 },
    )
  })
})

describe('outputs', () => {
  it('are integers times 2^-f', () => {
    expect(Array.from(dequantise(BigInt64Array.of(-3n, 2n ** 60n), 1))).toEqual([-1.5, 2 ** 59])
    expect(Array.from(dequantise(Int16Array.of(5), -2))).toEqual([20])
  })
})

describe('rounding', () => {
  it.each([
    [3n, 1, 2n],
    [-3n, 1, -1n],
    [-5n, 2, -1n],
    [-6n, 2, -1n],
    [-7n, 2, -2n],
    [6n, 2, 2n],
    [-1n, 0, -1n],
    [2n ** 39n, 40, 1n],
    [-(2n ** 39n) - 1n, 40, -1n],
  ])('of %i by %i bits is %i', (value, s, expected) => {
    expect(rsh(value, s)).toBe(expected)
  })

  it('is the same in float64 as in BigInt below 2^52', () => {
    const limit = 2n ** 52n
    fc.assert(
      fc.property(
        fc.bigInt({ min: -limit, max: limit }),
        fc.nat(40),
        fc.integer({ min: -32768, max: 0 }),
        fc.nat(32767),
        (value, s, lo, hi) => {
          expect(requantNumber(Number(value), s, lo, hi) + 0).toBe(requant(value, s, lo, hi))
        },
      ),
      { numRuns: 3000 },
    )
  })
})
