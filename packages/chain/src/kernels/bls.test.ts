import { bls12_381 } from '@noble/curves/bls12-381.js'
import { concatBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  apart,
  bigints,
  firstPoint,
  inOneLimb,
  noble,
  number,
  outcome,
  rootOf,
  same,
  scalarsOf,
  spoilt,
  zeros,
} from './precompiles.testkit.ts'

const [G1ADD, G1MSM, G2ADD, G2MSM, PAIRING, MAP_G1, MAP_G2] = [0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11]
const P = bls12_381.fields.Fp.ORDER
const ORDER = bls12_381.fields.Fr.ORDER
const { Fp2 } = bls12_381.fields
const Z = 0xd201000000010000n

const coordinate = (value: bigint): Uint8Array => number(value, 64)
const element = fc.oneof(
  { weight: 5, arbitrary: fc.bigInt(0n, P - 1n) },
  { weight: 1, arbitrary: fc.constantFrom(0n, 1n, 2n, P - 1n, P - 2n, (P - 1n) / 2n, (P + 1n) / 2n) },
)
const scalars = scalarsOf(ORDER, Z, Z ** 2n, Z ** 3n, 2n ** 64n, 2n ** 128n)
const mapped1 = element.map((u) => noble.bls.mapFPtoG1(coordinate(u)))
const mapped2 = fc.tuple(element, element).map(([a, b]) => noble.bls.mapFP2toG2(concatBytes(coordinate(a), coordinate(b))))

interface Group<T> {
  add(other: T): T
  double(): T
  subtract(other: T): T
}
function times<T extends Group<T>>(point: T, scalar: bigint): T {
  let [result, power] = [point.subtract(point), point]
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = result.add(power)
    power = power.double()
  }
  return result
}

type Point1 = typeof bls12_381.G1.Point.BASE
type Point2 = typeof bls12_381.G2.Point.BASE
const encoded1 = (point: Point1): Uint8Array => (point.is0() ? zeros(128) : concatBytes(coordinate(point.x), coordinate(point.y)))
const encoded2 = (point: Point2): Uint8Array =>
  point.is0() ? zeros(256) : concatBytes(...[point.x.c0, point.x.c1, point.y.c0, point.y.c1].map(coordinate))

/** Points of the curves from x on; nearly none is in the subgroup. */
function onCurve1(from: bigint): Point1 {
  for (let i = 0n; ; i++) {
    const x = (from + i) % P
    const y = rootOf((x ** 3n + 4n) % P, P)
    if (y !== undefined) return bls12_381.G1.Point.fromAffine({ x, y })
  }
}
function onCurve2(from: bigint): Point2 {
  for (let i = 0n; ; i++) {
    const x = Fp2.create({ c0: (from + i) % P, c1: (from * 7n + 3n) % P })
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.create({ c0: 4n, c1: 4n })))
      return bls12_381.G2.Point.fromAffine({ x, y })
    } catch {
      // Not a square.
    }
  }
}
const H1 = (Z + 1n) ** 2n / 3n
const H2 =
  0x5d543a95414e7f1091d50792876a202cd91de4547085abaa68a205b2e5a7ddfa628f1cb4d9e82ef21537e293a6691ae1616ec6e786f0c70cf1c38e31c7238e5n
/** Points of the curves whose order is small, or has other factors than that of the subgroup. Of a square factor one root is enough. */
const strangers1 = fc
  .tuple(fc.bigInt(1n, P - 1n), fc.constantFrom(1n, ORDER, (ORDER * H1) / 3n, (ORDER * (Z + 1n)) / 11n, (Z + 1n) / 11n, (Z + 1n) / 10177n))
  .map(([from, multiple]) => times(onCurve1(from), multiple))
  .filter((point) => !point.isTorsionFree())
  .map(encoded1)
const strangers2 = fc
  .tuple(fc.bigInt(1n, P - 1n), fc.constantFrom(1n, ORDER, (ORDER * H2) / 169n, (ORDER * H2) / 529n, H2 / 169n, H2 / 2713n))
  .map(([from, multiple]) => times(onCurve2(from), multiple))
  .filter((point) => !point.isTorsionFree())
  .map(encoded2)

const negated = (point: Uint8Array): Uint8Array => {
  const out = point.slice()
  for (let at = point.length / 2; at < point.length; at += 64) {
    const [y] = bigints(point.subarray(at, at + 64), 64) as [bigint]
    out.set(coordinate((P - y) % P), at)
  }
  return out
}
/** The same point with a coordinate that is p too large. */
const beyond = (point: Uint8Array, at: number): Uint8Array => {
  const out = point.slice()
  out.set(coordinate(bigints(point, 64)[at]! + P), 64 * at)
  return out
}

type Element2 = ReturnType<typeof Fp2.create>
function squareRoot(a: Element2): Element2 | undefined {
  try {
    return Fp2.sqrt(a)
  } catch {
    return undefined
  }
}
/** A point of G2's curve at x, if there is one. */
function at2(c0: bigint, c1: bigint): Uint8Array[] {
  const x = Fp2.create({ c0, c1 })
  const y = squareRoot(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.create({ c0: 4n, c1: 4n })))
  return y ? [encoded2(bls12_381.G2.Point.fromAffine({ x, y }))] : []
}
/** A point of G2's curve of which one part of x is zero. */
const onAxis = (): Uint8Array => Array.from({ length: 20 }, (_, i) => at2(BigInt(i + 1), 0n)).flat()[0]!
const AXIS1 = concatBytes(coordinate(0n), coordinate(2n))
const AXIS2 = onAxis()

const [G1, G2] = [encoded1(bls12_381.G1.Point.BASE), encoded2(bls12_381.G2.Point.BASE)]
const NOT_A_POINT = 'point not on curve for 60000000 gas'
const NOT_IN_FIELD = 'fp point not in field for 60000000 gas'

describe.each([
  {
    group: 'G1',
    add: G1ADD,
    msm: G1MSM,
    size: 128,
    point: mapped1,
    stranger: strangers1,
    base: G1,
    axis: AXIS1,
    beyondField: 'revert for 60000000 gas',
    runs: 20,
  },
  {
    group: 'G2',
    add: G2ADD,
    msm: G2MSM,
    size: 256,
    point: mapped2,
    stranger: strangers2,
    base: G2,
    axis: AXIS2,
    beyondField: NOT_IN_FIELD,
    runs: 8,
  },
])('on $group of BLS12-381', ({ add, msm, size, point, stranger, base, axis, beyondField, runs }) => {
  const O = zeros(size)

  it('additions are those of EthereumJS: of points with each other, themselves, their negatives and infinity', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(point, stranger), fc.oneof(point, stranger), async (p, q) => {
        for (const other of [q, p, negated(p), O]) for (const data of [concatBytes(p, other), concatBytes(other, p)]) await same(add, data)
      }),
      { numRuns: runs },
    )
  })

  it('a coordinate of zero is written as zero, whatever the sum it comes from', async () => {
    const theirs = size === 128 ? noble.bls.addG1.bind(noble.bls) : noble.bls.addG2.bind(noble.bls)
    for (let [p, i] = [base, 0]; i < 40; p = theirs(concatBytes(p, base)), i++) {
      const rest = theirs(concatBytes(axis, negated(p)))
      expect(await outcome(add, concatBytes(p, rest))).toContain(`${Buffer.from(axis).toString('hex')} for`)
    }
  })

  it('sums of multiples are those of EthereumJS, for any points of the subgroup and any scalars', async () => {
    const terms = fc.array(fc.tuple(fc.oneof({ weight: 6, arbitrary: point }, { weight: 1, arbitrary: fc.constant(O) }), scalars), {
      minLength: 1,
      maxLength: 3,
    })
    await fc.assert(
      fc.asyncProperty(terms, async (of) => void (await same(msm, concatBytes(...of.flat())))),
      { numRuns: 2 * runs },
    )
  })

  it('of one term after the other, whether they cancel each other or repeat', async () => {
    await fc.assert(
      fc.asyncProperty(point, scalars, async (p, k) => {
        await same(msm, concatBytes(p, k, negated(p), k))
        await same(msm, concatBytes(p, k, p, k))
      }),
      { numRuns: runs },
    )
  })

  it('of as many terms as are added up at once, and more', async () => {
    const one = number(1n, 32)
    for (const count of [16, 17, 32, 33]) {
      const data = concatBytes(...Array.from({ length: count }, (_, i) => concatBytes(i & 1 ? negated(base) : base, one)))
      expect(await same(msm, data)).toContain(Buffer.from(count & 1 ? base : O).toString('hex'))
    }
  })

  it('points outside of the subgroup, of every order, are added and not multiplied', async () => {
    await fc.assert(
      fc.asyncProperty(stranger, point, scalars, async (p, q, k) => {
        expect(await same(msm, concatBytes(p, k))).toBe(NOT_A_POINT)
        expect(await same(msm, concatBytes(q, k, p, k))).toBe(NOT_A_POINT)
        expect(await same(msm, concatBytes(p, zeros(32)))).toBe(NOT_A_POINT)
      }),
      { numRuns: runs },
    )
  })

  it('what is no point, not in the field, too short or too long is refused alike', async () => {
    const spoiltSum = fc.tuple(point, point).chain(([p, q]) => spoilt(concatBytes(p, q)))
    const spoiltMultiple = fc.tuple(point, scalars).chain(([p, k]) => spoilt(concatBytes(p, k)))
    await fc.assert(
      fc.asyncProperty(spoiltSum, spoiltMultiple, async (sum, multiple) => {
        await same(add, sum)
        await same(msm, multiple)
      }),
      { numRuns: 3 * runs },
    )
    for (let at = 0; at < size / 64; at++) {
      expect(await same(add, concatBytes(beyond(base, at), base))).toBe(beyondField)
      expect(await same(add, concatBytes(O, beyond(base, at)))).toBe(beyondField)
      expect(await same(msm, concatBytes(beyond(O, at), zeros(32)))).toBe(beyondField)
    }
    for (const data of [zeros(0), zeros(2 * size), new Uint8Array(2 * size).fill(255)]) await same(add, data)
    for (const data of [zeros(0), zeros(size + 32), base]) await same(msm, data)
  })

  it('a y of zero is refused by name: no point has it, and EthereumJS says nothing but that it fails', async () => {
    for (const x of [base.subarray(0, size / 2), O.subarray(size / 2).with(63, 1)]) {
      const none = concatBytes(x, zeros(size / 2))
      for (const data of [concatBytes(none, base), concatBytes(base, none), concatBytes(O, none)])
        expect(await outcome(add, data)).toBe(NOT_A_POINT)
      for (const k of [0n, 1n]) expect(await outcome(msm, concatBytes(none, number(k, 32)))).toBe(NOT_A_POINT)
    }
  })
})

describe('maps to BLS12-381', () => {
  it('are those of EthereumJS, for any element', async () => {
    await fc.assert(
      fc.asyncProperty(element, async (u) => void (await same(MAP_G1, coordinate(u)))),
      { numRuns: 40 },
    )
    await fc.assert(
      fc.asyncProperty(element, element, async (a, b) => void (await same(MAP_G2, concatBytes(coordinate(a), coordinate(b))))),
      { numRuns: 40 },
    )
  })

  it('at the edges: zero, one part only, and where the formula divides by zero', async () => {
    const edges = [0n, 1n, P - 1n, 2n, rootOf(P - powerInverse(11n), P)].filter((value) => value !== undefined)
    for (const a of edges) {
      await same(MAP_G1, coordinate(a))
      for (const b of edges) await same(MAP_G2, concatBytes(coordinate(a), coordinate(b)))
    }
    // u² = -1/Z with Z = -(2 + i), if it is a square.
    const square = Fp2.neg(Fp2.inv(Fp2.neg(Fp2.create({ c0: 2n, c1: 1n }))))
    for (const at of [square, Fp2.neg(square)]) {
      try {
        const { c0, c1 } = Fp2.sqrt(at)
        await same(MAP_G2, concatBytes(coordinate(c0), coordinate(c1)))
      } catch (error) {
        expect((error as Error).message).toContain('square root')
      }
    }
  })

  it('to G2 where the square root is one of a number without an imaginary part', async () => {
    // The curve that RFC 9380 maps to first (8.8.2): y² = x³ + A·x + B, with Z.
    const [A, B, Z2] = [Fp2.create({ c0: 0n, c1: 240n }), Fp2.create({ c0: 1012n, c1: 1012n }), Fp2.create({ c0: P - 2n, c1: P - 1n })]
    let found = 0
    for (let x1 = 1n; found < 8; x1++) {
      // The imaginary part of x³ + A·x + B is 3·x0²·x1 - x1³ + 240·x0 + 1012.
      const root = rootOf((((240n ** 2n - 12n * x1 * (1012n - x1 ** 3n)) % P) + P) % P, P)
      if (root === undefined) continue
      const x = Fp2.create({ c0: ((root + P - 240n) * powerInverse(6n * x1)) % P, c1: x1 })
      expect(Fp2.add(Fp2.add(Fp2.mul(Fp2.sqr(x), x), Fp2.mul(A, x)), B).c1).toBe(0n)
      // x = -B/A·(1 + 1/(w² + w)) for w = Z·u².
      const k = Fp2.inv(Fp2.sub(Fp2.neg(Fp2.div(Fp2.mul(x, A), B)), Fp2.ONE))
      const square = squareRoot(Fp2.add(Fp2.ONE, Fp2.mul(k, 4n)))
      const u = square && squareRoot(Fp2.div(Fp2.div(Fp2.sub(square, Fp2.ONE), 2n), Z2))
      if (u === undefined) continue
      await same(MAP_G2, concatBytes(coordinate(u.c0), coordinate(u.c1)))
      found++
    }
  })

  it('refuse what is not in the field, too short or too long, as EthereumJS does', async () => {
    expect(await same(MAP_G1, coordinate(P))).toBe(NOT_IN_FIELD)
    expect(await same(MAP_G2, concatBytes(coordinate(P), coordinate(1n)))).toBe(NOT_IN_FIELD)
    expect(await same(MAP_G2, concatBytes(coordinate(1n), coordinate(P)))).toBe(NOT_IN_FIELD)
    await fc.assert(
      fc.asyncProperty(
        element.chain((u) => spoilt(coordinate(u))),
        fc.tuple(element, element).chain(([a, b]) => spoilt(concatBytes(coordinate(a), coordinate(b)))),
        async (one, two) => {
          await same(MAP_G1, one)
          await same(MAP_G2, two)
        },
      ),
      { numRuns: 40 },
    )
    await same(MAP_G1, zeros(0))
    await same(MAP_G2, zeros(64))
  })
})

it('numbers that the kernels have with one other limb are other numbers', async () => {
  const point = ([x, y]: readonly [bigint, bigint]) => concatBytes(coordinate(x), coordinate(y))
  const cube = (x: bigint) => x ** 3n + 4n
  const one = point(firstPoint(P, (k) => 4n * k, cube))
  const [x] = bigints(one, 64) as [bigint]
  for (const more of inOneLimb(P, 14, 28)) {
    const near = point(firstPoint(P, (k) => x + more(k), cube))
    for (const data of [concatBytes(one, near), concatBytes(near, one)]) await same(G1ADD, data)
    const [, y] = firstPoint(P, more, (k) => cube(5n) + k)
    expect(await same(G1ADD, concatBytes(point([5n, y]), zeros(128)))).toBe(NOT_A_POINT)
  }
})

/** Numbers, as the kernels have them, whose division is nearly as far from the middle as any: what is done against that is needed. */
const FAR = [
  0x1016ea13499d0efdedc86709efe38fb836dff40676062cfb1c8674f9a3bebc2d67819bea64fd447ef8971a4075471b23n,
  0x14512b225495f0024c8f88f3c7dd4e66cb5661a25ca9821dd8af4de55251ec9d99af13ae970e654467fa75af87ded39bn,
  0x76c74adb09a60a6c7ce8fc3bead1da4f94178659c910a4f017f3d06865a3c8b36d7f19a9ea92e623dd39b66b95ca57en,
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9fefff83fffaaabn,
  0x115da2e6000000000000000000000000000000000n,
  0x05489608df0530000000n,
  0x0183e4f725000000000000000000n,
  0x086e0b5af121b5487bef741b7aadn,
  0x1380cd6fab1fecf3b854bdc8b278c1a18b5978a3b6a3ce0f8d649df8b904b89b1700ffff04feffffcb7f3fffffffc00n,
]

it('divisions by what takes them far from the middle are right', async () => {
  for (const value of FAR) {
    const [p, q] = apart(P, 2n ** 392n, value, (x) => x ** 3n + 4n).map(([x, y]) => concatBytes(coordinate(x), coordinate(y)))
    for (const data of [concatBytes(p!, q!), concatBytes(q!, p!)]) await same(G1ADD, data)
  }
})

it('points of G2 whose coordinates differ in one part only are two points', async () => {
  const others = Array.from({ length: 12 }, (_, i) => BigInt(i))
  for (const points of [others.flatMap((c1) => at2(5n, c1)), others.flatMap((c0) => at2(c0, 5n))]) {
    expect(points.length).toBeGreaterThan(1)
    for (const [i, p] of points.slice(0, 4).entries()) for (const q of points.slice(0, i)) await same(G2ADD, concatBytes(p, q))
  }
})

it('no point of G2 has an equation that holds in one part only', async () => {
  const { c0, c1 } = Fp2.add(
    Fp2.mul(Fp2.sqr(Fp2.create({ c0: 5n, c1: 7n })), Fp2.create({ c0: 5n, c1: 7n })),
    Fp2.create({ c0: 4n, c1: 4n }),
  )
  const half = (P + 1n) / 2n
  // y² = (y0 + y1)(y0 - y1) + 2·y0·y1·i
  const real = [((c0 + 1n) * half) % P, ((c0 - 1n + P) * half) % P]
  const imaginary = [1n, (c1 * half) % P]
  for (const y of [real, imaginary]) {
    const point = concatBytes(...[5n, 7n, ...y].map(coordinate))
    expect(await same(G2ADD, concatBytes(point, zeros(256)))).toBe(NOT_A_POINT)
    expect(await same(G2ADD, concatBytes(G2, point))).toBe(NOT_A_POINT)
    expect(await same(G2MSM, concatBytes(point, number(1n, 32)))).toBe(NOT_A_POINT)
    expect(await same(PAIRING, concatBytes(G1, point))).toBe(NOT_A_POINT)
    expect(await same(PAIRING, concatBytes(zeros(128), point))).toBe(NOT_A_POINT)
  }
})

it('a call says nothing to the next one by what it leaves behind', async () => {
  const one = number(1n, 32)
  const [none1, none2] = [zeros(128), zeros(256)]
  for (let round = 0; round < 2; round++) {
    expect(await same(PAIRING, concatBytes(G1, G2))).toContain('0 for')
    expect(await same(PAIRING, concatBytes(none1, G2))).toContain('1 for')
    await same(G2MSM, concatBytes(G2, one))
    expect(await same(G2ADD, concatBytes(G2, none2))).toContain(Buffer.from(G2).toString('hex'))
    await same(G1MSM, concatBytes(G1, number(2n ** 255n - 1n, 32), G1, one))
    expect(await same(G1ADD, concatBytes(none1, G1))).toContain(Buffer.from(G1).toString('hex'))
    await same(MAP_G2, new Uint8Array(128).fill(1, 100))
    await same(G1MSM, concatBytes(G1, one))
    await same(MAP_G1, coordinate(1n))
    expect(await same(G2ADD, concatBytes(none2, none2))).toContain('0'.repeat(512))
  }
})

describe('pairings on BLS12-381 are those of EthereumJS', () => {
  const times1 = (p: Uint8Array, k: bigint): Uint8Array => noble.bls.msmG1(concatBytes(p, number(k, 32)))
  const times2 = (q: Uint8Array, k: bigint): Uint8Array => noble.bls.msmG2(concatBytes(q, number(k, 32)))

  it('of products that are one, and that are not', async () => {
    await fc.assert(
      fc.asyncProperty(mapped1, mapped1, mapped2, mapped2, fc.bigInt(1n, ORDER - 1n), async (p, q, r, s, k) => {
        expect(await same(PAIRING, concatBytes(p, r, negated(p), r))).toContain('1 for')
        expect(await same(PAIRING, concatBytes(times1(p, k), r, negated(p), times2(r, k)))).toContain('1 for')
        await same(PAIRING, concatBytes(p, r, q, s))
        await same(PAIRING, concatBytes(p, s))
      }),
      { numRuns: 4 },
    )
    expect(await same(PAIRING, concatBytes(G1, G2))).toContain('0 for')
  })

  it('of as many pairs as wait for each other, and more', async () => {
    const several = (count: number) => concatBytes(...Array.from({ length: count }, (_, i) => concatBytes(i & 1 ? negated(G1) : G1, G2)))
    for (const count of [16, 17]) expect(await same(PAIRING, several(count))).toContain(`${count & 1 ? 0 : 1} for`)
    // What the first have made counts to the end.
    const alike = concatBytes(...Array(16).fill(concatBytes(G1, G2)))
    expect(await same(PAIRING, alike)).toContain('0 for')
    expect(await same(PAIRING, concatBytes(alike, negated(times1(G1, 16n)), G2))).toContain('1 for')
    expect(await same(PAIRING, concatBytes(alike, negated(G1), G2, G1, G2))).toContain('0 for')
  })

  it('with infinity on either side, also beside what is no point', async () => {
    const [none1, none2] = [zeros(128), zeros(256)]
    for (const data of [
      zeros(0),
      concatBytes(none1, none2),
      concatBytes(none1, G2),
      concatBytes(G1, none2),
      concatBytes(none1, G2, G1, G2),
    ])
      await same(PAIRING, data)
    expect(await same(PAIRING, concatBytes(none1, encoded2(onCurve2(5n))))).toBe(NOT_A_POINT)
    expect(await same(PAIRING, concatBytes(encoded1(onCurve1(5n)), none2))).toBe(NOT_A_POINT)
  })

  it('of points outside of the subgroups, of every order', async () => {
    await fc.assert(
      fc.asyncProperty(strangers1, strangers2, mapped1, mapped2, async (p, q, good1, good2) => {
        expect(await same(PAIRING, concatBytes(p, good2))).toBe(NOT_A_POINT)
        expect(await same(PAIRING, concatBytes(good1, good2, good1, q))).toBe(NOT_A_POINT)
      }),
      { numRuns: 10 },
    )
  })

  it('where several pairs are wrong, with the error of the first', async () => {
    const good = concatBytes(G1, G2)
    const wrong = [
      concatBytes(G1, encoded2(onCurve2(9n))),
      concatBytes(G1, beyond(G2, 2)),
      concatBytes(encoded1(onCurve1(9n)), G2),
      concatBytes(zeros(128), encoded2(onCurve2(11n))),
      concatBytes(beyond(G1, 1), G2),
    ]
    for (const [i, first] of wrong.entries())
      for (const [j, second] of wrong.entries())
        await same(PAIRING, concatBytes(...Array(i + j === 4 ? 14 + (i % 2) : 0).fill(good), first, good, second))
    expect(await outcome(PAIRING, wrong[1]!)).toBe(NOT_IN_FIELD)
  })

  it('of bytes that are changed, missing or too many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(mapped1, mapped2).chain(([p, q]) => spoilt(concatBytes(p, q))),
        async (data) => void (await same(PAIRING, data)),
      ),
      { numRuns: 40 },
    )
  })
})

function powerInverse(a: bigint): bigint {
  return bls12_381.fields.Fp.inv(a)
}
