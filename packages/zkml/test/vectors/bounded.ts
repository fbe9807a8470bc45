import type { Attributes } from '../../src/ir/types.ts'
import type { ModelBuilder } from '../../src/program/model.testkit.ts'
import type { Family } from '../attacks/families.ts'

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
const ANY = { s: 0, lo: -32768, hi: 32767 }

/**
 * Rounding whose limits a value passes by the bounds that SPEC 2.5 gives it, or just does not: with another bound anywhere the program is
 * another, and no proof of the one is a proof of the other.
 */
export const bounded: readonly Family[] = [
  {
    name: 'limits that bounds of sums pass',
    build: (m) => {
      const { x, more, affine } = started(m, [2])
      const turns = (c1: readonly number[]) => affine(x, { c1, c0: 0 }, { lo: -50, hi: 50 })
      return [
        ...[turns([1, -1]), turns([-1, 1])],
        affine(x, { c1: 1, c0: [0, 300] }, { lo: 0, hi: 350 }),
        affine(x, { c1: 1, c0: 300 }, { lo: 0, hi: 350 }),
        ...[[x, x] as const, [more, x] as const].map(([a, b]) =>
          m.node('Affine', [a, b], [], [2], { ax: 0, c1: 1, c2: 1, c0: 0, s: 0, lo: -10, hi: 100 }),
        ),
        m.node('Gemm', [more], [m.weight([1, 2], 'i16', (i) => i + 1)], [1], { d: [0], s: 0, lo: -1700, hi: 1700 }),
      ]
    },
  },
  {
    name: 'limits that bounds of slopes pass, and places of the largest',
    build: (m) => {
      const { x, more, less, affine } = started(m, [2])
      const y = affine(x, { c1: 2, c0: -90 }, ANY)
      const slope = (of: number, k: number, alpha: number) => m.node('LeakyRelu', [of], [], [2], { k, alpha, ...ANY })
      const largest = m.node('ArgMax', [m.node('Concat', [x, x], [], [4], { ax: 0 })], [], [1], {})
      return [
        affine(slope(y, 1, -3), { c1: 1, c0: -100 }, { lo: 0, hi: 150 }),
        affine(slope(more, 0, 1), { c1: 1, c0: -400 }, { lo: 0, hi: 150 }),
        affine(slope(less, 0, 1), { c1: 1, c0: 400 }, { lo: -150, hi: 100 }),
        m.node('Clip', [largest], [], [1], { s: 0, lo: 0, hi: 3 }),
      ]
    },
  },
  {
    name: 'limits that bounds of borders pass',
    build: (m) => {
      const { x, more, less, affine } = started(m, [1, 2, 2])
      const mean = (of: number, pad: readonly number[], out: readonly number[]) =>
        m.node('AvgPool', [of], [], out, { ...WINDOW, pad, kernel: [2, 1], c: 1, ...ANY })
      const padded = (before: number, after: number, value: number) =>
        m.node('Pad', [x], [], [1, 2, 2 + before + after], { ax: 2, before, after, value })
      const clip = (of: number) => m.node('Clip', [of], [], m.tensors[of]!.axes, { s: 0, lo: -20, hi: 200 })
      return [
        affine(mean(more, [1, 0, 1, 0], [1, 3, 2]), { c1: 1, c0: -900 }, { lo: 0, hi: 500 }),
        affine(mean(less, [1, 0, 1, 0], [1, 3, 2]), { c1: 1, c0: 900 }, { lo: -500, hi: 100 }),
        affine(mean(more, [0, 0, 0, 0], [1, 1, 2]), { c1: 1, c0: -900 }, { lo: 0, hi: 500 }),
        affine(mean(less, [0, 0, 0, 0], [1, 1, 2]), { c1: 1, c0: 900 }, { lo: -500, hi: 100 }),
        ...[padded(0, 0, 300), padded(1, 1, 300), padded(1, 0, -300), padded(0, 1, 50)].map(clip),
      ]
    },
  },
  {
    name: 'committed weights without a bias',
    build: (m) => [m.gemm(m.gemm(m.input([2]), 2, { s: 20, lo: -3000, hi: 3000 }, false), 1, { raw: 1 }, false)],
    options: { mode: 'committed' },
  },
]

/** Activations between 0 and 90, between 500 and 590, and between -590 and -500; and what computes such. */
function started(m: ModelBuilder, axes: readonly number[]) {
  const affine = (of: number, a: Attributes, rounding: Attributes) =>
    m.node('Affine', [of], [], m.tensors[of]!.axes, { ax: 0, ...a, s: 0, ...rounding })
  const x = m.node('Clip', [m.input(axes)], [], axes, { s: 0, lo: 0, hi: 90 })
  return { x, affine, more: affine(x, { c1: 1, c0: 500 }, ANY), less: affine(x, { c1: -1, c0: -500 }, ANY) }
}
