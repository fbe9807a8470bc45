import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eqPoint, mle } from '../field/eq.ts'
import { fMod } from '../field/f.ts'
import { type K, K0, K1, kAdd, kEqual, kMul, kSub } from '../field/k.ts'
import { Transcript } from '../hash/transcript.ts'
import { fn, getF, getK, k, kernels, outK, putF, putK, randomKs, scoped } from './kernels.testkit.ts'
import { cubic } from './rounds.testkit.ts'

interface Leaves {
  P: bigint[]
  Q: K[]
}
interface Result {
  proof: Uint8Array
  point: K[]
  claims: K[]
  ok: number
}

function prove({ P, Q }: Leaves): Result {
  return scoped(() => {
    const l = Math.log2(P.length)
    const size = 16 * (4 + Array.from({ length: l - 1 }, (_, i) => 3 * (i + 1) + 4).reduce((a, b) => a + b, 0))
    const st = kernels.alloc(32)
    fn.tsInit(st)
    const [p, q, scratch, proof, point, claims] = [putF(P), putK(Q), kernels.alloc(fn.gkrScratch(l)), outK(size / 16), outK(l), outK(2)]
    const ok = fn.gkrProve(st, p, q, l, scratch, proof, point, claims)
    return { ok, proof: kernels.bytes(proof, size), point: getK(point, l), claims: getK(claims, 2) }
  })
}

/** The verifier of SPEC 5 step 3, written down plainly. */
function check(proof: Uint8Array, l: number): { point: K[]; claims: K[] } | number {
  const transcript = new Transcript()
  const words = new BigUint64Array(proof.slice().buffer)
  let used = 0
  const read = (label: string, n: number): K[] => {
    transcript.absorb(label, proof.subarray(16 * used, 16 * (used + n)))
    const values = Array.from({ length: n }, (_, i): K => [words[2 * (used + i)]!, words[2 * (used + i) + 1]!])
    used += n
    return values
  }
  const draw = (label: string): K => transcript.squeeze(label, 1)[0]!
  const between = (a: K, b: K, t: K): K => kAdd(a, kMul(t, kSub(b, a)))
  const [p0, p1, q0, q1] = read('g0', 4) as [K, K, K, K]
  if (!kEqual(kAdd(kMul(p0, q1), kMul(p1, q0)), K0) || kEqual(kMul(q0, q1), K0)) return 1
  let point = [draw('g0c')]
  let [p, q] = [between(p0, p1, point[0]!), between(q0, q1, point[0]!)]
  for (let j = 1; j < l; j++) {
    const mu = draw('gl')
    let claim = kAdd(p, kMul(mu, q))
    const next: K[] = []
    for (let round = 0; round < j; round++) {
      const [s0, s2, s3] = read('gr', 3) as [K, K, K]
      next.push(draw('grc'))
      claim = cubic(claim, s0, s2, s3, next[round]!)
    }
    const [v0, v1, w0, w1] = read('gv', 4) as [K, K, K, K]
    const value = kAdd(kAdd(kMul(v0, w1), kMul(v1, w0)), kMul(mu, kMul(w0, w1)))
    if (!kEqual(claim, kMul(eqPoint(point, next), value))) return j + 1
    const t = draw('gvc')
    ;[p, q] = [between(v0, v1, t), between(w0, w1, t)]
    point = [t, ...next]
  }
  expect(used * 16).toBe(proof.length)
  return { point, claims: [p, q] }
}

/** Lookups of random values of a table of `rows` rows, with honest multiplicities, padded to 2^l leaves. */
function lookups(rows: number, values: readonly number[], alpha: K, l: number): Leaves {
  const counts = new Array<bigint>(rows).fill(0n)
  for (const value of values) counts[value % rows]!++
  const row = (i: number): K => kSub(alpha, [BigInt(i), 0n])
  const P = [...values.map(() => 1n), ...counts.map((count) => fMod(-count))]
  const Q = [...values.map((value) => row(value % rows)), ...counts.map((_, i) => row(i))]
  while (P.length < 2 ** l) {
    P.push(0n)
    Q.push(K1)
  }
  return { P, Q }
}

const honest = fc
  .integer({ min: 1, max: 8 })
  .chain((l) =>
    fc
      .record({ rows: fc.integer({ min: 1, max: 2 ** (l - 1) }), alpha: k.filter(([a, b]) => b !== 0n || a > 1000n) })
      .chain(({ rows, alpha }) =>
        fc.array(fc.nat(1000), { maxLength: 2 ** l - rows, size: 'max' }).map((values) => ({ l, leaves: lookups(rows, values, alpha, l) })),
      ),
  )

test('an honest lookup argument is accepted by both verifiers, and the claims are the extensions of the leaves', () => {
  fc.assert(
    fc.property(honest, ({ l, leaves }) => {
      const { ok, proof, point, claims } = prove(leaves)
      expect(ok).toBe(0)
      expect(check(proof, l)).toEqual({ point, claims })
      expect(claims).toEqual([
        mle(
          leaves.P.map((p) => [p, 0n]),
          point,
        ),
        mle(leaves.Q, point),
      ])
      expect(verify(proof, l)).toEqual({ ok: 0, point, claims })
    }),
    { numRuns: 80 },
  )
})

function verify(proof: Uint8Array, l: number): Omit<Result, 'proof'> {
  return scoped(() => {
    const st = kernels.alloc(32)
    fn.tsInit(st)
    // as it may lie in a proof: not aligned
    const copy = kernels.alloc(proof.length + 16) + 5
    kernels.u8(copy, proof.length).set(proof)
    const [point, claims] = [outK(l), outK(2)]
    return { ok: fn.gkrVerify(st, l, copy, point, claims), point: getK(point, l), claims: getK(claims, 2) }
  })
}

test('every amount of padding, from none to all but two leaves, is proved', () => {
  for (const l of [1, 2, 3, 4, 5, 7]) {
    for (let used = 2; used <= 2 ** l; used += l < 6 ? 1 : 7) {
      const rows = 1 + (used % 3 === 0 ? 1 : 0)
      const values = Array.from({ length: used - rows }, (_, i) => i * 5)
      const leaves = lookups(rows, values, [BigInt(1000 + used), 17n], l)
      const { ok, proof, point, claims } = prove(leaves)
      expect(ok).toBe(0)
      expect(check(proof, l)).toEqual({ point, claims })
      expect(claims).toEqual([
        mle(
          leaves.P.map((p) => [p, 0n]),
          point,
        ),
        mle(leaves.Q, point),
      ])
    }
  }
})

test('numerators of any size, not only 1, 0 and small counts: fractions that cancel', () => {
  for (const l of [1, 2, 3, 6, 9]) {
    const Q = randomKs(2 ** l, BigInt(l))
    const P = getRandomNumerators(Q)
    const { ok, proof, point, claims } = prove({ P, Q })
    expect(ok).toBe(0)
    expect(check(proof, l)).toEqual({ point, claims })
    expect(claims).toEqual([
      mle(
        P.map((p) => [p, 0n]),
        point,
      ),
      mle(Q, point),
    ])
  }
})

/** The second half of the fractions is the first with the opposite sign; denominators are repeated in place. */
function getRandomNumerators(Q: K[]): bigint[] {
  const half = Q.length / 2
  const P = randomKs(half, 7n).map(([a]) => a)
  for (let i = 0; i < half; i++) Q[half + i] = Q[i]!
  return [...P, ...P.map((p) => fMod(-p))]
}

test('a value outside the table, a forged count and a zero denominator have no proof', () => {
  const alpha: K = [5n, 9n]
  const outside = lookups(8, [1, 2, 3, 4], alpha, 5)
  outside.Q[2] = kSub(alpha, [8n, 0n])
  expect(prove(outside).ok).toBe(1)
  const forged = lookups(8, [1, 2, 3, 4], alpha, 5)
  forged.P[5] = fMod(forged.P[5]! - 1n)
  expect(prove(forged).ok).toBe(1)
  expect(prove(lookups(8, [1, 2, 3, 4], [3n, 0n], 5)).ok).toBe(1)
})

test('two fractions at the root add up to 0 in both coordinates, and neither has the denominator 0', () => {
  const one: K = [1n, 0n]
  const two: K = [2n, 0n]
  const x: K = [0n, 1n]
  const accepted = [
    [one, kSub(K0, one), one, one],
    [one, kSub(K0, two), one, two],
    [one, kSub(K0, x), one, x],
    [K0, K0, x, one],
  ]
  const refused = [
    [one, one, one, one],
    [one, K0, one, one],
    [x, K0, one, one],
    [K0, K0, K0, one],
    [K0, K0, one, K0],
    [K0, one, one, K0],
    [K0, K0, K0, K0],
    [one, two, K0, K0],
  ]
  for (const [values, ok] of [...accepted.map((v) => [v, 0] as const), ...refused.map((v) => [v, 1] as const)]) {
    const proof = new Uint8Array(BigUint64Array.from(values.flat()).buffer)
    expect(typeof check(proof, 1) === 'number' ? 1 : 0, String(values)).toBe(ok)
    expect(verify(proof, 1).ok, String(values)).toBe(ok)
  }
})

test('every changed byte of the tree is refused by both verifiers, at the same check, or changes the leaf claims', () => {
  const leaves = lookups(
    16,
    Array.from({ length: 40 }, (_, i) => i * 7),
    [77n, 3n],
    6,
  )
  const { proof, point, claims } = prove(leaves)
  for (let byte = 0; byte < proof.length; byte += byte % 8 === 0 ? 3 : 1) {
    const bad = proof.slice()
    bad[byte]! ^= 1
    const slow = check(bad, 6)
    const fast = verify(bad, 6)
    if (typeof slow === 'number') expect(fast.ok).toBe(slow)
    else {
      expect(fast).toEqual({ ok: 0, ...slow })
      expect(slow).not.toEqual({ point, claims })
    }
  }
})

test('leaves: real cells from the columns, padding cells whatever the columns hold there', () => {
  const axis = fc
    .integer({ min: 0, max: 3 })
    .chain((bits) => fc.tuple(fc.integer({ min: bits === 0 ? 1 : 2 ** (bits - 1) + 1, max: 2 ** bits }), fc.constant(bits)))
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 3 }), fc.integer({ min: 0, max: 3 }), k, fc.boolean(), (axes, nCols, base, table) =>
      scoped(() => {
        const size = 2 ** axes.reduce((sum, [, bits]) => sum + bits, 0)
        const betas = randomKs(nCols, 3n)
        const cols = Array.from({ length: nCols }, (_, i) => randomKs(size, BigInt(i)).map(([a]) => a))
        const mult = randomKs(size, 99n).map(([a]) => a)
        const real = Array.from({ length: size }, (_, cell) => {
          let rest = cell
          return axes.toReversed().every(([n, bits]) => {
            const index = rest % 2 ** bits
            rest = Math.floor(rest / 2 ** bits)
            return index < n
          })
        })
        const [P, Q] = [kernels.alloc(8 * size), outK(size)]
        const records = kernels.put(Uint32Array.from(axes.flatMap(([n, bits]) => [0, n, bits, 0])))
        const pointers = kernels.put(Uint32Array.from(cols.map(putF)))
        fn.leafFill(P, Q, records, axes.length, putK([base]), putK(betas), pointers, nCols, table ? putF(mult) : 0)
        expect(getF(P, size)).toEqual(real.map((is, i) => (is ? (table ? fMod(-mult[i]!) : 1n) : 0n)))
        expect(getK(Q, size)).toEqual(
          real.map((is, i) => (is ? cols.reduce((sum, col, c) => kSub(sum, kMul(betas[c]!, [col[i]!, 0n])), base) : base)),
        )
        fn.leafPad(P, Q, size)
        expect(getF(P, size)).toEqual(real.map(() => 0n))
        expect(getK(Q, size)).toEqual(real.map(() => K1))
      }),
    ),
  )
})
