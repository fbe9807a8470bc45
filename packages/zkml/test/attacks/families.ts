import { layout } from '../../reference/space.ts'
import { type Case, type CaseOptions, caseOf, ModelBuilder, RELU, rounding } from '../../src/program/model.testkit.ts'
import { matrix, statementOf } from '../reference/bridge.ts'
import { type Lie, registered } from './protocol/kit.ts'

/** A model of one operator, or of a few that belong together, and what to run it on. */
export interface Family {
  readonly name: string
  readonly build: (m: ModelBuilder) => number[]
  readonly options?: CaseOptions
  /** How it is published: the context of its statement, further batches that its manifest lists; (c, l) and limbs where others are meant than usual. */
  readonly published?: {
    readonly ctx?: Uint8Array
    readonly batches?: readonly number[]
    readonly sizes?: readonly [c: number, l: number]
    readonly limb?: 8 | 16
  }
}

const window = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
/** A table that is nearly exp: 2^14 at the top, falling to 0. */
const expRows = Array.from({ length: 256 }, (_, i) => [Math.floor(2 ** 14 * Math.exp(-i / 8)), 0] as const).map(
  ([t], i, all) => [t, (all[i + 1]?.[0] ?? 0) - t] as const,
)
const sigmoidRows = Array.from({ length: 257 }, (_, i) => Math.floor(2 ** 14 / (1 + Math.exp(-(i - 128) / 16))))

/** One model per operator family. Everything is small: the slow verifier reads them, too. */
export const families: readonly Family[] = [
  { name: 'dense', build: (m) => [m.gemm(m.gemm(m.input([3]), 3, { ...RELU, s: 6 }), 2, { raw: 1 })] },
  {
    name: 'dense, rounded output, channels',
    build: (m) => [
      m.node('Gemm', [m.input([2, 3])], [m.noise([3, 3], 'i16', 300), m.noise([3], 'i64', 900)], [2, 3], {
        d: [0, 2, 1],
        s: 5,
        lo: -90,
        hi: 500,
      }),
    ],
  },
  {
    name: 'dense, committed weights',
    build: (m) => [m.gemm(m.gemm(m.input([3]), 3, { ...RELU, s: 6 }), 2, { raw: 1 })],
    options: { mode: 'committed' },
  },
  { name: 'dense, batch of 3', build: (m) => [m.gemm(m.gemm(m.input([3]), 2, { ...RELU, s: 6 }), 2, { raw: 1 })], options: { batch: 3 } },
  {
    name: 'convolution',
    build: (m) => [
      m.node('Conv', [m.input([2, 3, 3])], [m.noise([2, 1, 2, 2], 'i16', 300), m.noise([2], 'i64', 900)], [2, 2, 3], {
        group: 2,
        stride: [2, 1],
        pad: [1, 0, 0, 1],
        dil: [1, 1],
        d: [0, 1],
        ...rounding({ s: 6 }),
      }),
    ],
  },
  { name: 'affine', build: (m) => addOf(m) },
  { name: 'clip', build: (m) => [m.node('Clip', [m.input([5])], [], [5], { s: 1, lo: -100, hi: 300 })] },
  { name: 'leaky relu', build: (m) => [m.node('LeakyRelu', [m.input([5])], [], [5], { k: 6, alpha: 3, s: 6, lo: -32768, hi: 32767 })] },
  {
    name: 'average pool',
    build: (m) => [
      m.node('AvgPool', [m.input([1, 3, 3])], [], [1, 2, 2], { kernel: [2, 2], ...window, c: 64, s: 8, lo: -32768, hi: 32767 }),
    ],
  },
  {
    name: 'maximum pool',
    build: (m) => [
      m.node('MaxPool', [m.input([1, 3, 3])], [], [1, 2, 2], { kernel: [2, 2], ...window, stride: [2, 2], pad: [0, 0, 1, 1] }),
    ],
  },
  {
    name: 'table',
    build: (m) => [
      m.node('Pwl', [m.input([3])], [], [3], {
        table: table(
          m,
          sigmoidRows.slice(0, 256).map((t, i) => [t, sigmoidRows[i + 1]! - t] as const),
        ),
        s: 8,
        lo: 0,
        hi: 32767,
      }),
    ],
    options: { value: (i) => i * 9000 - 9000 },
  },
  {
    name: 'softmax',
    build: (m) => [m.node('Softmax', [m.input([3])], [], [3], { table: table(m, expRows), s: 8 }, 'i16', 14)],
    options: { value: (i) => i * 700 },
  },
  { name: 'argmax', build: (m) => [m.node('ArgMax', [m.input([4])], [], [1], {})], options: { value: (i) => [3, 9, 9, 1][i % 4]! } },
  {
    name: 'attention',
    build: (m) => [
      m.node('MatMulAA', [m.gemm(m.input([2, 3]), 2, { s: 7 }), m.gemm(m.input([3, 2]), 2, { s: 7 })], [], [2, 3], rounding({ s: 12 })),
    ],
  },
  { name: 'views', build: (m) => viewsOf(m) },
  { name: 'trees', build: (m) => [treesOf(m)], options: { batch: 2, inputs: [Int32Array.from([5, -7, 100, 12, 3, -9])] } },
  { name: 'trees, committed', build: (m) => [treesOf(m)], options: { mode: 'committed', inputs: [Int32Array.from([5, -7, 100])] } },
]

function addOf(m: ModelBuilder): number[] {
  const x = m.input([3, 2])
  const y = m.node('Affine', [x], [], [3, 2], { ax: 0, c1: [3, -1, 2], c0: [5, 6, 7], s: 2, lo: -32768, hi: 32767 })
  return [m.node('Affine', [x, y], [], [3, 2], { ax: 1, c1: 1, c2: [2, 3], c0: 0, raw: 1 })]
}

function table(m: ModelBuilder, rows: readonly (readonly [number, number])[]): number {
  m.tables.push({ id: m.tables.length, kind: 'pwl', rows })
  return m.tables.length - 1
}

function viewsOf(m: ModelBuilder): number[] {
  const x = m.input([2, 3])
  const t = m.node('Transpose', [x], [], [3, 2], { perm: [1, 0] })
  const s = m.node('Slice', [t], [], [2, 2], { ax: 0, start: 1, len: 2 })
  const c = m.node('Concat', [s, t], [], [5, 2], { ax: 0 })
  const r = m.node('Reshape', [c], [], [10], {})
  const g = m.node('Gather', [r], [], [4], { ax: 0, idx: [9, 0, 3, 3] })
  return [
    m.node('Pad', [g], [], [6], { ax: 0, before: 1, after: 1, value: -5 }),
    m.node('Clip', [t], [], [3, 2], { s: 1, lo: -32768, hi: 32767 }),
  ]
}

/** Two trees of depth 2 and 1 over three features, two scores. */
function treesOf(m: ModelBuilder): number {
  const NONE = 2 ** 31 - 1
  // 0: f0 ≤ 4 → 1 | 2; 1: f1 ≤ −8 → 3 | 4; 2, 3, 4 leaves; 5: f2 ≤ 50 → 6 | 7; 6, 7 leaves.
  const f = [0, 1, 0, 0, 0, 2, 0, 0]
  const thr = [4, -8, NONE, NONE, NONE, 50, NONE, NONE]
  const left = [1, 3, 2, 3, 4, 6, 6, 7]
  const values = [10, -1, 20, -2, 30, -3, 400, 5, -500, 6]
  const w = [
    m.weight([8], 'i16', (i) => f[i]!),
    m.weight([8], 'i32', (i) => thr[i]!),
    m.weight([8], 'i32', (i) => left[i]!),
    m.weight([5, 2], 'i64', (i) => values[i]!),
  ]
  return m.node('TreeEnsemble', [m.input([3], 'i32')], w, [2], { roots: [0, 5], leaves: [2, 3, 4, 6, 7], depth: 2, base: [7, -7] }, 'i64')
}

/** A family's model run, lowered and filled, as the provers take it. */
export function run(family: Family): Lie & { readonly made: Case } {
  const model = new ModelBuilder(8, 7)
  const made = caseOf(model, family.build(model), family.options)
  const { program } = made.lowered
  const statement = statementOf(program, made.publics, ...sizes(layout(program.segments).cells[0]))
  const { w, W } = made.witness
  return registered({ statement, program, w: matrix(w), ...(W ? { W: matrix(W) } : {}), cells: {}, made })
}

/** Columns and code length that keep proofs small. */
const sizes = (cells: number): [c: number, l: number] => (cells <= 2 ** 11 ? [6, 8] : [7, 9])
