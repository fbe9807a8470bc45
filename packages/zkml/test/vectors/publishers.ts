import { bytesToHex } from '@opengradient/protocol'
import type { Attributes } from '../../src/ir/types.ts'
import type { ModelBuilder } from '../../src/program/model.testkit.ts'
import type { RejectedVector } from './proofs.ts'
import { type Loose, published } from './publication.ts'

export const NONE = 2 ** 31 - 1
export const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }

export const COMMITTED = { weights: 1, wd: new Uint8Array(32) }
/** Four int16 of 0, in and out. */
export const NOUGHTS = { x: bytesToHex(new Uint8Array(8)), y: bytesToHex(new Uint8Array(8)) }

/** Models that their author could not make with honest tools, under names that are right. `of`, `committed`: vectors whose proofs are shown. */
export function publishers(of: string, committed: string): RejectedVector[] {
  const bad = (says: string, code: string, make: (m: ModelBuilder) => number[], spoil: (ir: Loose) => void = () => {}) =>
    published(says, of, code, make, { spoil })
  return [
    bad('model with an operator that does not exist', 'BAD_IR', clip, (ir) => Object.assign(nodeOf(ir), { op: 'Halt' })),
    bad('model with a shift of 41', 'BAD_IR', clip, (ir) => Object.assign(nodeOf(ir).a, { s: 41 })),
    bad('model whose range is one value', 'BAD_IR', clip, (ir) => Object.assign(nodeOf(ir).a, { lo: 0, hi: 0 })),
    bad('model with tensors of 2^120 cells', 'BAD_IR', clip, (ir) => {
      for (const tensor of ir.tensors as { axes: number[] }[]) tensor.axes = Array(6).fill(2 ** 20)
    }),
    bad('table numbered like a range', 'BAD_IR', pwl, (ir) => Object.assign((ir.tables as object[])[0]!, { id: 4 })),
    bad('softmax that divides by zero', 'BAD_IR', softmax, (ir) => {
      Object.assign((ir.tables as object[])[0]!, { rows: Array(256).fill([0, 0]) })
    }),
    bad('tree that runs in a circle', 'BAD_IR', trees({ left: [0, 1, 2] })),
    bad(
      'tree whose child stands before its parent',
      'BAD_IR',
      trees({ roots: [2], thr: [NONE, NONE, 4], left: [0, 1, 0], leaves: [0, 1] }),
    ),
    bad('tree with a leaf that has a threshold', 'BAD_IR', trees({ thr: [4, 3, NONE] })),
    bad('tree that reads a feature which is not there', 'BAD_IR', trees({ f: [2, 0, 0] })),
    bad('accumulator that leaves the field', 'BOUND_EXCEEDED', (m) => [
      m.node('Gemm', [m.input([4])], [m.weight([2, 4], 'i16', () => 32767)], [2], { d: [40, 0], raw: 1 }),
    ]),
    bad('windows of 2^18 taps at 2^18 places', 'LIMIT', (m) => [
      m.node('AvgPool', [m.input([1, 1023, 1023])], [], [1, 512, 512], { kernel: [512, 512], ...WINDOW, c: 1, s: 16, lo: 0, hi: 9 }),
    ]),
    bad('parts of parts of parts', 'LIMIT', (m) => {
      let x = m.input([1])
      for (let n = 1, i = 0; i < 3; i++, n *= 64) x = m.node('Concat', Array(64).fill(x), [], [64 * n], { ax: 0 })
      return Array.from({ length: 64 }, () => m.node('Clip', [x], [], [64 ** 3], { s: 1, lo: 0, hi: 9 }))
    }),
    published('committed weights in two layouts', committed, 'UNSUPPORTED_OP', twoLayouts, { manifest: COMMITTED }),
    published('manifest that says its range is proved', of, 'WRONG_MODEL', clip, { manifest: { range: true } }),
    published('manifest with codewords of 2^21', of, 'WRONG_MODEL', clip, { manifest: { pcs: [[1, 14, 21]] } }),
    published('committed weights of a model that has none', committed, 'WRONG_MODE', clip, { manifest: COMMITTED, statement: NOUGHTS }),
  ]
}

export const nodeOf = (ir: Loose) => (ir.nodes as { op: string; a: Attributes }[])[0]!
export const clip = (m: ModelBuilder) => [m.node('Clip', [m.input([4])], [], [4], { s: 1, lo: 0, hi: 90 })]

export function pwl(m: ModelBuilder): number[] {
  m.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, () => [0, 0] as const) })
  return [m.node('Pwl', [m.input([4])], [], [4], { table: 0, s: 8, lo: 0, hi: 90 })]
}

export function softmax(m: ModelBuilder): number[] {
  m.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, (_, i) => [i === 0 ? 2 ** 14 : 0, 0] as const) })
  return [m.node('Softmax', [m.input([4])], [], [4], { table: 0, s: 8 }, 'i16', 14)]
}

/** One tree of a node and two leaves, with something else in it. */
export function trees(change: Partial<Record<'f' | 'thr' | 'left' | 'roots' | 'leaves' | 'values', number[]>>) {
  const at = { f: [0, 0, 0], thr: [4, NONE, NONE], left: [1, 1, 2], roots: [0], leaves: [1, 2], values: [0, 1], ...change }
  return (m: ModelBuilder) => {
    const x = m.input([2], 'i32')
    const column = (values: readonly number[], dt: 'i16' | 'i32') => m.weight([values.length], dt, (i) => values[i]!)
    const w = [
      column(at.f, 'i16'),
      column(at.thr, 'i32'),
      column(at.left, 'i32'),
      m.weight([at.values.length, 1], 'i64', (i) => at.values[i]!),
    ]
    return [m.node('TreeEnsemble', [x], w, [1], { roots: at.roots, leaves: at.leaves, depth: 1, base: [0] }, 'i64')]
  }
}

/** A kernel that one convolution reads as [O, C, taps] and another in groups. */
export function twoLayouts(m: ModelBuilder): number[] {
  const w = m.noise([4, 2, 1, 1], 'i16', 50)
  const conv = (C: number, group: number) => {
    const a = { group, ...WINDOW, d: [0, 0, 0, 0], raw: 1 }
    return m.node('Conv', [m.input([C, 2, 2])], [w], [4, 2, 2], a)
  }
  return [conv(2, 1), conv(4, 2)]
}
