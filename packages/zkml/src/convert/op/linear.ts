import { transposeConst } from '../real/builder.ts'
import { cells } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import { type Call, constant, type Rules } from './call.ts'

/** Products of matrices with constants, and of two computed ones. */
export const linear: Rules = {
  Gemm: (c) => [gemm(c)],
  MatMul: (c) => [matmul(c)],
}

/** alpha·A·B + beta·C with constant B (or constant A, transposed around). */
function gemm(c: Call): Value {
  const { b } = c
  const alpha = c.number('alpha', 1)
  const beta = c.number('beta', 1)
  const transA = c.number('transA', 0) !== 0
  const transB = c.number('transB', 0) !== 0
  if (c.operand(0).kind === 'const') return c.refuse('the first factor is a constant')
  const x = c.var(0)
  const w = c.const(1, 'the second factor').tensor
  if (x.shape.length !== 2 || w.shape.length !== 2) return c.refuse('factors that are no matrices')
  if (transA && b.batch !== undefined) b.mixed()
  const [O, K] = transB ? (w.shape as [number, number]) : ([w.shape[1], w.shape[0]] as [number, number])
  const W = (transB ? w.data : transposeConst(w.data, w.shape, [1, 0])).map((v) => v * alpha)
  const operand = { id: x.id, shape: x.shape }
  const rows = transA ? b.transpose(operand, [1, 0]) : operand
  if (rows.shape[1] !== K) return c.refuse(`${rows.shape[1]} columns meet ${K} rows`)
  const T = rows.shape[0]!
  const sample = b.batch === undefined ? [T, O] : [O]
  if (!c.has(2)) return b.value(dense(c, rows, T, K, O, W, new Float64Array(O)), sample)
  const bias = c.const(2, 'the bias').tensor
  const last = bias.shape.at(-1) ?? 1
  if (cells(bias.shape) === last && (last === O || last === 1)) {
    const row = Float64Array.from({ length: O }, (_, o) => beta * bias.data[last === 1 ? 0 : o]!)
    return b.value(dense(c, rows, T, K, O, W, row), sample)
  }
  if (b.batch !== undefined) b.mixed()
  if (cells(bias.shape) !== T * O && cells(bias.shape) !== T) return c.refuse(`a bias [${bias.shape.join(',')}]`)
  const out = dense(c, rows, T, K, O, W, new Float64Array(O))
  const one = Float64Array.of(1)
  const perRow = cells(bias.shape) === T
  const view = { id: out.id, shape: perRow ? [T, O] : [T * O] }
  return b.value(
    b.affine(
      view,
      0,
      one,
      bias.data.map((v) => v * beta),
    ),
    sample,
  )
}

/** Rows `[T,K]` times W `[O,K]`; a single row gives `[O]`. */
export function dense(
  { b }: Call,
  rows: { readonly id: number },
  T: number,
  K: number,
  O: number,
  W: Float64Array,
  bias: Float64Array,
): { id: number; shape: readonly number[] } {
  return b.add({ kind: 'gemm', W, b: bias, K, O }, [{ id: rows.id, shape: T === 1 ? [K] : [T, K] }], T === 1 ? [O] : [T, O])
}

function matmul(c: Call): Value {
  const [x, z] = [c.operand(0), c.operand(1)]
  if (x.kind === 'const' && z.kind === 'const') return fold(c)
  if (x.kind === 'var' && z.kind === 'const') return right(c)
  if (x.kind === 'const' && z.kind === 'var') return left(c)
  return both(c)
}

/** A computed value times a constant matrix: one Gemm over all rows. */
function right(c: Call): Value {
  const x = c.var(0)
  const w = c.const(1, 'the second factor').tensor
  const { b } = c
  if (w.shape.length > 2 && cells(w.shape.slice(0, -2)) !== 1) return c.refuse('a constant with more than two axes')
  const vector = w.shape.length === 1
  const K = vector ? w.shape[0]! : w.shape.at(-2)!
  const O = vector ? 1 : w.shape.at(-1)!
  const sample = b.sample(x)
  if ((b.batch !== undefined && x.shape.length === 1) || x.shape.length === 0) return b.mixed()
  if (sample.at(-1) !== K) return c.refuse(`${sample.at(-1)} columns meet ${K} rows`)
  const W = transposeConst(w.data, [K, O], [1, 0])
  const T = cells(sample) / K
  const result = dense(c, { id: x.id }, T, K, O, W, new Float64Array(O))
  const rank = Math.max(0, w.shape.length - x.shape.length)
  return b.value(result, [...Array<number>(rank).fill(1), ...sample.slice(0, -1), ...(vector ? [] : [O])])
}

/** A constant matrix times a computed one: the transposed problem. */
function left(c: Call): Value {
  const w = c.const(0, 'the first factor').tensor
  const z = c.var(1)
  const { b } = c
  if (w.shape.length > 2 && cells(w.shape.slice(0, -2)) !== 1) return c.refuse('a constant with more than two axes')
  const sample = b.sample(z)
  if (z.shape.length < 2 || sample.length < 2) {
    if (b.batch !== undefined) return b.mixed()
    const K = sample[0]!
    const O = cells(w.shape) / K
    return b.value(dense(c, z, 1, K, O, w.data, new Float64Array(O)), w.shape.slice(0, -1))
  }
  const [K, N] = sample.slice(-2) as [number, number]
  const O = w.shape.length === 1 ? 1 : w.shape.at(-2)!
  if (w.shape.at(-1) !== K) return c.refuse(`${w.shape.at(-1)} columns meet ${K} rows`)
  const outer = cells(sample.slice(0, -2))
  const turned = b.transpose({ id: z.id, shape: [outer, K, N] }, [0, 2, 1])
  const result = dense(c, turned, outer * N, K, O, w.data, new Float64Array(O))
  const back = b.transpose({ id: result.id, shape: [outer, N, O] }, [0, 2, 1])
  return b.value(back, [...sample.slice(0, -2), ...(w.shape.length === 1 ? [] : [O]), N])
}

/** Two computed values `[…,M,K]·[…,K,N]` of the same leading axes. */
function both(c: Call): Value {
  const { b } = c
  const [x, z] = [c.var(0), c.var(1)]
  const [p, q] = [b.sample(x), b.sample(z)]
  if (b.batch !== undefined && x.shape.length !== z.shape.length) b.mixed()
  if (x.shape.length === 1 && z.shape.length === 1 && b.batch === undefined) {
    const shape = [1, 1, p[0]!]
    return b.value(b.add({ kind: 'matmul' }, [b.as(x, shape), b.as(z, shape)], [1, 1, 1]), [])
  }
  if (b.batch !== undefined && x.shape.length < 3) return b.mixed()
  const M = x.shape.length === 1 ? 1 : p.at(-2)!
  const [K, N] = z.shape.length === 1 ? [q[0]!, 1] : (q.slice(-2) as [number, number])
  if (p.at(-1) !== K) return c.refuse(`${p.at(-1)} columns meet ${K} rows`)
  const lead = (s: readonly number[]): readonly number[] => s.slice(0, -2)
  const longer = lead(p).length >= lead(q).length ? lead(p) : lead(q)
  const spread = (v: { id: number }, outer: readonly number[], rest: readonly number[]): { id: number; shape: readonly number[] } =>
    b.expand({ id: v.id, shape: [...outer, ...rest] }, [
      ...longer.map((n, i) => Math.max(n, outer[i - longer.length + outer.length] ?? 1)),
      ...rest,
    ])
  const wideX = spread(x, lead(p), [M, K])
  const turned = b.transpose({ id: z.id, shape: [cells(lead(q)), K, N] }, [0, 2, 1])
  const wideZ = spread(turned, lead(q), [N, K])
  const outer = wideX.shape.slice(0, -2)
  if (cells(outer) !== cells(wideZ.shape.slice(0, -2))) return c.refuse('leading axes that do not fit')
  const B = cells(outer)
  const result = b.add(
    { kind: 'matmul' },
    [
      { id: wideX.id, shape: [B, M, K] },
      { id: wideZ.id, shape: [B, N, K] },
    ],
    [B, M, N],
  )
  return b.value(result, [...outer, ...(x.shape.length === 1 ? [] : [M]), ...(z.shape.length === 1 ? [] : [N])])
}

function fold(c: Call): Value {
  const x = c.const(0, 'the first factor').tensor
  const z = c.const(1, 'the second factor').tensor
  if (x.shape.length !== 2 || z.shape.length !== 2 || x.shape[1] !== z.shape[0])
    return c.refuse('a product of constants that are no matrices')
  const [M, K, N] = [x.shape[0]!, x.shape[1]!, z.shape[1]!]
  if (M * K * N > 2 ** 28) return c.refuse('a product of large constants; fold it when exporting')
  const data = new Float64Array(M * N)
  for (let m = 0; m < M; m++)
    for (let n = 0; n < N; n++) for (let k = 0; k < K; k++) data[m * N + n]! += x.data[m * K + k]! * z.data[k * N + n]!
  return constant([M, N], data)
}
