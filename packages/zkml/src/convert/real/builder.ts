import { unsupported } from '../errors.ts'
import { transposeIndex } from './layout.ts'
import { cells, type Operand, type RealNode, type RealOp, sameShape, type WindowShape } from './types.ts'
import type { Var } from './value.ts'
import { windowOutput } from './window.ts'

/** Cells of one value, and of all values together: what a proof can hold is far below. */
const MAX_CELLS = 2 ** 26
const MAX_NODES = 20_000

/**
 * How the first axis of the inputs is understood. `length`: the axis is a batch (of that declared length; the sentinel if the file leaves it
 * open) and every sample is computed alone. undefined: no batch; all axes belong to the sample.
 */
export type Batch = { readonly length: number } | undefined

/** Stands for an open batch length where a file computes with shapes: a prime that no honest dimension is a multiple of. */
export const OPEN_BATCH = 2_147_483_647

/** Thrown when a node mixes samples of a batch; the converter then tries without a batch axis, if the file fixes all dimensions. */
export class BatchMixed extends Error {
  readonly op: string
  readonly node: string
  constructor(op: string, node: string) {
    super(`${op} "${node}" mixes the samples of a batch`)
    this.op = op
    this.node = node
  }
}

/** Collects the nodes of the real graph. Shapes given to its methods are sample shapes: without batch. */
export class Builder {
  readonly nodes: RealNode[] = []
  readonly batch: Batch
  /** Where new nodes come from, for messages. */
  from: { readonly op: string; readonly node: string } = { op: 'Input', node: '' }
  #cells = 0

  constructor(batch: Batch) {
    this.batch = batch
  }

  /** Adds a node and returns its value. */
  add(op: RealOp, inputs: readonly Operand[], shape: readonly number[], more: Pick<RealNode, 'lo' | 'hi' | 'f'> = {}): Operand {
    if (this.nodes.length === MAX_NODES) throw unsupported(this.from.op, this.from.node, `more than ${MAX_NODES} operations`)
    const axes = shape.length === 0 ? [1] : shape
    if (axes.length > 6) throw unsupported(this.from.op, this.from.node, `a tensor of rank ${axes.length}; at most 6 are supported`)
    const count = cells(axes)
    this.#cells += count
    if (!axes.every((n) => n >= 1 && n <= 2 ** 20)) throw unsupported(this.from.op, this.from.node, `a tensor [${axes.join(',')}]`)
    if (this.#cells > MAX_CELLS) throw unsupported(this.from.op, this.from.node, `more than ${MAX_CELLS} values in all`)
    this.nodes.push({ op, inputs, shape: axes, ...more, from: this.from })
    return { id: this.nodes.length - 1, shape: axes }
  }

  /** The sample shape of a value: its shape without the batch axis. */
  sample(v: Var): readonly number[] {
    const shape = this.batch === undefined ? v.shape : v.shape.slice(1)
    return shape.length === 0 ? [1] : shape
  }

  /** A value of the file's graph from a node's result and a sample shape. */
  value(result: Operand, sample: readonly number[]): Var {
    return { kind: 'var', id: result.id, shape: this.batch === undefined ? sample : [1, ...sample] }
  }

  /** A value seen with other axes, as an operand. */
  as(v: Var, shape: readonly number[]): Operand {
    if (cells(shape) !== cells(v.shape))
      throw unsupported(this.from.op, this.from.node, `[${v.shape.join(',')}] has not the cells of [${shape.join(',')}]`)
    return { id: v.id, shape }
  }

  /** Index of an axis of the sample. @throws BatchMixed for the batch axis */
  axis(axis: number, rank: number): number {
    const at = axis < 0 ? axis + rank : axis
    if (!Number.isInteger(at) || at < 0 || at >= rank)
      throw unsupported(this.from.op, this.from.node, `axis ${axis} of a tensor of rank ${rank}`)
    if (this.batch === undefined) return at
    if (at === 0) this.mixed()
    return at - 1
  }

  mixed(): never {
    throw new BatchMixed(this.from.op, this.from.node)
  }

  /** c1·x + c0 along axis `ax` of x's shape. */
  affine(x: Operand, ax: number, c1: Float64Array, c0: Float64Array, more: Pick<RealNode, 'f'> = {}): Operand {
    return this.add({ kind: 'affine', ax, c1, c0 }, [x], x.shape, more)
  }

  /** Reorders axes; nothing is added when the order of the cells stays. */
  transpose(x: Operand, perm: readonly number[]): Operand {
    const shape = perm.map((axis) => x.shape[axis]!)
    const long = perm.filter((axis) => x.shape[axis] !== 1)
    if (long.every((axis, i) => i === 0 || axis > long[i - 1]!)) return { id: x.id, shape }
    if (x.shape.length <= 6) return this.add({ kind: 'transpose', perm }, [x], shape)
    // Axes of length 1 do not count: leave them out.
    const kept = x.shape.flatMap((n, i) => (n === 1 ? [] : [i]))
    const small = { id: x.id, shape: kept.map((i) => x.shape[i]!) }
    const result = this.add(
      { kind: 'transpose', perm: long.map((axis) => kept.indexOf(axis)) },
      [small],
      long.map((axis) => x.shape[axis]!),
    )
    return { id: result.id, shape }
  }

  /** Repeats axes of length 1 until the shape is `shape`. */
  expand(x: Operand, shape: readonly number[]): Operand {
    let at: Operand = { id: x.id, shape: [...Array<number>(shape.length - x.shape.length).fill(1), ...x.shape] }
    for (const [ax, n] of shape.entries()) {
      if (at.shape[ax] === n) continue
      const next = at.shape.map((m, i) => (i === ax ? n : m))
      at = this.add({ kind: 'gather', ax, idx: Array<number>(n).fill(0) }, [at], next)
    }
    return at
  }

  /** The output `[C,OH,OW]` of a window over `[C,H,W]`. */
  windowShape(shape: readonly number[], channels: number, window: WindowShape): number[] {
    const [h, w] = windowOutput(shape[1]!, shape[2]!, window)
    if (h < 1 || w < 1) throw unsupported(this.from.op, this.from.node, 'the window is larger than the padded input')
    return [channels, h, w]
  }
}

/** Transposes a constant. */
export function transposeConst(data: Float64Array, shape: readonly number[], perm: readonly number[]): Float64Array {
  const same = sameShape(
    perm,
    shape.map((_, i) => i),
  )
  return same ? data : Float64Array.from(transposeIndex(shape, perm), (i) => data[i]!)
}
