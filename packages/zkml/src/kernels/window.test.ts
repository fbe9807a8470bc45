import fc from 'fast-check'
import { expect, test } from 'vitest'
import { tapCell } from '../proof/reading.ts'
import { Kernels } from './kernels.ts'

const kernels = Kernels.loadSync()
const P = 0xffff_ffff_0000_0001n

/** (a + bX)(c + dX) with X² = 7. */
const times = ([a, b]: readonly bigint[], [c, d]: readonly bigint[]) => [(a! * c! + 7n * b! * d!) % P, (a! * d! + b! * c!) % P] as const
const element = fc.tuple(fc.bigInt({ min: 0n, max: P - 1n }), fc.bigInt({ min: 0n, max: P - 1n }))

function put(values: readonly (readonly bigint[])[]): number {
  return kernels.put(BigUint64Array.from(values.flat()))
}

test('a tap of a window adds what the definition reads', () => {
  const size = fc.integer({ min: 1, max: 4 })
  const window = fc.tuple(size, size, size, size, size, size, size, size, fc.nat(2), fc.nat(2), size, size)
  fc.assert(
    fc.property(window, element, fc.array(element, { minLength: 16, maxLength: 16 }), fc.boolean(), (win, factor, outputs, plain) => {
      const mark = kernels.mark()
      const [H, W, KH, KW, OH, OW] = win
      const coef = plain ? ([1n, 0n] as const) : factor
      for (let tap = 0; tap < KH * KW; tap++) {
        const out = kernels.zeros(16 * H * W)
        kernels.fn.windowTap(out, put(outputs), kernels.put(Int32Array.from(win)), tap, put([coef]))
        const expected = Array.from({ length: H * W }, () => [0n, 0n])
        for (let o = 0; o < OH * OW; o++) {
          const cell = tapCell(win, tap, o)
          if (cell < 0) continue
          const [a, b] = times(coef, outputs[o]!)
          expected[cell] = [(expected[cell]![0]! + a) % P, (expected[cell]![1]! + b) % P]
        }
        expect([...kernels.u64(out, 2 * H * W)]).toEqual(expected.flat())
      }
      kernels.release(mark)
    }),
    { numRuns: 60 },
  )
})

test('the cells that a tap reads', () => {
  const size = fc.integer({ min: 1, max: 4 })
  const window = fc.tuple(size, size, size, size, size, size, size, size, fc.nat(2), fc.nat(2), size, size)
  fc.assert(
    fc.property(
      window,
      fc.array(fc.integer({ min: -32768, max: 32767 }), { minLength: 40, maxLength: 40 }),
      fc.boolean(),
      (win, cells, wide) => {
        const mark = kernels.mark()
        const [H, W, KH, KW, OH, OW] = win
        const [length, rows, outputs] = [H * W + 3, 2, OH * OW]
        const src = kernels.put(wide ? BigInt64Array.from(cells, BigInt) : Int16Array.from(cells))
        const record = kernels.put(Int32Array.from(win))
        for (let tap = 0; tap < KH * KW; tap++) {
          const out = kernels.alloc(8 * rows * outputs)
          const read = wide ? kernels.fn.windowCells64 : kernels.fn.windowCells16
          read(out, src, record, tap, rows, length)
          const got = wide
            ? [...kernels.i64(out, rows * outputs)].map(Number)
            : [...new Int16Array(kernels.bytes(out, 2 * rows * outputs).buffer)]
          const expected = Array.from({ length: rows * outputs }, (_, i) => {
            const cell = tapCell(win, tap, i % outputs)
            return cell < 0 ? 0 : cells[Math.floor(i / outputs) * length + cell]!
          })
          expect(got).toEqual(expected)
        }
        kernels.release(mark)
      },
    ),
    { numRuns: 60 },
  )
})

test('a gather adds the cells that it names', () => {
  fc.assert(
    fc.property(
      fc.array(element, { minLength: 5, maxLength: 5 }),
      element,
      fc.array(fc.integer({ min: -1, max: 4 })),
      (cells, coef, index) => {
        const mark = kernels.mark()
        const out = kernels.zeros(16 * index.length)
        kernels.fn.kGatherAxpy(out, put(cells), kernels.put(Int32Array.from(index)), put([coef]), index.length)
        expect([...kernels.u64(out, 2 * index.length)]).toEqual(index.flatMap((i) => (i < 0 ? [0n, 0n] : [...times(coef, cells[i]!)])))
        kernels.release(mark)
      },
    ),
    { numRuns: 60 },
  )
})
