import { bytesToHex } from '@noble/hashes/utils.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { add, equal, inverse, type K, mul, ONE, omega, P, power, sub } from '../../reference/field.ts'
import { eqlt, onelt } from '../../reference/mle.ts'
import { parameters, queryCount } from '../../reference/params.ts'
import { Transcript } from '../../reference/transcript.ts'

const element = fc.bigInt({ min: 0n, max: P - 1n })
const k = fc.tuple(element, element) as fc.Arbitrary<K>

describe('the reference primitives', () => {
  it('give the transcript vector of SPEC 1.6', () => {
    const transcript = new Transcript()
    expect(bytesToHex(transcript.state)).toBe('25fd3c579f49b1ff61814e53366163e6d0bd07fa1a99783b76ac00dc863934a6')
    transcript.absorb('test', new Uint8Array([0, 1, 2, 3]))
    expect(bytesToHex(transcript.state)).toBe('89a4ed9a0a4e3cc674946e44895b17d2f9a088983b1ab6fda2e724f52ab87034')
    expect(transcript.challenge('alpha')).toEqual([966834083642930553n, 14398277573293406327n])
    expect(bytesToHex(transcript.state)).toBe('68bc82034f2fa282ffeead5be2cf89c874b22731f7895642703ab7ffbd18d6a0')
  })
  it('give the roots of unity of SPEC 1.2', () => {
    expect(omega(32)).toBe(1753635133440165772n)
    for (const l of [1, 8, 20]) {
      expect(power(omega(l), 1n << BigInt(l))).toBe(1n)
      expect(power(omega(l), 1n << BigInt(l - 1))).toBe(P - 1n)
    }
    expect(power(7n, (P - 1n) / 2n)).toBe(P - 1n)
  })
  it('give the query counts of SPEC 6.2', () => {
    const table = [
      [6, 8, 96],
      [7, 9, 112],
      [8, 10, 121],
      [10, 13, 107],
      [11, 15, 98],
      [12, 16, 98],
      [13, 17, 98],
    ] as const
    for (const [c, l, queries] of table) expect(queryCount(2 ** c, 2 ** l)).toBe(queries)
  })
  it.each([
    [4, 8],
    [15, 20],
    [5, 6],
    [5, 21],
    [5.5, 8],
  ])('refuse c = %s, l = %s', (c, l) => {
    expect(() => parameters(c, l, [1])).toThrow('BAD_PARAMS')
  })
  it('invert every element but 0', () => {
    fc.assert(fc.property(k, (x) => equal(x, [0n, 0n]) || equal(mul(x, inverse(x)), ONE)))
  })
  it('agree with the scans of SPEC 1.4 over truncated cubes', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 0, max: 5 })
          .chain((b) =>
            fc.tuple(
              fc.array(k, { minLength: b, maxLength: b }),
              fc.array(k, { minLength: b, maxLength: b }),
              fc.integer({ min: 1, max: 2 ** b }),
            ),
          ),
        ([r, s, n]) => {
          const [E, L] = scan(
            r.map((x, t) => [mul(sub(ONE, x), sub(ONE, s[t]!)), mul(x, s[t]!)] as const),
            n,
          )
          const [E1, L1] = scan(
            r.map((x) => [sub(ONE, x), x] as const),
            n,
          )
          return equal(n === 2 ** r.length ? E : L, eqlt(r, s, n)) && equal(n === 2 ** r.length ? E1 : L1, onelt(r, n))
        },
      ),
    )
  })
})

/** The scan of SPEC 1.4 from the least significant bit. */
function scan(pairs: readonly (readonly [K, K])[], n: number): [K, K] {
  let E: K = ONE
  let L: K = [0n, 0n]
  pairs.toReversed().forEach(([z, o], t) => {
    L = (n >> t) & 1 ? add(mul(z, E), mul(o, L)) : mul(z, L)
    E = mul(E, add(z, o))
  })
  return [E, L]
}
