import type { ModelBuilder } from '../../src/program/model.testkit.ts'
import { attr, gemm, type Make, one, ROUND } from './broken.ts'
import type { RejectedVector } from './proofs.ts'
import { type Change, type Loose, published } from './publication.ts'
import { COMMITTED, clip, NONE, nodeOf, trees, WINDOW } from './publishers.ts'

const fields = (list: unknown, i: number, values: object) => Object.assign((list as object[])[i]!, values)

/** A layer of two outputs over an input, with weights and perhaps a bias of these axes. */
const layer =
  (w: readonly number[], bias?: readonly number[]): Make =>
  (m) => [m.node('Gemm', [m.input([3])], [m.noise(w, 'i16', 9), ...(bias ? [m.noise(bias, 'i64', 9)] : [])], [2], { d: [0, 0], raw: 1 })]

/** A convolution of one channel by kernels of one weight. */
const conv =
  (x: readonly number[], outputs: number, group: number, d: readonly number[], bias?: number): Make =>
  (m) => {
    const w = [m.noise([outputs, 1, 1, 1], 'i16', 9), ...(bias ? [m.noise([bias], 'i64', 9)] : [])]
    return [m.node('Conv', [m.input(x)], w, [outputs, 1, 1], { group, ...WINDOW, d, raw: 1 })]
  }

const product =
  (x: readonly number[], z: readonly number[], out: readonly number[]): Make =>
  (m) => [m.node('MatMulAA', [m.input(x), m.input(z)], [], out, { raw: 1 })]

const sum =
  (x: readonly number[], z: readonly number[], a: object): Make =>
  (m) => [m.node('Affine', [m.input(x), m.input(z)], [], x, { ax: 0, c1: 1, c2: 1, c0: 0, ...a, ...ROUND })]

/** As many nodes as a model may have, over as many inputs. */
function many(m: ModelBuilder): number[] {
  const inputs = Array.from({ length: 64 }, () => m.input([1]))
  return Array.from({ length: 512 }, (_, i) => m.node('Reshape', [inputs[i % 64]!], [], [1], {})).slice(-64)
}

/** What each rule of SPEC 2.1 and 2.4 is alone in refusing, and models that go as far as the rules let them, which are refused for another reason only. */
export function ends(of: string, committed: string): RejectedVector[] {
  const bad = (says: string, make: Make, spoil: Change['spoil'] & {} = () => {}) => published(says, of, 'BAD_IR', make, { spoil })
  const secret = (says: string, make: Make, spoil: Change['spoil'] & {}, code = 'BAD_IR') =>
    published(says, committed, code, make, { spoil, manifest: COMMITTED })
  const good = (says: string, make: Make, code = 'STATEMENT_MISMATCH', spoil: Change['spoil'] & {} = () => {}) =>
    published(says, of, code, make, { spoil })
  const weight =
    (axes: readonly number[], dt: string) =>
    ({ weights }: Loose) =>
      (weights as object[]).push({ id: 2, axes, dt, f: 0 })
  const scores = (count: number) => (ir: Loose) => {
    attr({ base: Array(count).fill(0) })(ir)
    fields(ir.tensors, 1, { axes: [count] })
    fields(ir.weights, 3, { axes: [2, count] })
  }
  const kernel = (height: number, width: number) => (ir: Loose) => {
    fields(ir.tensors, 0, { axes: [1, height, width] })
    fields(ir.weights, 0, { axes: [1, 1, height, width] })
  }
  const windows = (length: number, out: number) =>
    one('AvgPool', [1, length, 1], [1, out, 1], { ...WINDOW, kernel: [2 ** 13, 1], c: 1, ...ROUND })
  const pool = (x: readonly number[], out: readonly number[], a: object) => one('MaxPool', x, out, { kernel: [1, 1], ...WINDOW, ...a })
  const bias =
    (value: number): Make =>
    (m) => {
      const w = [m.weight([1, 4], 'i16', () => 0), m.weight([1], 'i64', () => value)]
      return [m.node('Gemm', [m.input([4])], w, [1], { d: [0], s: 20, lo: -9, hi: 9 })]
    }
  return [
    bad('layer with weights for four of three cells', layer([2, 4])),
    bad('layer with weights of three axes', layer([2, 3, 1])),
    bad('layer with a bias for three of two outputs', layer([2, 3], [3])),
    secret('committed weights of int32 in a layer', gemm, (ir) => fields(ir.weights, 0, { dt: 'i32' })),
    secret('committed bias of int16', gemm, (ir) => fields(ir.weights, 1, { dt: 'i16' })),
    bad('convolution with a bias for three of two channels', conv([1, 1, 1], 2, 1, [0, 0], 3)),
    bad('convolution with powers for three of two channels', conv([1, 1, 1], 2, 1, [0, 0, 0])),
    bad('convolution of a map of four axes', conv([1, 1, 1, 1], 2, 1, [0, 0])),
    bad('groups that do not divide what they make', conv([2, 1, 1], 3, 2, [0, 0, 0])),
    secret('convolution that sums more than 2^22 products', conv([1, 1, 1], 1, 1, [0]), kernel(2049, 2048)),
    bad('constants along an axis that is not there', one('Affine', [4], [4], { ax: 1, c1: 1, c0: 0, ...ROUND })),
    bad('sum of two cells and three', sum([2], [3], {})),
    bad('product of a vector and a matrix', product([3], [2, 3], [2])),
    bad('products under other leading axes', product([1, 2, 3], [2, 2, 3], [1, 2, 2])),
    bad('choice at a scale', one('ArgMax', [4], [1], {}), (ir) => fields(ir.tensors, 1, { f: 1 })),
    bad('trees over features of int16', trees({}), (ir) => fields(ir.tensors, 0, { dt: 'i16' })),
    bad('trees over a matrix of features', trees({}), (ir) => fields(ir.tensors, 0, { axes: [2, 1] })),
    bad('tree with more thresholds than nodes', trees({ thr: [4, NONE, NONE, NONE] })),
    bad('tree with more children than nodes', trees({ left: [1, 1, 2, 3] })),
    secret('trees with twelve scores', trees({}), scores(12)),
    bad('trees with two bases for one score', trees({}), attr({ base: [0, 0] })),
    bad('tree with a leaf behind its nodes', trees({ leaves: [1, 2, 3], values: [0, 1, 2] })),
    bad('tree with one leaf twice', trees({ leaves: [1, 2, 2], values: [0, 1, 2] })),
    bad('trees of which one has a root that is not there', trees({ roots: [0, 3] })),
    bad('trees without a root', trees({ roots: [] })),
    bad('tree with a leaf that reads a feature', trees({ f: [0, 1, 0] })),
    bad('tree with a leaf that goes on to another', trees({ left: [1, 1, 1] })),
    bad('tree that reads a feature before the first', trees({ f: [-1, 0, 0] })),
    bad('tree with a child that has no sibling', trees({ left: [2, 1, 2] })),
    bad(
      'tree deeper on its right than it says',
      trees({ f: [0, 0, 0, 0, 0], thr: [4, NONE, 3, NONE, NONE], left: [1, 1, 3, 3, 4], leaves: [1, 3, 4], values: [0, 1, 2] }),
    ),
    bad('tree with a leaf value of minus 2^40', trees({ values: [-(2 ** 40), 0] })),
    bad('parts joined along an axis that is not there', (m) => [m.node('Concat', [m.input([2]), m.input([2])], [], [2], { ax: 1 })]),
    bad('windows of 2^13 cells at more than 2^13 places', windows(2 ** 14, 2 ** 13 + 1)),
    bad('window behind the end of its map', pool([1, 2, 2], [1, 3, 2], { pad: [0, 0, 1, 0] })),
    bad('window whose cells lie before and behind its map', pool([1, 2, 1], [1, 1, 1], { kernel: [2, 1], dil: [3, 1], pad: [1, 0, 1, 0] })),
    bad('model with an operator named like a method', clip, (ir) => Object.assign(nodeOf(ir), { op: 'toString' })),
    bad('model with a shift of minus 1', clip, attr({ s: -1 })),
    bad('model with 65 inputs', (m) => Array.from({ length: 65 }, () => m.node('Reshape', [m.input([1])], [], [1], {})).slice(0, 64)),
    bad('model with an input of unsigned integers that nothing reads', clip, (ir) => {
      ;(ir.tensors as object[]).push({ id: 2, axes: [4], dt: 'u16', f: 0 })
      Object.assign(ir, { inputs: [0, 2] })
    }),
    bad('model with a list of pairs for attributes', clip, (ir) => Object.assign(nodeOf(ir), { a: Object.entries(ROUND) })),
    bad('model with an integer for a tensor', clip, (ir) => Object.assign(ir, { tensors: [1, 1] })),
    good('values of another length for a softmax over 1024 cells', (m) => {
      m.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, (_, i) => [i === 0 ? 2 ** 14 : 0, 0] as const) })
      return [m.node('Softmax', [m.input([1024])], [], [1024], { table: 0, s: 8 }, 'i16', 14)]
    }),
    good('values of another length for a choice among 32768 cells', one('ArgMax', [32768], [1], {})),
    good(
      'values of another length for a window that its map is as long as',
      pool([1, 2, 1], [1, 2, 1], { kernel: [2, 1], dil: [2, 1], pad: [1, 0, 1, 0] }),
    ),
    good('values of another length for a shift and an overshoot of 60 bits', bias(2 ** 59 - 2 ** 20)),
    good('values of another length for a model of 512 nodes and 64 inputs', many),
    good(
      'values of another length for a mean of 2^22 cells',
      one('AvgPool', [1, 2048, 2048], [1, 1, 1], { ...WINDOW, kernel: [2048, 2048], c: 1, ...ROUND }),
    ),
    good('windows of 2^13 cells at 2^13 places', windows(2 ** 14 - 1, 2 ** 13), 'LIMIT'),
    secret('values of another length for trees with eleven scores', trees({}), scores(11), 'STATEMENT_MISMATCH'),
    secret(
      'values of another length for a convolution that sums 2^22 products',
      conv([1, 1, 1], 1, 1, [0]),
      kernel(2048, 2048),
      'STATEMENT_MISMATCH',
    ),
    secret('weight of 2^26 cells', gemm, weight([2 ** 13, 2 ** 13], 'i16'), 'LIMIT'),
    secret('weights of 2^28 bytes', gemm, weight([552, 60_787], 'i64'), 'LIMIT'),
  ]
}
