import { at, blockwise, type Frame, periodic } from './frame.ts'
import { around } from './layout.ts'
import { cells, type RealNode, type RealOp } from './types.ts'

type Affine = Extract<RealOp, { kind: 'affine' }>

/** Operators whose accumulator is requantised, so that bounds after them cost nothing. */
const ACCUMULATING = new Set(['gemm', 'conv', 'affine', 'avgpool', 'matmul', 'leaky', 'clip', 'pwl'])

/** Per-cell constants of this many cells may be written out to join two affine nodes of different axes. */
const MAX_SPREAD = 2 ** 16

/**
 * Merges scales and shifts (Scaler, BatchNormalization, Mul, Add by constants) into the layers before and after them, and bounds (Relu,
 * Clip) into what they follow. Values stay the same over the reals; node ids stay; nodes no longer read are left for the caller to drop.
 */
export function fold(nodes: readonly RealNode[], outputs: readonly number[]): RealNode[] {
  const users = new Map<number, number>()
  for (const id of [...nodes.flatMap((node) => node.inputs.map((x) => x.id)), ...outputs]) users.set(id, (users.get(id) ?? 0) + 1)
  const out: RealNode[] = []
  for (const node of nodes) {
    let next = node
    for (let again = true; again; ) {
      const merged = merge(next, out, (id) => users.get(id) === 1)
      again = merged !== undefined
      next = merged ?? next
    }
    out.push(next)
  }
  return out
}

/** The node with one neighbour before it merged in; undefined when there is none to merge. */
function merge(node: RealNode, nodes: readonly RealNode[], alone: (id: number) => boolean): RealNode | undefined {
  const id = node.inputs[0]?.id
  const before = id === undefined ? undefined : nodes[id]
  if (before === undefined) return undefined
  const bare = before.lo === undefined && before.hi === undefined && before.f === undefined
  if (bare && before.op.kind === 'affine' && before.inputs.length === 1) {
    if (node.op.kind === 'gemm') return intoGemm(node, node.op, before, before.op)
    if (node.op.kind === 'conv') return intoConv(node, node.op, before, before.op)
    if (node.op.kind === 'affine' && node.inputs.length === 1) return intoAffine(node, node.op, before, before.op)
  }
  if (!alone(id!)) return undefined
  if (node.op.kind === 'affine' && node.inputs.length === 1 && bare) {
    if (before.op.kind === 'gemm') return scaledGemm(node, node.op, before, before.op)
    if (before.op.kind === 'conv') return scaledConv(node, node.op, before, before.op)
  }
  if (node.op.kind === 'clip' && node.f === undefined && ACCUMULATING.has(before.op.kind)) return bounded(node, before)
  return undefined
}

function frameOf(node: RealNode, op: Affine): Frame {
  const [, n, inner] = around(node.inputs[0]!.shape, op.ax)
  return { n, inner }
}

/** W·(c1·x + c0) + b, for constants that depend on the column only. */
function intoGemm(node: RealNode, op: Extract<RealOp, { kind: 'gemm' }>, before: RealNode, affine: Affine): RealNode | undefined {
  const frame = frameOf(before, affine)
  if (!periodic(affine.c1, frame, op.K) || !periodic(affine.c0, frame, op.K)) return undefined
  const W = new Float64Array(op.W.length)
  const b = op.b.slice()
  for (let o = 0; o < op.O; o++)
    for (let k = 0; k < op.K; k++) {
      const w = op.W[o * op.K + k]!
      W[o * op.K + k] = w * at(affine.c1, frame, k)
      b[o]! += w * at(affine.c0, frame, k)
    }
  return { ...node, op: { ...op, W, b }, inputs: [{ ...node.inputs[0]!, id: before.inputs[0]!.id }] }
}

/** The same for a convolution, per input channel; a shift only where no padding would miss it. */
function intoConv(node: RealNode, op: Extract<RealOp, { kind: 'conv' }>, before: RealNode, affine: Affine): RealNode | undefined {
  const frame = frameOf(before, affine)
  const [C, H, Wd] = node.inputs[0]!.shape as [number, number, number]
  const area = H * Wd
  if (!blockwise(affine.c1, frame, area) || !blockwise(affine.c0, frame, area)) return undefined
  if (affine.c0.some((v) => v !== 0) && op.window.pad.some((p) => p > 0)) return undefined
  const perGroup = C / op.group
  const kernel = op.window.kernel[0] * op.window.kernel[1]
  const W = op.W.slice()
  const b = op.b.slice()
  for (let o = 0; o < op.O; o++)
    for (let c = 0; c < perGroup; c++) {
      const channel = Math.floor(o / (op.O / op.group)) * perGroup + c
      const [c1, c0] = [at(affine.c1, frame, channel * area), at(affine.c0, frame, channel * area)]
      for (let k = (o * perGroup + c) * kernel; k < (o * perGroup + c + 1) * kernel; k++) {
        b[o]! += W[k]! * c0
        W[k]! *= c1
      }
    }
  return { ...node, op: { ...op, W, b }, inputs: [{ ...node.inputs[0]!, id: before.inputs[0]!.id }] }
}

/** Two affine nodes in a row as one. */
function intoAffine(node: RealNode, op: Affine, before: RealNode, affine: Affine): RealNode | undefined {
  const [outer, inner] = [frameOf(node, op), frameOf(before, affine)]
  const x = before.inputs[0]!.id
  const scalar = affine.c1.length === 1 && affine.c0.length === 1
  if (scalar || (outer.n === inner.n && outer.inner === inner.inner)) {
    const spread = (c: Float64Array, i: number): number => (c.length === 1 ? c[0]! : c[i]!)
    const n = scalar && op.c1.length === 1 && op.c0.length === 1 ? 1 : outer.n
    const c1 = Float64Array.from({ length: n }, (_, i) => spread(op.c1, i) * spread(affine.c1, i))
    const c0 = Float64Array.from({ length: n }, (_, i) => spread(op.c1, i) * spread(affine.c0, i) + spread(op.c0, i))
    return { ...node, op: { ...op, c1, c0 }, inputs: [{ ...node.inputs[0]!, id: x }] }
  }
  const size = cells(node.shape)
  if (size > MAX_SPREAD) return undefined
  const c1 = new Float64Array(size)
  const c0 = new Float64Array(size)
  for (let e = 0; e < size; e++) {
    c1[e] = at(op.c1, outer, e) * at(affine.c1, inner, e)
    c0[e] = at(op.c1, outer, e) * at(affine.c0, inner, e) + at(op.c0, outer, e)
  }
  return { ...node, op: { kind: 'affine', ax: 0, c1, c0 }, inputs: [{ id: x, shape: [size] }] }
}

/** c1·(W·x + b) + c0, for constants that depend on the row of W only. */
function scaledGemm(node: RealNode, op: Affine, before: RealNode, gemm: Extract<RealOp, { kind: 'gemm' }>): RealNode | undefined {
  const frame = frameOf(node, op)
  if (!periodic(op.c1, frame, gemm.O) || !periodic(op.c0, frame, gemm.O)) return undefined
  const W = gemm.W.map((w, i) => w * at(op.c1, frame, Math.floor(i / gemm.K)))
  const b = gemm.b.map((v, o) => v * at(op.c1, frame, o) + at(op.c0, frame, o))
  return { ...node, op: { ...gemm, W, b }, inputs: before.inputs, shape: before.shape }
}

function scaledConv(node: RealNode, op: Affine, before: RealNode, conv: Extract<RealOp, { kind: 'conv' }>): RealNode | undefined {
  const frame = frameOf(node, op)
  const area = before.shape[1]! * before.shape[2]!
  if (!blockwise(op.c1, frame, area) || !blockwise(op.c0, frame, area)) return undefined
  const perChannel = conv.W.length / conv.O
  const W = conv.W.map((w, i) => w * at(op.c1, frame, Math.floor(i / perChannel) * area))
  const b = conv.b.map((v, o) => v * at(op.c1, frame, o * area) + at(op.c0, frame, o * area))
  return { ...node, op: { ...conv, W, b }, inputs: before.inputs, shape: before.shape }
}

/** The bounds of `node` on the node before it. */
function bounded(node: RealNode, before: RealNode): RealNode {
  const { lo = Number.NEGATIVE_INFINITY, hi = Number.POSITIVE_INFINITY } = node
  const into = (v: number): number => Math.min(Math.max(v, lo), hi)
  const low = into(before.lo ?? Number.NEGATIVE_INFINITY)
  const high = into(before.hi ?? Number.POSITIVE_INFINITY)
  return {
    ...before,
    ...(low === Number.NEGATIVE_INFINITY ? {} : { lo: low }),
    ...(high === Number.POSITIVE_INFINITY ? {} : { hi: high }),
    from: node.from,
  }
}
