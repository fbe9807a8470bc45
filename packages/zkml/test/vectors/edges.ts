import type { Attributes } from '../../src/ir/types.ts'
import { type ModelBuilder, RELU } from '../../src/program/model.testkit.ts'
import type { Family } from '../attacks/families.ts'
import { bounded } from './bounded.ts'

/** Activations that do not begin at 0: their forms have a constant. */
const NEAR = { s: 9, lo: -100, hi: 155 }

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }

/** Models whose programs lack a part that others have, and statements at the ends of what they may be. */
export const edges: readonly Family[] = [
  { name: 'nothing looked up', build: (m) => [m.gemm(m.input([2]), 3, { raw: 1 })] },
  { name: 'nothing looked up, committed weights', build: (m) => [m.gemm(m.input([2]), 3, { raw: 1 })], options: { mode: 'committed' } },
  { name: 'nothing committed', build: (m) => [m.node('Reshape', [m.input([2, 3])], [], [6], {})] },
  {
    name: 'more weights than anything else',
    build: (m) => [m.gemm(m.gemm(m.input([20]), 30, { ...RELU, s: 9 }), 2, { raw: 1 })],
    options: { mode: 'committed' },
  },
  {
    name: 'two outputs, a context of 256 bytes, four batches',
    build: (m) => {
      const x = m.input([2])
      return [m.gemm(x, 2, { raw: 1 }), m.gemm(x, 1, { raw: 1 })]
    },
    published: { ctx: new Uint8Array(256).fill(7), batches: [2, 3, 4096] },
  },
  // Contractions over heads (rank 4, since maps of rank 3 are read over two axes): of two hidden factors, of a hidden and a public one, of two public ones.
  {
    name: 'attention over heads, in a batch',
    build: (m) => [
      m.node('MatMulAA', [m.gemm(m.input([2, 1, 2, 3]), 3, NEAR), m.gemm(m.input([2, 1, 3, 2]), 3, NEAR)], [], [2, 1, 2, 3], { raw: 1 }),
    ],
    options: { batch: 2 },
  },
  {
    name: 'attention to and of an input, in a batch',
    build: (m) => {
      const [x, z] = [m.input([2, 1, 2, 3]), m.input([2, 1, 3, 2])]
      const hidden = m.gemm(z, 3, NEAR)
      return [m.node('MatMulAA', [x, hidden], [], [2, 1, 2, 3], { raw: 1 }), m.node('MatMulAA', [hidden, x], [], [2, 1, 3, 2], { raw: 1 })]
    },
    options: { batch: 2 },
  },
  {
    name: 'attention of two inputs, in a batch',
    build: (m) => [m.node('MatMulAA', [m.input([2, 1, 2, 3]), m.input([2, 1, 3, 3])], [], [2, 1, 2, 3], { raw: 1 })],
    options: { batch: 2 },
  },
  {
    name: 'convolution of a convolution',
    build: (m) => {
      const conv = (x: number, C: number, axes: readonly number[], how: Attributes) =>
        m.node('Conv', [x], [m.noise([axes[0]!, C, 2, 2], 'i16', 200)], axes, { group: 1, ...WINDOW, d: Array(axes[0]!).fill(0), ...how })
      return [conv(conv(m.input([2, 3, 3]), 2, [3, 2, 2], { s: 8, lo: -100, hi: 155 }), 3, [2, 1, 1], { raw: 1 })]
    },
  },
  {
    name: 'a layer over an input and what is made of it',
    build: (m) => {
      const x = m.input([3])
      return [m.gemm(m.node('Concat', [x, m.gemm(x, 2, NEAR)], [], [5], { ax: 0 }), 2, { raw: 1 })]
    },
  },
  {
    name: 'views that are copied',
    build: (m) => {
      // Three axes become one, a window of one axis is read through another shape, and a join is cut behind its first part.
      const y = m.node('Clip', [m.input([2, 2, 3, 1])], [], [2, 2, 3, 1], NEAR)
      const flat = m.node('Reshape', [y], [], [12], {})
      const turned = m.node('Gather', [flat], [], [4], { ax: 0, idx: [11, 0, 7, 7] })
      const pairs = m.node('Reshape', [m.node('Slice', [flat], [], [6], { ax: 0, start: 3, len: 6 })], [], [3, 2], {})
      const joined = m.node('Concat', [y, y], [], [4, 2, 3, 1], { ax: 0 })
      const one = m.node('Slice', [joined], [], [1, 2, 3, 1], { ax: 0, start: 2, len: 1 })
      const row = m.node('Reshape', [one], [], [1, 2, 3], {})
      return [m.gemm(turned, 1, { raw: 1 }), m.node('MatMulAA', [pairs, pairs], [], [3, 3], { raw: 1 }), m.gemm(row, 2, { raw: 1 })]
    },
  },
  // Windows of public maps, which a verifier reads itself, over every border and past it.
  {
    name: 'convolution with borders on all sides, in a batch',
    build: (m) => [borders(m, [2, 3, 4], [3, 2, 2, 2], [3, 4, 3], { group: 1, stride: [1, 2], pad: [2, 1, 1, 2], dil: [2, 2] })],
    options: { batch: 3 },
  },
  {
    name: 'convolution with borders on all sides, in groups',
    build: (m) => [borders(m, [4, 3, 3], [6, 2, 3, 2], [6, 3, 4], { group: 2, stride: [1, 1], pad: [1, 1, 1, 1], dil: [1, 1] })],
  },
  {
    name: 'convolution of two channels with borders on all sides',
    build: (m) => [borders(m, [2, 3, 3], [3, 2, 2, 2], [3, 4, 4], { group: 1, stride: [1, 1], pad: [1, 1, 1, 1], dil: [1, 1] })],
  },
  {
    name: 'pools with borders on all sides',
    build: (m) => {
      const x = m.input([2, 2, 3])
      const how = { kernel: [2, 2], ...WINDOW, pad: [1, 1, 1, 1] }
      return [m.node('AvgPool', [x], [], [2, 3, 4], { ...how, c: 5, raw: 1 }), m.node('MaxPool', [x], [], [2, 3, 4], how)]
    },
  },
  {
    name: 'short rows and long codewords',
    build: (m) => [m.gemm(m.input([3]), 2, { ...NEAR })],
    published: { sizes: [5, 10] },
  },
  // As they are, turned, joined, with a border, in another order.
  {
    name: 'public inputs over other axes',
    build: (m) => {
      const [x, z] = [m.input([2, 3]), m.input([2, 3])]
      const over = (of: number, axes: readonly number[]) => m.gemm(m.node('Reshape', [of], [], axes, {}), 2, { raw: 1 })
      return [
        over(x, [3, 2]),
        over(m.node('Transpose', [x], [], [3, 2], { perm: [1, 0] }), [2, 3]),
        over(m.node('Concat', [x, z], [], [2, 6], { ax: 1 }), [3, 4]),
        over(m.node('Pad', [z], [], [2, 4], { ax: 1, before: 1, after: 0, value: 7 }), [4, 2]),
        over(m.node('Gather', [z], [], [2, 3], { ax: 1, idx: [2, 0, 1] }), [3, 2]),
      ]
    },
  },
  {
    name: 'attention of two inputs, one of them over two axes',
    build: (m) => {
      const rows = m.node('Reshape', [m.input([2, 1, 3, 3])], [], [6, 3], {})
      return [m.node('MatMulAA', [rows, m.input([5, 3])], [], [6, 5], { raw: 1 })]
    },
  },
  {
    name: 'limbs of 16 bits, with remainders of 5, 9 and 15',
    build: (m) => [m.gemm(m.gemm(m.gemm(m.input([2]), 2, { ...NEAR, s: 5 }), 2, { ...NEAR, s: 9 }), 2, { ...RELU, s: 15 })],
    published: { sizes: [11, 13], limb: 16 },
  },
  {
    name: 'rounding beyond one end, beyond none, and without a shift',
    build: (m) => {
      const x = m.input([2])
      const clip = (s: number, lo: number, hi: number) => m.node('Clip', [x], [], [2], { s, lo, hi })
      return [clip(1, -100, 32767), clip(1, -32768, 100), clip(3, -32768, 32767), clip(0, -100, 32767), clip(0, -32768, 32767)]
    },
    options: { value: (i) => i * 900 - 600 },
  },
  {
    name: 'convolutions of a channel into two, of two into one, and into one',
    build: (m) => {
      const x = m.input([4, 2, 2])
      const conv = (of: number, w: readonly number[], group: number) =>
        m.node('Conv', [of], [m.noise(w, 'i16', 300)], [w[0]!, 1, 1], { group, ...WINDOW, d: Array(w[0]!).fill(0), raw: 1 })
      return [conv(x, [8, 1, 2, 2], 4), conv(x, [2, 2, 2, 2], 2), conv(x, [1, 4, 2, 2], 1)]
    },
  },
  {
    name: 'views and constants of other forms',
    build: (m) => {
      const y = m.node('Clip', [m.input([2, 2, 3])], [], [2, 2, 3], NEAR)
      const wide = m.node('Pad', [y], [], [4, 2, 3], { ax: 0, before: 1, after: 1, value: 9 })
      const kernel = m.noise([2, 4, 2, 2], 'i16', 300)
      return [
        m.gemm(m.node('Transpose', [m.input([2, 1, 3, 2])], [], [3, 2, 2, 1], { perm: [2, 3, 0, 1] }), 2, { raw: 1 }),
        m.node('Conv', [wide], [kernel], [2, 1, 2], { group: 1, ...WINDOW, d: [0, 0], raw: 1 }),
        m.gemm(m.node('Pad', [y], [], [2, 2, 4], { ax: 2, before: 0, after: 1, value: 0 }), 2, { raw: 1 }),
        m.node('Affine', [y], [], [2, 2, 3], { ax: 2, c1: [3, 3, 3], c0: [5, 5, 5], raw: 1 }),
        m.node('MaxPool', [y], [], [2, 1, 2], { kernel: [2, 2], ...WINDOW }),
      ]
    },
  },
  ...bounded,
]

/** A convolution of an input, with its accumulators as the answer. */
function borders(m: ModelBuilder, x: readonly number[], w: readonly number[], axes: readonly number[], how: Attributes): number {
  return m.node('Conv', [m.input(x)], [m.noise(w, 'i16', 300)], axes, { ...how, d: Array(w[0]!).fill(0), raw: 1 })
}
