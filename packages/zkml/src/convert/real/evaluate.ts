import { exp } from './exp.ts'
import { evaluateTrees, floatKey } from './keys.ts'
import { around, join, pick, transposeIndex } from './layout.ts'
import { cells, type RealNode, type RealOp } from './types.ts'
import { taps } from './window.ts'

/** Values of every node for one sample; `inputs`: the values of each graph input. Doubles, the same on every machine. */
export function evaluate(nodes: readonly RealNode[], inputs: readonly Float64Array[]): Float64Array[] {
  const values: Float64Array[] = []
  for (const node of nodes) {
    const out = evaluateNode(
      node,
      node.inputs.map(({ id }) => values[id]!),
      inputs,
    )
    const { lo = Number.NEGATIVE_INFINITY, hi = Number.POSITIVE_INFINITY } = node
    if (node.lo !== undefined || node.hi !== undefined) for (let i = 0; i < out.length; i++) out[i] = Math.min(Math.max(out[i]!, lo), hi)
    values.push(out)
  }
  return values
}

/** The result of one node, before its bounds. */
function evaluateNode(node: RealNode, args: readonly Float64Array[], inputs: readonly Float64Array[]): Float64Array {
  const { op } = node
  const x = args[0] as Float64Array
  const shape = node.inputs[0]?.shape ?? []
  switch (op.kind) {
    case 'input':
      return inputs[op.source]!.slice(op.start, op.start + cells(node.shape)).map((v) => v * 2 ** -op.exponent)
    case 'keys':
      return inputs[op.source]!.map(floatKey)
    case 'gemm':
      return gemm(x, op)
    case 'conv':
      return conv(x, shape, node.shape, op)
    case 'affine':
      return affine(args, shape, op)
    case 'clip':
      return x.slice()
    case 'leaky':
      return x.map((v) => (v >= 0 ? v : v * op.alpha))
    case 'maxpool':
    case 'avgpool':
      return pool(x, shape, node.shape, op)
    case 'pwl':
      return x.map(op.fn === 'sigmoid' ? (v) => 1 / (1 + exp(-v)) : (v) => 2 / (1 + exp(-2 * v)) - 1)
    case 'softmax':
      return softmax(x, shape.at(-1)!)
    case 'argmax':
      return argmax(x, shape.at(-1)!)
    case 'matmul':
      return matmul(x, args[1]!, shape, node.inputs[1]!.shape)
    case 'transpose':
      return Float64Array.from(transposeIndex(shape, op.perm), (i) => x[i]!)
    case 'concat':
      return join(
        args.map((data, i) => ({ data, shape: node.inputs[i]!.shape })),
        op.ax,
      )
    case 'gather':
      return pick(x, shape, op.ax, op.idx)
    case 'pad':
      return pick(x, shape, op.ax, padded(shape[op.ax]!, op.before, op.after), op.value)
    case 'tree':
      return evaluateTrees(op.trees, x)
  }
}

function padded(n: number, before: number, after: number): number[] {
  return Array.from({ length: before + n + after }, (_, i) => (i < before || i >= before + n ? -1 : i - before))
}

function gemm(x: Float64Array, { W, b, K, O }: Extract<RealOp, { kind: 'gemm' }>): Float64Array {
  const rows = x.length / K
  const out = new Float64Array(rows * O)
  for (let t = 0; t < rows; t++)
    for (let o = 0; o < O; o++) {
      let sum = b[o]!
      for (let k = 0; k < K; k++) sum += W[o * K + k]! * x[t * K + k]!
      out[t * O + o] = sum
    }
  return out
}

function conv(x: Float64Array, shape: readonly number[], to: readonly number[], op: Extract<RealOp, { kind: 'conv' }>): Float64Array {
  const [C, H, W] = shape as [number, number, number]
  const area = to[1]! * to[2]!
  const perGroup = C / op.group
  const kernel = op.window.kernel[0] * op.window.kernel[1]
  const { k, o, i } = taps(H, W, op.window)
  const out = new Float64Array(op.O * area)
  for (let oc = 0; oc < op.O; oc++) {
    out.fill(op.b[oc]!, oc * area, (oc + 1) * area)
    const first = Math.floor(oc / (op.O / op.group)) * perGroup
    for (let c = 0; c < perGroup; c++) {
      const w = (oc * perGroup + c) * kernel
      const base = (first + c) * H * W
      for (let t = 0; t < k.length; t++) out[oc * area + o[t]!]! += op.W[w + k[t]!]! * x[base + i[t]!]!
    }
  }
  return out
}

function affine(args: readonly Float64Array[], shape: readonly number[], op: Extract<RealOp, { kind: 'affine' }>): Float64Array {
  const [outer, n, inner] = around(shape, op.ax)
  const [x, z] = args as [Float64Array, Float64Array | undefined]
  const out = new Float64Array(x.length)
  const at = (c: Float64Array, i: number): number => (c.length === 1 ? c[0]! : c[i]!)
  for (let o = 0; o < outer; o++)
    for (let i = 0; i < n; i++) {
      const c1 = at(op.c1, i)
      const c0 = at(op.c0, i)
      const c2 = op.c2 === undefined ? 0 : at(op.c2, i)
      for (let j = (o * n + i) * inner; j < (o * n + i + 1) * inner; j++) out[j] = c1 * x[j]! + c2 * (z?.[j] ?? 0) + c0
    }
  return out
}

function pool(
  x: Float64Array,
  shape: readonly number[],
  to: readonly number[],
  op: Extract<RealOp, { kind: 'maxpool' | 'avgpool' }>,
): Float64Array {
  const [C, H, W] = shape as [number, number, number]
  const area = to[1]! * to[2]!
  const { o, i } = taps(H, W, op.window)
  const out = new Float64Array(C * area).fill(op.kind === 'maxpool' ? Number.NEGATIVE_INFINITY : 0)
  for (let c = 0; c < C; c++)
    for (let t = 0; t < o.length; t++) {
      const at = c * area + o[t]!
      const v = x[c * H * W + i[t]!]!
      out[at] = op.kind === 'maxpool' ? Math.max(out[at]!, v) : out[at]! + v * op.weight
    }
  return out
}

function softmax(x: Float64Array, n: number): Float64Array {
  const out = new Float64Array(x.length)
  for (let t = 0; t < x.length; t += n) {
    const row = x.subarray(t, t + n)
    const max = row.reduce((a, b) => Math.max(a, b))
    const e = row.map((v) => exp(v - max))
    const sum = e.reduce((a, b) => a + b)
    out.set(
      e.map((v) => v / sum),
      t,
    )
  }
  return out
}

function argmax(x: Float64Array, n: number): Float64Array {
  return Float64Array.from({ length: x.length / n }, (_, t) => {
    let best = t * n
    for (let i = best; i < (t + 1) * n; i++) if (x[i]! > x[best]!) best = i
    return best - t * n
  })
}

function matmul(x: Float64Array, z: Float64Array, a: readonly number[], b: readonly number[]): Float64Array {
  const [B, M, K] = a as [number, number, number]
  const N = b[1]!
  const out = new Float64Array(B * M * N)
  for (let i = 0; i < B; i++)
    for (let m = 0; m < M; m++)
      for (let n = 0; n < N; n++) {
        let sum = 0
        for (let k = 0; k < K; k++) sum += x[(i * M + m) * K + k]! * z[(i * N + n) * K + k]!
        out[(i * M + m) * N + n] = sum
      }
  return out
}
