import { expect, test } from 'vitest'
import { fMod } from '../field/f.ts'
import { type K, kAdd, kMul } from '../field/k.ts'
import { getF, getK, kernels, outK, putK, randomKs, scoped, stream } from '../kernels/kernels.testkit.ts'
import type { Window } from '../program/types.ts'
import { Desk } from './desk.ts'
import { tapCell } from './reading.ts'
import { type CellKind, cellsOf, contractTaps, contractTo, type Tensor } from './tensor.ts'

const KINDS: readonly CellKind[] = ['i16', 'i64', 'F', 'K']

/** `cells` cells of a kind in memory, and what they are in K. */
function random(kind: CellKind, cells: number): { at: number; values: K[] } {
  const values = kind === 'K' ? randomKs(cells, 5n) : random64(cells, kind)
  if (kind === 'K') return { at: putK(values), values }
  const integers = values.map(([value]) => value)
  if (kind === 'i16') return { at: kernels.put(Int16Array.from(integers, Number)), values }
  return { at: kernels.put(kind === 'i64' ? BigInt64Array.from(integers) : BigUint64Array.from(integers)), values }
}

function random64(cells: number, kind: CellKind): K[] {
  const next = stream(6n)
  const of = {
    i16: (v: bigint) => BigInt.asIntN(16, v),
    i64: (v: bigint) => BigInt.asIntN(62, v),
    F: (v: bigint) => v,
    K: (v: bigint) => v,
  }[kind]
  return Array.from({ length: cells }, () => [of(next.next().value), 0n])
}

const MARK = 0xabcd_ef01_2345_6789n
/** Room for `n` values of K between two words that nobody may write. */
function guarded(n: number): { out: number; intact: () => bigint[] } {
  const before = kernels.put(BigUint64Array.of(MARK, MARK))
  const out = outK(n)
  const after = kernels.put(BigUint64Array.of(MARK, MARK))
  return { out, intact: () => [...getF(before, 2), ...getF(after, 2)] }
}

const product = ([a, b]: K, weight: K): K => kMul([fMod(a), b], weight)

test('an axis is contracted wherever it stands, for cells of every kind, and nothing is written beside', () => {
  const desk = new Desk(kernels)
  const axes = [
    { n: 3, length: 4 },
    { n: 5, length: 8 },
    { n: 2, length: 2 },
  ]
  for (const kind of KINDS)
    for (const axis of axes.keys())
      scoped(() => {
        const { at, values } = random(kind, cellsOf(axes))
        const tensor: Tensor = { at, kind, axes }
        const vector = randomKs(axes[axis]!.n, 7n)
        const inner = cellsOf(axes.slice(axis + 1))
        const outer = cellsOf(axes.slice(0, axis))
        const { out, intact } = guarded(outer * inner)
        contractTo(desk, out, tensor, axis, putK(vector))
        const expected = Array.from({ length: outer * inner }, (_, cell) => {
          const [a, b] = [Math.floor(cell / inner), cell % inner]
          return vector.map((weight, i) => product(values[(a * axes[axis]!.length + i) * inner + b]!, weight)).reduce(kAdd)
        })
        expect(getK(out, outer * inner)).toEqual(expected)
        expect(intact()).toEqual([MARK, MARK, MARK, MARK])
      })
})

test('the taps of windows that are too many to be written out at a time are contracted like few', () => {
  const desk = new Desk(kernels)
  const window: Window = [64, 64, 3, 3, 64, 64, 1, 1, 1, 1, 1, 1]
  const [cells, outputs, taps] = [64 * 64, 64 * 64, 9]
  // 2^20 cells are written out at a time: those of all taps, of eight and of four.
  for (const [kind, rows] of [
    ['i16', 1],
    ['i16', 30],
    ['i64', 64],
  ] as const)
    scoped(() => {
      const { at, values } = random(kind, rows * cells)
      // Few outputs have a weight: corners, an edge and the middle.
      const weights = new Map([0, 63, 64, 2080, outputs - 1].map((o, i) => [o, randomKs(1, BigInt(9 + i))[0]!]))
      const e = putK(Array.from({ length: outputs }, (_, o) => weights.get(o) ?? [0n, 0n]))
      const { out, intact } = guarded(taps * rows)
      contractTaps(
        desk,
        out,
        {
          at,
          kind,
          axes: [
            { n: rows, length: rows },
            { n: cells, length: cells },
          ],
        },
        window,
        e,
      )
      const expected = Array.from({ length: taps * rows }, (_, place) => {
        const [tap, row] = [Math.floor(place / rows), place % rows]
        return [...weights].reduce(
          (sum: K, [o, weight]) => {
            const cell = tapCell(window, tap, o)
            return cell < 0 ? sum : kAdd(sum, product(values[row * cells + cell]!, weight))
          },
          [0n, 0n],
        )
      })
      expect(getK(out, taps * rows)).toEqual(expected)
      expect(intact()).toEqual([MARK, MARK, MARK, MARK])
      expect(() => contractTaps(desk, out, { at, kind: 'K', axes: [{ n: 1, length: 1 }] }, window, e)).toThrow('integers or elements of F')
    })
})
