import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fInv, fMod, fMul, fPow, GENERATOR, OMEGA_32, P } from '../field/f.ts'
import { type K, K0, K1, kAdd, kEqual, kInv, kMul, kNeg, kPow, kSub } from '../field/k.ts'
import { EDGES, f, fn, getF, getK, k, kernels, outK, putF, putK, randomKs, scoped } from './kernels.testkit.ts'

test('p is prime enough to divide by, 7 generates, and ω has the order 2^32', () => {
  expect(P).toBe(18446744069414584321n)
  for (const factor of [2n, 3n, 5n, 17n, 257n, 65537n]) expect(fPow(GENERATOR, (P - 1n) / factor)).not.toBe(1n)
  expect(fPow(GENERATOR, (P - 1n) / 2n ** 32n)).toBe(OMEGA_32)
  expect(fPow(OMEGA_32, 2n ** 31n)).toBe(P - 1n)
})

test('every pair of edge values adds, subtracts and multiplies in K as in BigInt', () => {
  for (const a of EDGES) for (const b of EDGES) for (const c of [0n, P - 1n, 2n ** 63n]) agree([a, c], [b, a])
})

test('random values of K add, subtract, multiply, negate and invert as in BigInt', () => {
  fc.assert(fc.property(k, k, agree), { numRuns: 2000 })
})

function agree(x: K, y: K): void {
  scoped(() => {
    const [a, b, out] = [putK([x]), putK([y]), outK(1)]
    for (const [name, expected] of [
      ['kAdd', kAdd(x, y)],
      ['kSub', kSub(x, y)],
      ['kMul', kMul(x, y)],
    ] as const) {
      fn[name](out, a, b)
      expect(getK(out, 1)[0], name).toEqual(expected)
    }
    fn.kScale(out, a, b, 1)
    expect(getK(out, 1)[0]).toEqual(kMul(x, y))
    fn.kNeg(out, a)
    expect(getK(out, 1)[0]).toEqual(kNeg(x))
    fn.kInv(out, a)
    expect(getK(out, 1)[0]).toEqual(kInv(x))
    if (!kEqual(x, K0)) expect(kMul(x, getK(out, 1)[0]!)).toEqual(K1)
    fn.fMul(out, a, b)
    expect(getF(out, 1)[0]).toBe(fMul(x[0], y[0]))
    fn.fInv(out, a)
    expect(getF(out, 1)[0]).toBe(fInv(x[0]))
    expect(fn.kEqual(a, b) === 1).toBe(kEqual(x, y))
    fn.kMul(a, a, a)
    expect(getK(a, 1)[0]).toEqual(kMul(x, x))
  })
}

test('powers, and tables of powers', () => {
  fc.assert(
    fc.property(k, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.integer({ min: 0, max: 9 }), (x, e, n) =>
      scoped(() => {
        const [a, out] = [putK([x]), outK(9)]
        fn.kPow(out, a, BigInt.asIntN(64, e))
        expect(getK(out, 1)[0]).toEqual(kPow(x, e))
        fn.kPowers(out, a, n)
        expect(getK(out, n)).toEqual(Array.from({ length: n }, (_, i) => kPow(x, BigInt(i))))
      }),
    ),
    { numRuns: 200 },
  )
})

test('a batch of inversions gives every inverse, and 0 for 0', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.constant(K0), k), { maxLength: 20 }), (values) =>
      scoped(() => {
        const out = outK(values.length)
        fn.kBatchInv(out, putK(values), values.length)
        expect(getK(out, values.length)).toEqual(values.map(kInv))
      }),
    ),
  )
})

test('arrays: axpy of K and F, scaling, embedding, constants, gathers', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(k, k, f), { maxLength: 12 }), k, (rows, coef) =>
      scoped(() => {
        const n = rows.length
        const [x, y, z] = [rows.map((row) => row[0]), rows.map((row) => row[1]), rows.map((row) => row[2])]
        const [c, py, pz] = [putK([coef]), putK(y), putF(z)]
        const check = (name: string, expected: K[], run: (out: number) => void): void => {
          const out = putK(x)
          run(out)
          expect(getK(out, n), name).toEqual(expected)
        }
        check(
          'kAxpy',
          x.map((v, i) => kAdd(v, kMul(coef, y[i]!))),
          (out) => fn.kAxpy(out, py, c, n),
        )
        check(
          'kScale',
          y.map((v) => kMul(coef, v)),
          (out) => fn.kScale(out, py, c, n),
        )
        check(
          'kAxpyF',
          x.map((v, i) => kAdd(v, kMul(coef, [z[i]!, 0n]))),
          (out) => fn.kAxpyF(out, pz, c, n),
        )
        check(
          'kFromF',
          z.map((v) => [v, 0n]),
          (out) => fn.kFromF(out, pz, n),
        )
        const base = putF(z)
        fn.fAxpy(base, pz, c, n)
        expect(getF(base, n)).toEqual(z.map((v) => fMod(v + coef[0] * v)))
        fn.fAddConst(base, c, n)
        expect(getF(base, n)).toEqual(z.map((v) => fMod(v + coef[0] * v + coef[0])))
        const idx = z.map((_, i) => (i % 3 === 2 ? 0xffffffff : n - 1 - i))
        const gathered = putF(z)
        fn.fGatherAxpy(gathered, pz, kernels.put(Uint32Array.from(idx)), c, n)
        expect(getF(gathered, n)).toEqual(z.map((v, i) => (i % 3 === 2 ? v : fMod(v + coef[0] * z[n - 1 - i]!))))
        fn.fIota(gathered, n)
        expect(getF(gathered, n)).toEqual(z.map((_, i) => BigInt(i)))
      }),
    ),
  )
})

test('an array ends where it ends: what lies behind it stays', () => {
  const n = 5
  const bytes: Uint8Array = new Uint8Array(64).fill(165)
  scoped(() => {
    const [x, c, idx] = [putK(randomKs(2 * n)), putK(randomKs(1)), kernels.put(Uint32Array.of(0, 1, 2, 3, 4, 5))]
    for (const [name, size, run] of [
      ['kPowers', 16, (out) => fn.kPowers(out, c, n)],
      ['kBatchInv', 16, (out) => fn.kBatchInv(out, x, n)],
      ['kAxpy', 16, (out) => fn.kAxpy(out, x, c, n)],
      ['kScale', 16, (out) => fn.kScale(out, x, c, n)],
      ['kAxpyF', 16, (out) => fn.kAxpyF(out, x, c, n)],
      ['kFromF', 16, (out) => fn.kFromF(out, x, n)],
      ['fAxpy', 8, (out) => fn.fAxpy(out, x, c, n)],
      ['fAddConst', 8, (out) => fn.fAddConst(out, c, n)],
      ['fGatherAxpy', 8, (out) => fn.fGatherAxpy(out, x, idx, c, n)],
      ['fIota', 8, (out) => fn.fIota(out, n)],
      ['fFromI64', 8, (out) => fn.fFromI64(out, x, n)],
      ['fFromI32', 8, (out) => fn.fFromI32(out, x, n)],
      ['fFromI16', 8, (out) => fn.fFromI16(out, x, n)],
    ] as [string, number, (out: number) => void][]) {
      const out = kernels.zeros(size * n + 64)
      kernels.u8(out + size * n, 64).set(bytes)
      run(out)
      expect(kernels.bytes(out + size * n, 64), name).toEqual(bytes)
    }
  })
})

test('signed integers of 64, 32 and 16 bits become canonical, the extremes too', () => {
  const wide = [0n, 1n, -1n, 2n ** 63n - 1n, -(2n ** 63n), -(2n ** 62n), -(2n ** 32n), 2n ** 32n]
  const cases = [
    { put: BigInt64Array.from(wide), values: wide, run: fn.fFromI64 },
    { put: Int32Array.of(0, -1, 2147483647, -2147483648), values: [0n, -1n, 2147483647n, -2147483648n], run: fn.fFromI32 },
    { put: Int16Array.of(0, -1, 32767, -32768), values: [0n, -1n, 32767n, -32768n], run: fn.fFromI16 },
  ]
  for (const { put, values, run } of cases)
    scoped(() => {
      const out = kernels.alloc(8 * values.length)
      run(out, kernels.put(put), values.length)
      expect(getF(out, values.length)).toEqual(values.map(fMod))
    })
})

test('only values below p are canonical, wherever they lie', () => {
  scoped(() => {
    const at = kernels.alloc(8 * 8) + 3
    for (const [value, expected] of [
      [P - 1n, 1],
      [P, 0],
      [2n ** 64n - 1n, 0],
      [0n, 1],
    ] as const)
      for (let place = 0; place < 7; place++) {
        const bytes = new Uint8Array(56)
        new DataView(bytes.buffer).setBigUint64(8 * place, value, true)
        kernels.u8(at, 56).set(bytes)
        expect(fn.fCanonical(at, 7)).toBe(expected)
        expect(fn.fCanonical(at, place)).toBe(1)
      }
  })
})
