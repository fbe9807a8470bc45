import type { Attributes, IrTensor } from '../../src/ir/types.ts'
import type { ModelBuilder } from '../../src/program/model.testkit.ts'
import type { Loose } from './publication.ts'
import { clip, NONE, nodeOf, pwl, softmax, trees, WINDOW } from './publishers.ts'

export const ROUND = { s: 1, lo: 0, hi: 90 }
const POOL = { kernel: [1, 1], ...WINDOW }
/** Writes a model, and gives its outputs. */
export type Make = (m: ModelBuilder) => number[]

/** A model of one node over an input. */
export const one =
  (op: string, axes: readonly number[], out: readonly number[], a: Attributes): Make =>
  (m) => [m.node(op, [m.input(axes)], [], out, a)]
export const gemm: Make = (m) => [m.gemm(m.input([3]), 2, { raw: 1 })]
const tensor = (ir: Loose, i: number) => (ir.tensors as { -readonly [K in keyof IrTensor]: unknown }[])[i]!
export const attr = (values: Attributes) => (ir: Loose) => Object.assign(nodeOf(ir).a, values)
const conv =
  (C: number, O: number, group: number): Make =>
  (m) => [
    m.node('Conv', [m.input([C, 1, 1])], [m.noise([O, 1, 1, 1], 'i16', 9)], [O, 1, 1], { group, ...WINDOW, d: Array(O).fill(0), raw: 1 }),
  ]

/** A rule of SPEC 2.1, 2.4 or 2.7 that the model breaks. */
export const broken: readonly (readonly [says: string, make: Make, spoil: (ir: Loose) => void])[] = [
  ['model whose tensors are numbered from 1', clip, (ir) => Object.assign(tensor(ir, 0), { id: 1 })],
  ['model that reads what is not there yet', clip, (ir) => Object.assign(nodeOf(ir), { in: [1] })],
  ['model that makes a tensor twice', clip, (ir) => Object.assign(ir, { nodes: [nodeOf(ir), nodeOf(ir)] })],
  ['model with a tensor that nothing makes', clip, (ir) => (ir.tensors as IrTensor[]).push({ id: 2, axes: [4], dt: 'i16', f: 0 })],
  ['model whose output is its input', clip, (ir) => Object.assign(ir, { outputs: [1, 0] })],
  ['model with one output twice', clip, (ir) => Object.assign(ir, { outputs: [1, 1] })],
  [
    'model with a sum that is no output',
    (m) => [clip(m)[0]!, m.gemm(m.input([2]), 1, { raw: 1 })],
    (ir) => Object.assign(ir, { outputs: [1] }),
  ],
  ['model with an input of int64', clip, (ir) => Object.assign(tensor(ir, 0), { dt: 'i64' })],
  ['model that rounds features of trees', clip, (ir) => Object.assign(tensor(ir, 0), { dt: 'i32' })],
  ['model with features of trees at a scale', trees({}), (ir) => Object.assign(tensor(ir, 0), { f: 1 })],
  ['model with another shape than its operator makes', clip, (ir) => Object.assign(tensor(ir, 1), { axes: [2, 2] })],
  ['model with an attribute too many', clip, attr({ d: 1 })],
  ['model with an attribute too few', clip, (ir) => Object.assign(nodeOf(ir), { a: { s: 1, lo: 0 } })],
  ['model that is rounded and raw', clip, attr({ raw: 1 })],
  ['model with a list for an integer', clip, attr({ s: [1] })],
  ['model whose range does not have 0 in it', clip, attr({ lo: 1 })],
  ['model with a name of 257 bytes', clip, (ir) => Object.assign(ir, { name: 'é'.repeat(128).concat('x') })],
  ['model with limbs of 9 bits', clip, (ir) => Object.assign(ir, { limb: 9 })],
  [
    'model with words on accuracy that are too long',
    clip,
    (ir) => Object.assign(ir, { calib: { maxErr: '0'.repeat(65), rms: '0', n: 1 } }),
  ],
  ['model with a field that is not its own', clip, (ir) => Object.assign(ir, { trusted: 1 })],
  ['weights with a scale for each of three channels of two', gemm, (ir) => Object.assign((ir.weights as object[])[0]!, { f: [0, 0, 0] })],
  ['weights of int32 in a layer', gemm, (ir) => Object.assign((ir.weights as object[])[0]!, { dt: 'i32' })],
  ['layer without its weights', gemm, (ir) => Object.assign(nodeOf(ir), { w: [] })],
  ['layer with powers for one channel of two', gemm, attr({ d: [0] })],
  ['table of 255 rows', pwl, (ir) => Object.assign((ir.tables as object[])[0]!, { rows: Array(255).fill([0, 0]) })],
  ['table with an entry above 2^24', pwl, (ir) => Object.assign((ir.tables as object[])[0]!, { rows: Array(256).fill([2 ** 24 + 1, 0]) })],
  ['node that reads a table which is not there', pwl, attr({ table: 1 })],
  ['softmax at another scale than 14', softmax, (ir) => Object.assign(tensor(ir, 1), { f: 13 })],
  ['softmax over 1025 cells', softmax, (ir) => [0, 1].map((i) => Object.assign(tensor(ir, i), { axes: [1025] }))],
  ['choice among 32769 cells', one('ArgMax', [32769], [1], {}), () => {}],
  ['constant for a second term that is not there', one('Affine', [2], [2], { ax: 0, c1: 1, c0: 0, ...ROUND }), attr({ c2: 1 })],
  ['constants for two of three channels', one('Affine', [3], [3], { ax: 0, c1: [1, 2], c0: 0, ...ROUND }), () => {}],
  ['groups that do not divide the channels', conv(3, 2, 2), () => {}],
  ['window with no real cell', one('MaxPool', [1, 2, 2], [1, 3, 2], { ...POOL, pad: [1, 0, 0, 0] }), () => {}],
  ['window longer than its map', one('MaxPool', [1, 2, 2], [1, 1, 2], { ...POOL, kernel: [3, 1] }), () => {}],
  [
    'mean of more than 2^22 cells',
    one('AvgPool', [1, 2049, 2048], [1, 1, 1], { ...WINDOW, kernel: [2049, 2048], c: 1, ...ROUND }),
    () => {},
  ],
  ['part behind the end of an axis', one('Slice', [4], [2], { ax: 0, start: 3, len: 2 }), () => {}],
  ['index behind the end of an axis', one('Gather', [4], [1], { ax: 0, idx: [4] }), () => {}],
  ['axis that is not there', one('Slice', [4], [4], { ax: 1, start: 0, len: 1 }), () => {}],
  ['permutation that has an axis twice', one('Transpose', [2, 2], [2, 2], { perm: [0, 0] }), () => {}],
  ['other number of cells after a reshape', one('Reshape', [4], [5], {}), () => {}],
  ['parts of different width', (m) => [m.node('Concat', [m.input([2, 2]), m.input([2, 3])], [], [4, 2], { ax: 0 })], () => {}],
  ['factors of different length', (m) => [m.node('MatMulAA', [m.input([2, 2]), m.input([2, 3])], [], [2, 2], { raw: 1 })], () => {}],
  [
    'tree deeper than it says',
    trees({ f: [0, 0, 0, 0, 0], thr: [4, 3, NONE, NONE, NONE], left: [1, 3, 2, 3, 4], leaves: [2, 3, 4], values: [0, 1, 2] }),
    () => {},
  ],
  ['tree with a leaf that is not listed', trees({ leaves: [1], values: [1] }), () => {}],
  ['tree with its leaves in another order', trees({ leaves: [2, 1] }), () => {}],
  ['tree with a leaf value of 2^40', trees({ values: [2 ** 40, 0] }), () => {}],
  ['tree whose root is not in its table', trees({ roots: [3] }), () => {}],
]
