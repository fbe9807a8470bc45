/** A tensor of doubles, row-major. */
export interface RealTensor {
  readonly shape: readonly number[]
  readonly data: Float64Array
}

/** Geometry of a window over `[C,H,W]`; as in the integer model (SPEC 2.4). */
export interface WindowShape {
  readonly kernel: readonly [y: number, x: number]
  readonly stride: readonly [y: number, x: number]
  readonly pad: readonly [top: number, left: number, bottom: number, right: number]
  readonly dil: readonly [y: number, x: number]
}

/** A node's operand: the value of node `id`, seen with the axes `shape` (same cells, same order). */
export interface Operand {
  readonly id: number
  readonly shape: readonly number[]
}

/** A tree node of the converted ensemble, before it becomes integers. */
export interface TreeNodes {
  readonly feature: Int16Array
  readonly threshold: Int32Array
  readonly left: Int32Array
  /** Node ids of the leaves, ascending, and their values `[leaf][column]`. */
  readonly leaves: readonly number[]
  readonly values: readonly (readonly number[])[]
  readonly roots: readonly number[]
  readonly depth: number
  readonly base: readonly number[]
}

export type Nonlinear = 'sigmoid' | 'tanh'

/** What a node computes, over reals. The kinds are those of the integer model, one to one, with real constants. */
export type RealOp =
  /** Elements `start .. start+count−1` of graph input `source`, times 2^-exponent. */
  | { readonly kind: 'input'; readonly source: number; readonly start: number; readonly exponent: number }
  /** Order-preserving keys of graph input `source`, for trees. */
  | { readonly kind: 'keys'; readonly source: number }
  /** `[…A,K] → […A,O]`, W row-major `[O,K]`. */
  | { readonly kind: 'gemm'; readonly W: Float64Array; readonly b: Float64Array; readonly K: number; readonly O: number }
  | {
      readonly kind: 'conv'
      readonly W: Float64Array
      readonly b: Float64Array
      readonly O: number
      readonly group: number
      readonly window: WindowShape
    }
  /** c1·x1 + c2·x2 + c0, each constant one number or one per index of axis `ax`. */
  | { readonly kind: 'affine'; readonly ax: number; readonly c1: Float64Array; readonly c2?: Float64Array; readonly c0: Float64Array }
  | { readonly kind: 'clip' }
  | { readonly kind: 'leaky'; readonly alpha: number }
  | { readonly kind: 'maxpool'; readonly window: WindowShape }
  /** weight · sum over the window. */
  | { readonly kind: 'avgpool'; readonly window: WindowShape; readonly weight: number }
  | { readonly kind: 'pwl'; readonly fn: Nonlinear }
  | { readonly kind: 'softmax' }
  | { readonly kind: 'argmax' }
  /** `[B,M,K], [B,N,K] → [B,M,N]`. */
  | { readonly kind: 'matmul' }
  | { readonly kind: 'transpose'; readonly perm: readonly number[] }
  | { readonly kind: 'concat'; readonly ax: number }
  | { readonly kind: 'gather'; readonly ax: number; readonly idx: readonly number[] }
  | { readonly kind: 'pad'; readonly ax: number; readonly before: number; readonly after: number; readonly value: number }
  | { readonly kind: 'tree'; readonly trees: TreeNodes }

/** One node of the real graph. `lo`/`hi`: bounds applied to the result (from Relu, Clip). `f`: a scale that the result must have. */
export interface RealNode {
  readonly op: RealOp
  readonly inputs: readonly Operand[]
  /** Axes of the result, without batch; rank 1..6. */
  readonly shape: readonly number[]
  readonly lo?: number
  readonly hi?: number
  readonly f?: number
  /** Operator and node of the file that this came from, for messages. */
  readonly from: { readonly op: string; readonly node: string }
}

/** Number of cells of a shape. */
export function cells(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1)
}

/** Whether two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((n, i) => n === b[i])
}
