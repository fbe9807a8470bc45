import { NobleBLS } from '@ethereumjs/evm'
import { concatBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Bls } from './bls.ts'

const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
const [ours, theirs] = [new Bls(), new NobleBLS()]
const word = (value: bigint, bytes = 64): Uint8Array => Buffer.from(value.toString(16).padStart(2 * bytes, '0'), 'hex')
const power = (base: bigint, exponent: bigint): bigint => {
  let [result, square] = [1n, base % P]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % P
    square = (square * square) % P
  }
  return result
}

/** Points from hashing to the curve, which are in the subgroup. */
const mappedG1 = fc.bigInt(0n, P - 1n).map((seed) => theirs.mapFPtoG1(word(seed)))
const mappedG2 = fc.tuple(fc.bigInt(0n, P - 1n), fc.bigInt(0n, P - 1n)).map(([a, b]) => theirs.mapFP2toG2(concatBytes(word(a), word(b))))
/** Any point of the curve over the base field; nearly none is in the subgroup. */
const anyG1 = fc.bigInt(1n, P - 100n).map((from) => {
  for (let x = from; ; x++) {
    const square = (x ** 3n + 4n) % P
    const y = power(square, (P + 1n) / 4n)
    if ((y * y) % P === square) return concatBytes(word(x), word(y))
  }
})

const byteOf = (size: number) => fc.nat(2 * size - 1).filter((at) => at % 64 >= 16)

const negated = (point: Uint8Array, size: number): Uint8Array => {
  const out = point.slice()
  for (let at = size; at < 2 * size; at += 64) {
    const y = BigInt(`0x${Buffer.from(point.subarray(at, at + 64)).toString('hex')}`)
    out.set(word(y === 0n ? 0n : P - y), at)
  }
  return out
}

const outcome = (work: () => Uint8Array): string => {
  try {
    return Buffer.from(work()).toString('hex')
  } catch {
    return 'refused'
  }
}

describe.each([
  { name: 'G1', size: 64, point: mappedG1, run: (bls: NobleBLS, input: Uint8Array) => bls.addG1(input) },
  { name: 'any points of the curve of G1', size: 64, point: anyG1, run: (bls: NobleBLS, input: Uint8Array) => bls.addG1(input) },
  { name: 'G2', size: 128, point: mappedG2, run: (bls: NobleBLS, input: Uint8Array) => bls.addG2(input) },
])('addition of $name', ({ size, point, run }) => {
  const same = (input: Uint8Array) => {
    const sum = outcome(() => run(ours, input))
    expect(sum).toBe(outcome(() => run(theirs, input)))
    return sum
  }

  it('is that of noble: of two points, of one with itself, its negative and infinity', () => {
    const nothing = new Uint8Array(2 * size)
    expect(same(concatBytes(nothing, nothing))).toMatch(/^0+$/)
    fc.assert(
      fc.property(point, point, (p, q) => {
        expect(same(concatBytes(p, q))).not.toBe('refused')
        expect(same(concatBytes(p, p))).not.toMatch(/^0+$/)
        expect(same(concatBytes(p, negated(p, size)))).toMatch(/^0+$/)
        expect(same(concatBytes(nothing, q))).toBe(Buffer.from(q).toString('hex'))
        expect(same(concatBytes(p, nothing))).toBe(Buffer.from(p).toString('hex'))
      }),
      { numRuns: 15 },
    )
  })

  it('is refused as by noble: off the curve, and coordinates beyond the field', () => {
    fc.assert(
      // The first 16 bytes of each coordinate are zero: that was looked at before.
      fc.property(point, byteOf(size), fc.integer({ min: 1, max: 255 }), fc.boolean(), (p, at, change, second) => {
        const spoilt = p.slice()
        spoilt[at]! ^= change
        expect(same(second ? concatBytes(p, spoilt) : concatBytes(spoilt, p))).toBe('refused')
        const beyond = p.slice()
        beyond.set(word(BigInt(`0x${Buffer.from(p.subarray(0, 64)).toString('hex')}`) + P))
        expect(same(concatBytes(beyond, p))).toBe('refused')
      }),
      { numRuns: 20 },
    )
  })
})
