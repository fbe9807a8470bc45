import fc from 'fast-check'
import { expect, test } from 'vitest'
import { eqlt, eqPoint, eqTable, mle, onelt } from '../field/eq.ts'
import { fMod, P } from '../field/f.ts'
import { type K, K0, kAdd, kMul, kSum } from '../field/k.ts'
import { f, fn, getK, k, kernels, ks, outK, putF, putK, randomKs, scoped } from './kernels.testkit.ts'

const point = fc.integer({ min: 0, max: 6 }).chain(ks)
const withLength = fc.integer({ min: 0, max: 6 }).chain((v) => fc.tuple(ks(v), ks(v), fc.integer({ min: 1, max: 2 ** v })))

test('eq is what its definition says: the product over the bits, the first coordinate for the highest bit', () => {
  fc.assert(
    fc.property(point, (r) => {
      const one: K = [1n, 0n]
      const table = eqTable(r)
      for (const [x, value] of table.entries()) {
        const bits = r.map((_, i): K => [BigInt((x >> (r.length - 1 - i)) & 1), 0n])
        expect(value).toEqual(eqPoint(r, bits))
      }
      expect(kSum(table)).toEqual(one)
    }),
    { numRuns: 30 },
  )
})

test('the truncated sums are those of brute force, for every length', () => {
  fc.assert(
    fc.property(withLength, ([r, s, n]) => {
      const [a, b] = [eqTable(r).slice(0, n), eqTable(s)]
      expect(eqlt(r, s, n)).toEqual(kSum(a.map((value, i) => kMul(value, b[i]!))))
      expect(onelt(r, n)).toEqual(kSum(a))
    }),
  )
})

test('tables, suffixes and truncated sums of the kernels are those of BigInt', () => {
  fc.assert(
    fc.property(withLength, ([r, s, n]) =>
      scoped(() => {
        const v = r.length
        const [pr, ps] = [putK(r), putK(s)]
        const table = outK(2 ** v)
        fn.eqTable(table, pr, v)
        expect(getK(table, 2 ** v)).toEqual(eqTable(r))
        const pyramid = outK(2 ** (v + 1))
        fn.eqPyramid(pyramid, pr, v)
        for (let j = 0; j <= v; j++) expect(getK(pyramid + 16 * 2 ** j, 2 ** j)).toEqual(eqTable(r.slice(v - j)))
        const out = outK(1)
        fn.eqPoint(out, pr, ps, v)
        expect(getK(out, 1)[0]).toEqual(eqPoint(r, s))
        fn.eqlt(out, pr, ps, v, n)
        expect(getK(out, 1)[0]).toEqual(eqlt(r, s, n))
        fn.onelt(out, pr, v, n)
        expect(getK(out, 1)[0]).toEqual(onelt(r, n))
      }),
    ),
  )
})

const TYPES = [
  { name: 'I64', put: (v: bigint[]) => kernels.put(BigInt64Array.from(v)), min: -(2n ** 63n), max: 2n ** 63n - 1n },
  { name: 'I32', put: (v: bigint[]) => kernels.put(Int32Array.from(v, Number)), min: -(2n ** 31n), max: 2n ** 31n - 1n },
  { name: 'I16', put: (v: bigint[]) => kernels.put(Int16Array.from(v, Number)), min: -32768n, max: 32767n },
  { name: 'F', put: putF, min: 0n, max: 2n ** 64n - 2n ** 32n },
] as const

test.each(TYPES)('sums and extensions of $name tables', ({ name, put, min, max }) => {
  const value = fc.oneof(fc.constantFrom(min, max, 0n), fc.bigInt({ min, max }))
  fc.assert(
    fc.property(
      withLength.chain(([r, , n]) => fc.tuple(fc.constant(r), fc.array(value, { minLength: n, maxLength: n }))),
      ([r, values]) =>
        scoped(() => {
          const out = outK(1)
          const table = put(values)
          const expected = mle(
            values.map((v) => [fMod(v), 0n]),
            r,
          )
          fn[`mle${name}`](out, table, values.length, putK(r), r.length)
          expect(getK(out, 1)[0]).toEqual(expected)
          fn[`dot${name}`](out, putK(eqTable(r)), table, values.length)
          expect(getK(out, 1)[0]).toEqual(expected)
        }),
    ),
  )
})

test('a K table: extension, inner product, sum', () => {
  fc.assert(
    fc.property(
      withLength.chain(([r, , n]) => fc.tuple(fc.constant(r), ks(n))),
      ([r, values]) =>
        scoped(() => {
          const [out, table] = [outK(1), putK(values)]
          fn.mleK(out, table, values.length, putK(r), r.length)
          expect(getK(out, 1)[0]).toEqual(mle(values, r))
          fn.dotK(out, putK(eqTable(r)), table, values.length)
          expect(getK(out, 1)[0]).toEqual(mle(values, r))
          fn.sumK(out, table, values.length)
          expect(getK(out, 1)[0]).toEqual(kSum(values))
        }),
    ),
  )
})

test('extensions longer than the inner table, with all weights at the extremes', () => {
  const r = randomKs(18)
  const n = 2 ** 18 - 77
  scoped(() => {
    const out = outK(1)
    const pr = putK(r)
    for (const weight of [-32768n, 32767n]) {
      fn.mleI16(out, kernels.put(new Int16Array(n).fill(Number(weight))), n, pr, 18)
      expect(getK(out, 1)[0]).toEqual(kMul(onelt(r, n), [fMod(weight), 0n]))
    }
    // all coordinates p − 1: the largest limbs, 2^17 of them in one lazy sum
    const e = putK(Array.from({ length: 70_000 }, (): K => [2n ** 64n - 2n ** 32n, 2n ** 64n - 2n ** 32n]))
    fn.dotI16(out, e, kernels.put(new Int16Array(70_000).fill(-32768)), 70_000)
    expect(getK(out, 1)[0]).toEqual([70_000n * 32768n, 70_000n * 32768n])
  })
})

test('extensions longer than the inner table read every value at its own place, whatever its size', () => {
  const r = randomKs(15)
  const n = 2 ** 14 + 5
  const values = randomKs(n)
  const small = Int16Array.from(values, ([a]) => Number(BigInt.asIntN(16, a)))
  const ofInts = mle(
    Array.from(small, (value): K => [fMod(BigInt(value)), 0n]),
    r,
  )
  scoped(() => {
    const [out, pr] = [outK(1), putK(r)]
    fn.mleK(out, putK(values), n, pr, 15)
    expect(getK(out, 1)[0]).toEqual(mle(values, r))
    fn.mleI16(out, kernels.put(small), n, pr, 15)
    expect(getK(out, 1)[0]).toEqual(ofInts)
    fn.mleI64(out, kernels.put(BigInt64Array.from(small, BigInt)), n, pr, 15)
    expect(getK(out, 1)[0]).toEqual(ofInts)
  })
})

test('inner products of the largest values, many times over the 128 bits of their sums', () => {
  scoped(() => {
    const n = 70_001
    const [x, out] = [kernels.alloc(16 * n), outK(1)]
    for (const value of [P - 1n, P - 2n ** 32n, 2n ** 63n]) {
      kernels.u64(x, 2 * n).fill(value)
      const product = kMul([value, value], [value, value])
      fn.dotK(out, x, x, n)
      expect(getK(out, 1)[0]).toEqual(kMul(product, [BigInt(n), 0n]))
      fn.dotF(out, x, x, n)
      const square = fMod(value * value * BigInt(n))
      expect(getK(out, 1)[0]).toEqual([square, square])
    }
  })
})

test('a product of axes is added to the real cells of its space only', () => {
  const axis = fc
    .integer({ min: 0, max: 3 })
    .chain((bits) =>
      fc
        .integer({ min: bits === 0 ? 1 : 2 ** (bits - 1) + 1, max: 2 ** bits })
        .chain((n) => fc.record({ bits: fc.constant(bits), n: fc.constant(n), vec: fc.option(ks(n)) })),
    )
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 4 }), k, f, (axes, coef, start) =>
      scoped(() => {
        const bits = axes.reduce((sum, one) => sum + one.bits, 0)
        const before = Array.from({ length: 2 ** bits }, (): K => [start, 0n])
        const expected = before.map((value, cell) => {
          let product: K = coef
          let rest = cell
          for (const { bits: b, n, vec } of axes.toReversed()) {
            const i = rest % 2 ** b
            rest = Math.floor(rest / 2 ** b)
            product = i >= n ? K0 : vec ? kMul(product, vec[i]!) : product
          }
          return kAdd(value, product)
        })
        const out = putK(before)
        const records = axes.flatMap(({ vec, n, bits: b }) => [vec ? putK(vec) : 0, n, b, 0])
        fn.tensorAdd(out, kernels.put(Uint32Array.from(records)), axes.length, putK([coef]))
        expect(getK(out, 2 ** bits)).toEqual(expected)
      }),
    ),
  )
})
