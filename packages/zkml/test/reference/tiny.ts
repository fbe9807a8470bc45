import { tagged } from '../../reference/bytes.ts'
import { mod } from '../../reference/field.ts'
import { encodeProgram } from '../../reference/program.ts'
import { countLookups } from '../../reference/prover/tables.ts'
import { cellOf, layout } from '../../reference/space.ts'
import type { Statement } from '../../reference/statement.ts'
import type { Axis, Constraint, Factor, Form, Program, Segment, Source, Space, Term } from '../../src/program/types.ts'

/** Values of a witness by segment and real index, before packing. */
export type Cells = Record<number, readonly bigint[]>

/** A model of two dense layers of a handful of cells, written as a program by hand, so that no lowering stands behind its tests. */
export interface Tiny {
  readonly statement: Statement
  readonly program: Program
  /** Honest matrices, integers mod p. */
  readonly w: bigint[]
  readonly W?: bigint[]
  /** Honest values by segment, to change one and pack again. */
  readonly cells: Cells
}

/** Sizes of a tiny model. */
export interface Sizes {
  readonly inputs: number
  readonly hidden: number
  readonly outputs: number
}
const SMALL: Sizes = { inputs: 2, hidden: 3, outputs: 8 }
const SHIFT = 2n
const TOP = 7n
const W1 = ({ inputs, hidden }: Sizes) =>
  Array.from({ length: hidden * inputs }, (_, i) => BigInt(((Math.imul(i + 1, 0x9e3779b1) >>> 8) % 11) - 5))
const W2 = ({ hidden, outputs }: Sizes) => Array.from({ length: outputs * hidden }, (_, i) => BigInt(((i * 5) % 7) - 3))
const BIAS = ({ hidden }: Sizes) => Array.from({ length: hidden }, (_, i) => BigInt((i % 4) - 1))
const axis = (n: number): Axis => [n, Math.ceil(Math.log2(n))]
const space = (...lengths: number[]): Space => lengths.map(axis)
const floorDiv = (x: bigint, by: bigint) => (x - (((x % by) + by) % by)) / by

/** The raw outputs that hidden activations give. */
export const outputsOf = (y: readonly bigint[], sizes: Sizes = SMALL): bigint[] =>
  Array.from({ length: sizes.outputs }, (_, o) => y.reduce((total, value, k) => total + W2(sizes)[o * sizes.hidden + k]! * value, 0n))

/** The integers of the model: hidden activations with their quotients and remainders, and raw outputs. */
export function run(x: readonly bigint[], sizes: Sizes = SMALL, clamped = true) {
  const { inputs: INPUTS, hidden: HIDDEN } = sizes
  const [w1, bias] = [W1(sizes), BIAS(sizes)]
  const hidden = Array.from({ length: HIDDEN }, (_, o) => {
    const acc = bias[o]! + x.reduce((total, value, k) => total + w1[o * INPUTS + k]! * value, 0n)
    const q = floorDiv(acc + 2n ** (SHIFT - 1n), 2n ** SHIFT)
    if (!clamped) return { y: q, m: 0n, u: 0n, r: acc + 2n ** (SHIFT - 1n) - q * 2n ** SHIFT }
    const y = q < 0n ? 0n : q > TOP ? TOP : q
    const over = q > TOP ? q - TOP : 0n
    const under = q < 0n ? -q : 0n
    return { y, m: over + under, u: under, r: acc + 2n ** (SHIFT - 1n) - q * 2n ** SHIFT }
  })
  const out = outputsOf(
    hidden.map(({ y }) => y),
    sizes,
  )
  return { hidden, out }
}

/** Packs values of real cells into the matrices. */
export function pack(program: Program, cells: Cells): bigint[][] {
  const { offsets, cells: sizes } = layout(program.segments)
  const matrices = sizes.map((size) => new Array<bigint>(size).fill(0n))
  for (const [id, values] of Object.entries(cells)) {
    const [matrix, over] = program.segments[Number(id)]!
    const lengths = over.map(([n]) => n)
    values.forEach((value, flat) => {
      let rest = flat
      const at = lengths.map(() => 0)
      for (let i = lengths.length - 1; i >= 0; i--) {
        at[i] = rest % lengths[i]!
        rest = Math.floor(rest / lengths[i]!)
      }
      matrices[matrix]![offsets[Number(id)]! + cellOf(over, at)] = mod(value)
    })
  }
  return matrices
}

const bytesOf = (values: readonly bigint[], length: number) =>
  new Uint8Array(values.flatMap((value) => Array.from({ length }, (_, i) => Number((BigInt.asUintN(64, value) >> BigInt(8 * i)) & 255n))))

/** The model on an input. `committed`: weights are a matrix of their own, and the second layer has two committed factors. */
export function tiny(
  committed = false,
  sizes: Sizes = SMALL,
  x: readonly bigint[] = Array.from({ length: sizes.inputs }, (_, i) => BigInt(i % 2 === 0 ? -10 : -5)),
): Tiny {
  const { inputs: INPUTS, hidden: HIDDEN, outputs: OUTPUTS } = sizes
  const cell = space(1, HIDDEN)
  const segments: Segment[] = [
    [0, cell],
    [0, cell],
    [0, cell],
    [0, cell],
  ]
  if (committed) segments.push([1, space(HIDDEN, INPUTS)], [1, space(OUTPUTS, HIDDEN)])
  const mult = segments.length
  segments.push([0, space(4)], [0, space(8)], [0, space(16)])
  const [Y, M, U, R] = [0, 1, 2, 3]
  const id = (...axes: number[]) => axes.map((ax) => ['id', ax] as const)
  const base = (seg: number): Form => [cell, [], [[1n, seg, id(0, 1)]]]
  const factor = (consts: Factor[1], ...from: (readonly [number, bigint])[]): Factor => [cell, consts, from]
  const turned = (coef: bigint, seg: number): Term => [coef, seg, id(1, 0)]
  const weights = (i: number, over: Space): Source => (committed ? 4 + i : ['pubw', i, over])
  const half = 2n ** (SHIFT - 1n)
  const constraints: Constraint[] = [
    [
      'con',
      [space(HIDDEN, INPUTS), [], [[1n, weights(0, space(HIDDEN, INPUTS)), id(0, 1)]]],
      [space(1, INPUTS), [], [[1n, ['pub', 0, space(1, INPUTS)], id(0, 1)]]],
      [
        space(HIDDEN, 1),
        [
          [-half, [-1, -1]],
          [-1n, [0, -1]],
        ],
        [turned(2n ** SHIFT, Y), turned(2n ** SHIFT, M), turned(-2n * 2n ** SHIFT, U), turned(1n, R)],
      ],
      0,
      1,
      1,
      1,
    ],
    ['had', factor([], [2, 1n]), factor([], [0, 1n]), [cell, [], []]],
    ['had', factor([], [1, 1n], [2, -1n]), factor([[TOP, [-1, -1]]], [0, -1n]), [cell, [], []]],
    ['look', 3, [base(Y)]],
    ['look', 4, [base(M)]],
    ['look', 2, [base(R)]],
    [
      'con',
      [space(OUTPUTS, HIDDEN), [], [[1n, weights(1, space(OUTPUTS, HIDDEN)), id(0, 1)]]],
      [cell, [], [[1n, Y, id(0, 1)]]],
      [space(OUTPUTS, 1), [], [[1n, ['pub', 1, space(1, OUTPUTS)], id(1, 0)]]],
      0,
      1,
      1,
      1,
    ],
  ]
  const tables = [2, 3, 4].map((width, i) => [width, 'range', width, [], space(2 ** width), mult + i] as const)
  const program: Program = { batch: 1, segments, vecs: [BIAS(sizes)], bases: [base(Y), base(M), base(U)], constraints, tables }
  const { hidden, out } = run(x, sizes)
  const cells: Cells = {
    0: hidden.map(({ y }) => y),
    1: hidden.map(({ m }) => m),
    2: hidden.map(({ u }) => u),
    3: hidden.map(({ r }) => r),
    ...(committed ? { 4: W1(sizes), 5: W2(sizes) } : {}),
  }
  const pub = {
    tensors: new Map([
      [0, x],
      [1, out],
    ] as const),
    weights: committed ? [] : [W1(sizes), W2(sizes)],
  }
  const matrices = pack(program, cells)
  const w = countLookups({ program, pub, matrices })
  const statement: Statement = {
    program: encodeProgram(program),
    zkModelId: tagged('zkml/v1/model', new Uint8Array()),
    ctx: new Uint8Array([1, 2, 3]),
    x: bytesOf(x, 2),
    y: bytesOf(out, 8),
    pub,
    c: 5,
    l: 8,
  }
  return { statement, program, w, cells, ...(committed ? { W: matrices[1]! } : {}) }
}

/** The statement with other public values. */
export function withValues(statement: Statement, id: number, values: readonly bigint[]): Statement {
  const tensors = new Map(statement.pub.tensors).set(id, values)
  const bytes = id === 0 ? { x: bytesOf(values, 2) } : { y: bytesOf(values, 8) }
  return { ...statement, ...bytes, pub: { ...statement.pub, tensors } }
}

/** w with other values in a segment, multiplicities counted anew. */
export function changed(model: Tiny, segment: number, change: (values: readonly bigint[]) => readonly bigint[]): bigint[] {
  const cells = { ...model.cells, [segment]: change(model.cells[segment]!) }
  const matrices = pack(model.program, cells)
  return countLookups({ program: model.program, pub: model.statement.pub, matrices })
}
