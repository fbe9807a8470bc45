import { bn254 } from '@noble/curves/bn254.js'
import { concatBytes } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { apart, bigints, firstPoint, inOneLimb, noble, number, outcome, same, scalarsOf, spoilt, zeros } from './precompiles.testkit.ts'

const [ADD, MUL, PAIRING] = [6, 7, 8]
const P = bn254.fields.Fp.ORDER
const ORDER = bn254.fields.Fr.ORDER
const { Fp2 } = bn254.fields

const G = concatBytes(number(1n, 32), number(2n, 32))
const O = zeros(64)
const scalars = scalarsOf(ORDER, 2n ** 127n, 0x6f4d8248eeb859fd0be4e1541221250bn, 0xb3c4d79d41a917585bfc41088d8daaa78b17ea66b99c90ddn)
const g1 = scalars.map((scalar) => noble.bn254.mul(concatBytes(G, scalar)))
const negated = (point: Uint8Array): Uint8Array => {
  const [x, y] = bigints(point, 32) as [bigint, bigint]
  return concatBytes(number(x, 32), number((P - y) % P, 32))
}

type Point2 = typeof bn254.G2.Point.BASE
/** As EIP-197 has it: imaginary parts first. */
const encoded = (point: Point2): Uint8Array => {
  if (point.is0()) return zeros(128)
  const { x, y } = point.toAffine()
  return concatBytes(...[x.c1, x.c0, y.c1, y.c0].map((value) => number(value, 32)))
}
function times(point: Point2, scalar: bigint): Point2 {
  let [result, power] = [bn254.G2.Point.ZERO, point]
  for (let rest = scalar; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = result.add(power)
    power = power.double()
  }
  return result
}
const g2 = fc.bigInt(0n, ORDER - 1n).map((scalar) => encoded(times(bn254.G2.Point.BASE, scalar)))
/** A point of the twist from x on, nearly never of the subgroup. */
function onTwist(from: bigint): Point2 {
  for (let i = 0n; ; i++) {
    const x = Fp2.create({ c0: (from + i) % P, c1: (from * 7n + 3n) % P })
    try {
      const y = Fp2.sqrt(Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b))
      return bn254.G2.Point.fromAffine({ x, y })
    } catch {
      // Not a square.
    }
  }
}
const COFACTOR = 2n * P - ORDER
/** Points whose order is small, or has another factor than the subgroup's. */
const strangers = fc
  .tuple(fc.bigInt(1n, P - 1n), fc.constantFrom(1n, ORDER, (ORDER * COFACTOR) / 10069n, COFACTOR / 10069n))
  .map(([from, multiple]) => times(onTwist(from), multiple))
  .filter((point) => !point.isTorsionFree())
  .map(encoded)

/** The same point with a coordinate that is p too large. */
const beyond = (point: Uint8Array, at: number): Uint8Array => {
  const out = point.slice()
  out.set(number(bigints(point, 32)[at]! + P, 32), 32 * at)
  return out
}

const refused = 'revert for 60000000 gas'

describe('additions on BN254 are those of EthereumJS', () => {
  it('of points with each other, themselves, their negatives and infinity', async () => {
    await fc.assert(
      fc.asyncProperty(g1, g1, async (p, q) => {
        for (const other of [q, p, negated(p), O]) for (const data of [concatBytes(p, other), concatBytes(other, p)]) await same(ADD, data)
        expect(await same(ADD, concatBytes(p, negated(p)))).toBe(`${'0'.repeat(128)} for 150 gas`)
      }),
      { numRuns: 40 },
    )
  })

  it('of what is no point, not in the field, too short or too long', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(g1, g1).chain(([p, q]) => spoilt(concatBytes(p, q))),
        async (data) => void (await same(ADD, data)),
      ),
      { numRuns: 100 },
    )
    for (const at of [0, 1]) {
      expect(await same(ADD, concatBytes(beyond(G, at), G))).toBe(refused)
      expect(await same(ADD, concatBytes(G, beyond(G, at)))).toBe(refused)
      expect(await same(ADD, concatBytes(beyond(O, at), G))).toBe(refused)
    }
    expect(await same(ADD, new Uint8Array(128).fill(255))).toBe(refused)
    await same(ADD, zeros(0))
    await same(ADD, G)
    await same(ADD, concatBytes(G, G), 149n)
  })
})

it('numbers that the kernels have with one other limb are other numbers', async () => {
  const point = ([x, y]: readonly [bigint, bigint]) => concatBytes(number(x, 32), number(y, 32))
  for (const more of inOneLimb(P, 9, 29)) {
    const near = point(
      firstPoint(
        P,
        (k) => 1n + more(k),
        (x) => x ** 3n + 3n,
      ),
    )
    for (const data of [concatBytes(G, near), concatBytes(near, G)]) await same(ADD, data)
    const [, y] = firstPoint(
      P,
      (k) => more(k),
      (x) => 1n + 3n + x,
    )
    expect(await same(ADD, concatBytes(point([1n, y]), O))).toBe(refused)
  }
})

/** Numbers, as the kernels have them, whose division is nearly as far from the middle as any: what is done against that is needed. */
const FAR = [
  0x2ae44b520447b2f6d2e36890db782cc878f9696c7848d11a88d4db81c54860a6n,
  0x1cd67ea2316727a27db9704160723b9823f079b24ad5b63e5da95a8a28383658n,
  0x157225a90223d97b6971b4486dbc16643c7cb4b63c24688d446a6dc0e2a43053n,
  0x21367958d218af3ee3305f28c0b290673a3a5ee8df32eb8239f2eed15afc2f24n,
  0x119e8d2ad2039351a70cec6e328fac2db54e9940cb05513c344d6ecec9b533b6n,
  0x5ea5ca1e000000000000000000000000n,
  0x0d06e3889c95232000000000000000000000000000000000n,
  0x0c1f9c702e56a8000000n,
  0x1c8573f70724f4286fdd637b0409c58813n,
  0x0b0c2402000000000000000000000000000000000000000000000000n,
  0x16eec3817e40a451752920022efa78033a6eade02736f4095b3576d247bfdbc1n,
]

it('divisions by what takes them far from the middle are right', async () => {
  for (const value of FAR) {
    const [p, q] = apart(P, 2n ** 261n, value, (x) => x ** 3n + 3n).map(([x, y]) => concatBytes(number(x, 32), number(y, 32)))
    for (const data of [concatBytes(p!, q!), concatBytes(q!, p!)]) await same(ADD, data)
  }
})

describe('multiplications on BN254 are those of EthereumJS', () => {
  it('of any point by any scalar', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(g1, fc.constant(O)), scalars, async (p, scalar) => void (await same(MUL, concatBytes(p, scalar)))),
      { numRuns: 100 },
    )
  })

  it('of what is no point, not in the field, too short or too long', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(g1, scalars).chain(([p, scalar]) => spoilt(concatBytes(p, scalar))),
        async (data) => void (await same(MUL, data)),
      ),
      { numRuns: 100 },
    )
    // A scalar of zero saves nobody.
    expect(await same(MUL, concatBytes(beyond(G, 0), zeros(32)))).toBe(refused)
    expect(await same(MUL, concatBytes(number(1n, 64), zeros(32)))).toBe(refused)
    await same(MUL, zeros(0))
    await same(MUL, G)
  })
})

it('a call says nothing to the next one by what it leaves behind', async () => {
  const q = encoded(bn254.G2.Point.BASE)
  for (let round = 0; round < 2; round++) {
    expect(await same(PAIRING, concatBytes(G, q))).toContain('0 for')
    expect(await same(ADD, concatBytes(G, O))).toContain(Buffer.from(G).toString('hex'))
    expect(await same(PAIRING, concatBytes(O, q))).toContain('1 for')
    await same(MUL, concatBytes(G, number(2n ** 255n - 1n, 32)))
    expect(await same(ADD, concatBytes(O, G))).toContain(Buffer.from(G).toString('hex'))
    await same(MUL, concatBytes(G, number(1n, 32)))
    expect(await same(MUL, concatBytes(O, number(3n, 32)))).toContain('0'.repeat(128))
  }
})

describe('pairings on BN254 are those of EthereumJS', () => {
  const pairs = (p: Uint8Array, q: Uint8Array) => concatBytes(p, q)

  it('of products that are one, and that are not', async () => {
    await fc.assert(
      fc.asyncProperty(g1, g1, g2, g2, async (p, q, r, s) => {
        // e(p, r)·e(-p, r) = 1; e(p + q, r)·e(-p, r)·e(-q, r) = 1
        expect(await same(PAIRING, concatBytes(pairs(p, r), pairs(negated(p), r)))).toContain('1 for')
        const sum = noble.bn254.add(concatBytes(p, q))
        expect(await same(PAIRING, concatBytes(pairs(sum, r), pairs(negated(p), r), pairs(negated(q), r)))).toContain('1 for')
        await same(PAIRING, concatBytes(pairs(p, r), pairs(q, s)))
        await same(PAIRING, pairs(p, s))
      }),
      { numRuns: 4 },
    )
    expect(await same(PAIRING, pairs(G, encoded(bn254.G2.Point.BASE)))).toContain('0 for')
  })

  it('of as many pairs as wait for each other, and more', async () => {
    const q = encoded(bn254.G2.Point.BASE)
    const several = (count: number) => concatBytes(...Array.from({ length: count }, (_, i) => pairs(i & 1 ? negated(G) : G, q)))
    for (const count of [16, 17]) expect(await same(PAIRING, several(count))).toContain(`${count & 1 ? 0 : 1} for`)
    // What the first have made counts to the end.
    const alike = concatBytes(...Array(16).fill(pairs(G, q)))
    expect(await same(PAIRING, alike)).toContain('0 for')
    const sixteen = noble.bn254.mul(concatBytes(G, number(16n, 32)))
    expect(await same(PAIRING, concatBytes(alike, pairs(negated(sixteen), q)))).toContain('1 for')
    expect(await same(PAIRING, concatBytes(alike, pairs(negated(G), q), pairs(G, q)))).toContain('0 for')
  })

  it('with infinity on either side, also beside what is no point', async () => {
    const q = encoded(bn254.G2.Point.BASE)
    const outside = encoded(onTwist(5n))
    for (const data of [zeros(0), zeros(192), pairs(O, q), pairs(G, zeros(128)), concatBytes(pairs(O, q), pairs(G, q))])
      await same(PAIRING, data)
    expect(await same(PAIRING, pairs(O, outside))).toBe(refused)
    expect(await same(PAIRING, pairs(number(1n, 64), zeros(128)))).toBe(refused)
  })

  it('of points outside of the subgroup, of every order', async () => {
    await fc.assert(
      fc.asyncProperty(strangers, g2, g1, async (stranger, q, p) => {
        expect(await same(PAIRING, pairs(p, stranger))).toBe(refused)
        await same(PAIRING, concatBytes(pairs(p, q), pairs(O, stranger)))
      }),
      { numRuns: 12 },
    )
  })

  it('of what is no point, though its equation holds in one part', async () => {
    const x = Fp2.create({ c0: 5n, c1: 7n })
    const { c0, c1 } = Fp2.add(Fp2.mul(Fp2.sqr(x), x), bn254.G2.Point.CURVE().b)
    const half = (P + 1n) / 2n
    // y² = (y0 + y1)(y0 - y1) + 2·y0·y1·i
    const real = [((c0 + 1n) * half) % P, ((c0 - 1n + P) * half) % P] as const
    const imaginary = [1n, (c1 * half) % P] as const
    for (const [y0, y1] of [real, imaginary]) {
      const point = concatBytes(...[x.c1, x.c0, y1, y0].map((value) => number(value, 32)))
      for (const p of [G, O]) expect(await same(PAIRING, pairs(p, point))).toBe(refused)
    }
  })

  it('of what is on another curve, where it is in a subgroup as those of the curve are', async () => {
    // (u²·x, u³·y), on y² = x³ + u⁶·b: neither additions nor endomorphisms know of b.
    const { x, y } = bn254.G2.Point.BASE.toAffine()
    const elsewhere = concatBytes(...[x.c1 * 4n, x.c0 * 4n, y.c1 * 8n, y.c0 * 8n].map((value) => number(value % P, 32)))
    for (const p of [G, O]) expect(await same(PAIRING, pairs(p, elsewhere))).toBe(refused)
  })

  it('of what is no point and begins with as many zeros as it may', async () => {
    const none = concatBytes(number(0n, 32), number(1n, 32), number(1n, 64))
    for (const p of [G, O]) expect(await same(PAIRING, pairs(p, none))).toBe(refused)
    for (const p of [G, O]) expect(await same(PAIRING, pairs(p, number(1n, 128)))).toBe(refused)
  })

  it('where several pairs are wrong, with the error of the first', async () => {
    const q = encoded(bn254.G2.Point.BASE)
    const good = pairs(G, q)
    const wrong = [
      pairs(G, encoded(onTwist(9n))),
      pairs(G, beyond(q, 2)),
      pairs(number(1n, 64), q),
      pairs(O, encoded(onTwist(11n))),
      pairs(beyond(G, 1), q),
    ]
    for (const [i, first] of wrong.entries())
      for (const [j, second] of wrong.entries())
        await same(PAIRING, concatBytes(...Array(i + j === 4 ? 14 + (i % 2) : 0).fill(good), first, good, second))
    expect(await outcome(PAIRING, pairs(G, beyond(q, 0)))).toBe('fp point not in field for 60000000 gas')
  })

  it('of bytes that are changed, missing or too many', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(g1, g2).chain(([p, q]) => spoilt(pairs(p, q))),
        async (data) => void (await same(PAIRING, data)),
      ),
      { numRuns: 40 },
    )
  })
})
