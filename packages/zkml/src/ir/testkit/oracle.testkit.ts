import type { IntArray, Ir, IrNode, Weights } from '../types.ts'

/**
 * A second interpreter: one cell at a time, BigInt only, straight from the formulas of SPEC 2.4. It shares nothing with the
 * first one and takes one input (no batch). It is slow on purpose.
 */
export function oracle(ir: Ir, weights: Weights, inputs: readonly IntArray[]): bigint[][] {
  const tensors: Cells[] = []
  for (const [i, id] of ir.inputs.entries()) tensors[id] = new Cells(ir.tensors[id]!.axes, bigints(inputs[i]!))
  for (const node of ir.nodes) {
    const x = node.in.map((id) => tensors[id]!)
    const w = node.w.map((id) => new Cells(ir.weights[id]!.axes, bigints(weights[id]!)))
    const axes = ir.tensors[node.out]!.axes
    const cell = RULES[node.op]!(x, w, node, ir)
    const data = indices(axes).map((at) => finish(node, cell(at)))
    tensors[node.out] = new Cells(axes, data)
  }
  return tensors.map(({ data }) => data)
}

type Index = readonly number[]
type CellRule = (x: Cells[], w: Cells[], node: IrNode, ir: Ir) => (at: Index) => bigint

/** A tensor that is read by index; what lies outside is `missing`. */
class Cells {
  readonly axes: readonly number[]
  readonly data: bigint[]
  constructor(axes: readonly number[], data: bigint[]) {
    this.axes = axes
    this.data = data
  }
  at(index: Index, missing = 0n): bigint {
    if (index.some((i, axis) => i < 0 || i >= this.axes[axis]!)) return missing
    return this.data[index.reduce((flat, i, axis) => flat * this.axes[axis]! + i, 0)]!
  }
}

function indices(axes: readonly number[]): Index[] {
  return axes.reduce<Index[]>((all, length) => all.flatMap((head) => range(length).map((i) => [...head, i])), [[]])
}

/** The values of an array of integers as BigInt. */
export function bigints(values: IntArray): bigint[] {
  return Array.from<number | bigint, bigint>(values, BigInt)
}

function range(length: number): number[] {
  return Array.from({ length }, (_, i) => i)
}

function sum(values: bigint[]): bigint {
  return values.reduce((a, b) => a + b, 0n)
}

function largest(values: bigint[]): bigint {
  return values.reduce((a, b) => (a > b ? a : b))
}

const number = (node: IrNode, key: string) => BigInt(node.a[key] as number)
const list = (node: IrNode, key: string) => node.a[key] as readonly number[]

function finish(node: IrNode, acc: bigint): bigint {
  return node.a.lo === undefined ? acc : rounded(acc, number(node, 's'), number(node, 'lo'), number(node, 'hi'))
}

/** floor(t / 2^s + 1/2) without shifts, clamped. */
function rounded(t: bigint, s: bigint, lo: bigint, hi: bigint): bigint {
  const [up, down] = [2n * t + 2n ** s, 2n * 2n ** s]
  const rest = ((up % down) + down) % down
  const q = (up - rest) / down
  return q < lo ? lo : q > hi ? hi : q
}

function windowCells(node: IrNode, kernel: readonly number[], oy: number, ox: number): [y: number, x: number][] {
  const [stride, pad, dil] = [list(node, 'stride'), list(node, 'pad'), list(node, 'dil')]
  return range(kernel[0]!).flatMap((ky) =>
    range(kernel[1]!).map((kx): [number, number] => [oy * stride[0]! + ky * dil[0]! - pad[0]!, ox * stride[1]! + kx * dil[1]! - pad[1]!]),
  )
}

function constant(node: IrNode, key: string, at: Index): bigint {
  const value = node.a[key]!
  return BigInt(typeof value === 'number' ? value : value[at[Number(node.a.ax)]!]!)
}

function table(ir: Ir, node: IrNode, u: bigint): bigint {
  const [t, s] = ir.tables[Number(node.a.table)]!.rows[Number(u / 256n)]!
  return 256n * BigInt(t) + BigInt(s) * (u % 256n)
}

function shifted(node: IrNode, at: Index, by: number): Index {
  return at.map((i, axis) => (axis === node.a.ax ? i + by : i))
}

const RULES: Readonly<Record<string, CellRule>> = {
  Gemm:
    ([x], [w, b], node) =>
    (at) => {
      const o = at.at(-1)!
      const terms = range(w!.axes[1]!).map((k) => w!.at([o, k]) * x!.at([...at.slice(0, -1), k]))
      return (sum(terms) + (b?.at([o]) ?? 0n)) * 2n ** BigInt(list(node, 'd')[o]!)
    },
  Conv:
    ([x], [w, b], node) =>
    ([o = 0, oy = 0, ox = 0]) => {
      const [outputs = 0, depth = 0, ...kernel] = w!.axes
      const group = Math.floor(o / (outputs / Number(node.a.group)))
      const cells = windowCells(node, kernel, oy, ox)
      const terms = range(depth).flatMap((c) =>
        cells.map(([y, xx], k) => w!.data[(o * depth + c) * cells.length + k]! * x!.at([group * depth + c, y, xx])),
      )
      return (sum(terms) + (b?.at([o]) ?? 0n)) * 2n ** BigInt(list(node, 'd')[o]!)
    },
  MatMulAA:
    ([x, z]) =>
    (at) => {
      const [lead, m, n] = [at.slice(0, -2), at.at(-2)!, at.at(-1)!]
      return sum(range(x!.axes.at(-1)!).map((k) => x!.at([...lead, m, k]) * z!.at([...lead, n, k])))
    },
  Affine:
    ([x, z], _w, node) =>
    (at) =>
      constant(node, 'c1', at) * x!.at(at) + (z ? constant(node, 'c2', at) * z.at(at) : 0n) + constant(node, 'c0', at),
  Clip:
    ([x]) =>
    (at) =>
      x!.at(at),
  LeakyRelu:
    ([x], _w, node) =>
    (at) => {
      const v = x!.at(at)
      return v >= 0n ? 2n ** number(node, 'k') * v : number(node, 'alpha') * v
    },
  AvgPool:
    ([x], _w, node) =>
    ([c = 0, oy = 0, ox = 0]) =>
      number(node, 'c') * sum(windowCells(node, list(node, 'kernel'), oy, ox).map(([y, xx]) => x!.at([c, y, xx]))),
  MaxPool:
    ([x], _w, node) =>
    ([c = 0, oy = 0, ox = 0]) =>
      largest(windowCells(node, list(node, 'kernel'), oy, ox).map(([y, xx]) => x!.at([c, y, xx], -32768n))),
  Pwl:
    ([x], _w, node, ir) =>
    (at) =>
      table(ir, node, x!.at(at) + 32768n),
  Softmax:
    ([x], _w, node, ir) =>
    (at) => {
      const row = range(x!.axes.at(-1)!).map((j) => x!.at([...at.slice(0, -1), j]))
      const e = row.map((v) => rounded(table(ir, node, largest(row) - v), number(node, 's'), 0n, 16384n))
      const total = sum(e)
      return (32768n * e[at.at(-1)!]! + total) / (2n * total)
    },
  ArgMax:
    ([x]) =>
    (at) => {
      const row = range(x!.axes.at(-1)!).map((j) => x!.at([...at.slice(0, -1), j]))
      return BigInt(row.indexOf(largest(row)))
    },
  Reshape:
    ([x], _w, node, ir) =>
    (at) =>
      x!.data[at.reduce((flat, i, axis) => flat * ir.tensors[node.out]!.axes[axis]! + i, 0)]!,
  Transpose:
    ([x], _w, node) =>
    (at) => {
      const from: number[] = []
      for (const [i, axis] of list(node, 'perm').entries()) from[axis] = at[i]!
      return x!.at(from)
    },
  Concat: (x, _w, node) => (at) => {
    let offset = 0
    for (const part of x) {
      const length = part.axes[Number(node.a.ax)]!
      if (at[Number(node.a.ax)]! < offset + length) return part.at(shifted(node, at, -offset))
      offset += length
    }
    throw new Error('beyond the parts of a Concat')
  },
  Slice:
    ([x], _w, node) =>
    (at) =>
      x!.at(shifted(node, at, Number(node.a.start))),
  Gather:
    ([x], _w, node) =>
    (at) =>
      x!.at(at.map((i, axis) => (axis === node.a.ax ? list(node, 'idx')[i]! : i))),
  Pad:
    ([x], _w, node) =>
    (at) =>
      x!.at(shifted(node, at, -Number(node.a.before)), number(node, 'value')),
  TreeEnsemble:
    ([x], [f, thr, left, values], node) =>
    ([c = 0]) => {
      const leaves = list(node, 'leaves')
      const leafOf = (n: number): number => {
        const at = leaves.indexOf(n)
        if (at >= 0) return at
        const right = x!.at([Number(f!.at([n]))]) > thr!.at([n])
        return leafOf(Number(left!.at([n])) + (right ? 1 : 0))
      }
      return BigInt(list(node, 'base')[c]!) + sum(list(node, 'roots').map((root) => values!.at([leafOf(root), c])))
    },
}
