import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fMod, P } from '../field/f.ts'
import { type K, kMul, kSum } from '../field/k.ts'
import { fn, getK, k, kernels, outK, putF, putK, scoped } from './kernels.testkit.ts'

const TYPES = [
  { name: 'I16', put: (v: bigint[]) => kernels.put(Int16Array.from(v, Number)), min: -32768n, max: 32767n },
  { name: 'I64', put: (v: bigint[]) => kernels.put(BigInt64Array.from(v)), min: -(2n ** 63n), max: 2n ** 63n - 1n },
  { name: 'F', put: putF, min: 0n, max: P - 1n },
] as const

test.each(TYPES)('contractions of $name tables over rows and over columns, with any stride', ({ name, put, min, max }) => {
  const value = fc.oneof(fc.constantFrom(min, max, 0n, 1n), fc.bigInt({ min, max }))
  const shape = fc.record({
    rows: fc.integer({ min: 1, max: 19 }),
    cols: fc.integer({ min: 1, max: 13 }),
    gap: fc.integer({ min: 0, max: 2 }),
  })
  const table = shape.chain(({ rows, cols, gap }) =>
    fc.record({
      rows: fc.constant(rows),
      cols: fc.constant(cols),
      stride: fc.constant(cols + gap),
      W: fc.array(value, { minLength: rows * (cols + gap), maxLength: rows * (cols + gap) }),
      r: fc.array(k, { minLength: rows, maxLength: rows }),
      c: fc.array(k, { minLength: cols, maxLength: cols }),
    }),
  )
  fc.assert(
    fc.property(table, ({ rows, cols, stride, W, r, c }) =>
      scoped(() => {
        const at = (o: number, i: number): K => [fMod(W[o * stride + i]!), 0n]
        const w = put(W)
        const out = outK(Math.max(rows, cols))
        fn[`contractRows${name}`](out, putK(r), w, rows, cols, stride)
        expect(getK(out, cols)).toEqual(c.map((_, i) => kSum(r.map((e, o) => kMul(e, at(o, i))))))
        fn[`contractCols${name}`](out, putK(c), w, rows, cols, stride)
        expect(getK(out, rows)).toEqual(r.map((_, o) => kSum(c.map((e, i) => kMul(e, at(o, i))))))
      }),
    ),
    { numRuns: 60 },
  )
})

test('the lazy sums hold at their extremes: the largest limbs times the largest weights, past every flush', () => {
  const limbs = [P - 1n, P / 2n, P / 2n + 1n, 2n ** 63n - 2n ** 31n - 1n, 2n ** 63n - 2n ** 31n, 2n ** 32n - 1n, 2n ** 31n, 2n ** 63n]
  const long = 2 ** 17 + 5
  for (const weight of [-32768, 32767])
    for (const limb of limbs)
      scoped(() => {
        const W = kernels.put(new Int16Array(long).fill(weight))
        const e = kernels.alloc(16 * long)
        kernels.u64(e, 2 * long).fill(limb)
        const out = outK(1)
        const expected = fMod(limb * BigInt(weight) * BigInt(long))
        fn.contractRowsI16(out, e, W, long, 1, 1)
        expect(getK(out, 1)[0]).toEqual([expected, expected])
        fn.contractColsI16(out, e, W, 1, long, long)
        expect(getK(out, 1)[0]).toEqual([expected, expected])
      })
  scoped(() => {
    const [rows, cols] = [65_537, 5]
    const out = outK(cols)
    const e = kernels.alloc(16 * rows)
    kernels.u64(e, 2 * rows).fill(P / 2n)
    fn.contractRowsI16(out, e, kernels.put(new Int16Array(rows * cols).fill(-32768)), rows, cols, cols)
    const expected = fMod((P / 2n) * -32768n * 65_537n)
    expect(getK(out, cols)).toEqual(Array.from({ length: cols }, () => [expected, expected]))
  })
})

const i16 = fc.oneof(fc.constantFrom(-32768, 32767, 0), fc.integer({ min: -32768, max: 32767 }))
const many = (length: number) => fc.array(i16, { minLength: length, maxLength: length })

test('matrix products of 16-bit integers are exact', () => {
  fc.assert(
    fc.property(
      fc
        .record({ m: fc.integer({ min: 1, max: 4 }), n: fc.integer({ min: 1, max: 3 }), cols: fc.integer({ min: 1, max: 35 }) })
        .chain(({ m, n, cols }) =>
          fc.record({ m: fc.constant(m), n: fc.constant(n), cols: fc.constant(cols), W: many(m * cols), x: many(n * cols) }),
        ),
      ({ m, n, cols, W, x }) =>
        scoped(() => {
          const y = kernels.alloc(8 * m * n)
          fn.matmulI16(y, kernels.put(Int16Array.from(W)), kernels.put(Int16Array.from(x)), m, n, cols)
          const expected = Array.from({ length: m * n }, (_, at) => {
            const [row, i] = [Math.floor(at / m), at % m]
            return Array.from({ length: cols }, (_, c) => BigInt(W[i * cols + c]! * x[row * cols + c]!)).reduce((a, b) => a + b)
          })
          expect([...kernels.i64(y, m * n)]).toEqual(expected)
        }),
    ),
  )
})

test('a pair of the smallest values, which wraps in 32 bits, still counts 2^31', () => {
  scoped(() => {
    const n = 100_003
    const all = kernels.put(new Int16Array(n).fill(-32768))
    const y = kernels.alloc(8)
    fn.matmulI16(y, all, all, 1, 1, n)
    expect(kernels.i64(y, 1)[0]).toBe(BigInt(n) * 2n ** 30n)
  })
})

const geometry = fc
  .record({
    icg: fc.integer({ min: 1, max: 3 }),
    ocg: fc.integer({ min: 1, max: 3 }),
    groups: fc.integer({ min: 1, max: 2 }),
    H: fc.integer({ min: 1, max: 6 }),
    W: fc.integer({ min: 1, max: 6 }),
    KH: fc.integer({ min: 1, max: 3 }),
    KW: fc.integer({ min: 1, max: 3 }),
    sy: fc.integer({ min: 1, max: 3 }),
    sx: fc.integer({ min: 1, max: 3 }),
    py: fc.integer({ min: 0, max: 2 }),
    px: fc.integer({ min: 0, max: 2 }),
    dy: fc.integer({ min: 1, max: 2 }),
    dx: fc.integer({ min: 1, max: 2 }),
  })
  .map((g) => ({
    ...g,
    OH: Math.floor((g.H + 2 * g.py - g.dy * (g.KH - 1) - 1) / g.sy) + 1,
    OW: Math.floor((g.W + 2 * g.px - g.dx * (g.KW - 1) - 1) / g.sx) + 1,
  }))
  .filter(({ OH, OW }) => OH >= 1 && OW >= 1)

test('convolutions with groups, strides, padding and dilation are exact', () => {
  const cases = geometry.chain((g) =>
    fc.record({ g: fc.constant(g), weights: many(g.groups * g.ocg * g.icg * g.KH * g.KW), image: many(g.groups * g.icg * g.H * g.W) }),
  )
  fc.assert(
    fc.property(cases, ({ g, weights, image }) =>
      scoped(() => {
        const expected: bigint[] = []
        for (let o = 0; o < g.groups * g.ocg; o++)
          for (let oy = 0; oy < g.OH; oy++)
            for (let ox = 0; ox < g.OW; ox++) {
              let sum = 0n
              for (let ic = 0; ic < g.icg; ic++)
                for (let ky = 0; ky < g.KH; ky++)
                  for (let kx = 0; kx < g.KW; kx++) {
                    const [iy, ix] = [oy * g.sy + ky * g.dy - g.py, ox * g.sx + kx * g.dx - g.px]
                    if (iy < 0 || iy >= g.H || ix < 0 || ix >= g.W) continue
                    const channel = Math.floor(o / g.ocg) * g.icg + ic
                    sum += BigInt(weights[((o * g.icg + ic) * g.KH + ky) * g.KW + kx]! * image[(channel * g.H + iy) * g.W + ix]!)
                  }
              expected.push(sum)
            }
        const y = kernels.alloc(8 * expected.length)
        const shape = Uint32Array.of(g.icg, g.ocg, g.groups, g.H, g.W, g.KH, g.KW, g.OH, g.OW, g.sy, g.sx, g.py, g.px, g.dy | (g.dx << 16))
        const scratch = kernels.alloc(2 * g.icg * g.KH * g.KW)
        fn.convI16(y, kernels.put(Int16Array.from(weights)), kernels.put(Int16Array.from(image)), kernels.put(shape), scratch)
        expect([...kernels.i64(y, expected.length)]).toEqual(expected)
      }),
    ),
  )
})
