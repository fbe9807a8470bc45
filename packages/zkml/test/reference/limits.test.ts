import { encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import { encodeWeights } from '../../src/ir/weights.ts'
import { ModelBuilder } from '../../src/program/model.testkit.ts'
import { judged, type Publication } from './models.ts'

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
const ROUND = { s: 8, lo: -32768, hi: 32767 }
const NONE = 2 ** 31 - 1

/** A model that comes over a limit as n grows, and the last n that does not. */
interface Growing {
  readonly says: string
  readonly build: (m: ModelBuilder, n: number) => number[]
  readonly last: number
  readonly batch?: number
  readonly code?: string
}

function stump(m: ModelBuilder, features: number): number {
  const column = (values: readonly number[], dt: 'i16' | 'i32') => m.weight([values.length], dt, (i) => values[i]!)
  const w = [column([0, 0, 0], 'i16'), column([4, NONE, NONE], 'i32'), column([1, 1, 2], 'i32'), m.weight([2, 1], 'i64', (i) => i)]
  return m.node('TreeEnsemble', [m.input([features], 'i32')], w, [1], { roots: [0], leaves: [1, 2], depth: 1, base: [0] }, 'i64')
}

/** A view of 1024 terms, rounded n times. */
function rounded(m: ModelBuilder, n: number): number[] {
  const once = m.node('Concat', Array<number>(64).fill(m.input([2, 2])), [], [128, 2], { ax: 0 })
  const all = m.node('Concat', Array<number>(16).fill(once), [], [128, 32], { ax: 1 })
  return Array.from({ length: n }, () => m.node('Clip', [all], [], [128, 32], ROUND)).slice(0, 1)
}

const growing: readonly Growing[] = [
  { says: 'cells and lookups', last: 2 ** 17, batch: 64, build: (m, n) => [m.node('Clip', [m.input([n])], [], [n], ROUND)] },
  {
    says: 'steps of a window',
    last: 13,
    build: (m, n) => [
      m.node('AvgPool', [m.input([1, 500, 500])], [], [1, 501 - n, 501 - n], { kernel: [n, n], ...WINDOW, c: 1, ...ROUND }),
    ],
  },
  {
    says: 'constants along long axes',
    last: 8,
    build: (m, n) => {
      const x = m.input([2])
      return Array.from({ length: n }, (_, i) => m.node('Pad', [x], [], [2 ** 19], { ax: 0, before: i, after: 2 ** 19 - 2 - i, value: 5 }))
    },
  },
  { says: 'memory for many terms', last: 222, build: rounded },
  { says: 'rows of tables', last: 1023, batch: 4096, build: (m, n) => [stump(m, n)] },
  {
    says: 'memory for a layer on an input',
    last: 38,
    build: (m, n) => [
      m.node('Gemm', [m.input([n, 2 ** 19])], [m.weight([1, 2 ** 19], 'i16', (i) => (i % 3) - 1)], [n, 1], { d: [0], raw: 1 }),
    ],
  },
  {
    says: 'contractions of a Conv in groups',
    last: 243,
    build: (m, n) => {
      const x = m.input([n, 1, 1])
      return [
        m.node('Conv', [x], [m.weight([2 * n, 1, 1, 1], 'i16', () => 1)], [2 * n, 1, 1], {
          group: n,
          ...WINDOW,
          d: Array(2 * n).fill(0),
          raw: 1,
        }),
      ]
    },
  },
  {
    says: 'bits of an accumulator',
    last: 28,
    code: 'BOUND_EXCEEDED',
    build: (m, n) => [m.node('Gemm', [m.input([4])], [m.weight([1, 4], 'i16', () => 32767)], [1], { d: [n], s: 40, lo: -9, hi: 9 })],
  },
]

function publication({ build, batch = 1 }: Growing, n: number): Publication {
  const m = new ModelBuilder(8, 7)
  const outputs = build(m, n)
  const { inputs, nodes, tensors, metas: weights, tables, limb } = m
  const ir = encode({ v: 1, name: '', inputs, outputs, nodes, tensors, weights, tables, limb })
  // Bytes of a statement that no model has: what is refused by its size is refused before.
  return { ir, blob: encodeWeights(weights, m.weights), batch, committed: false, x: 1, y: 1 }
}

describe('a model that grows', () => {
  it.each(growing.map((one) => [one.says, one] as const))(
    'is refused by both from the same size on: %s',
    (_, one) => {
      const code = one.code ?? 'LIMIT'
      expect(judged(publication(one, one.last))).toEqual({ first: 'STATEMENT_MISMATCH', second: 'STATEMENT_MISMATCH' })
      expect(judged(publication(one, one.last + 1))).toEqual({ first: code, second: code })
    },
    300_000,
  )
})
