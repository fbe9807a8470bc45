/**
 * The operators of the integer model and the exact names and ranges of their attributes (SPEC 2.4, table "Attributes").
 * A node has every key listed, none other; a key that ends in `?` may be absent, when the operator's own rule says so.
 */

/** `int`: one integer. `list`: integers, each in the range. `either`: one integer for all, or one per index of an axis. */
export type AttributeRule = readonly [kind: 'int' | 'list' | 'either', min: number, max: number]

/** Attribute rules of one operator, by key. */
export type AttributeTable = Readonly<Record<string, AttributeRule>>

/** Largest shift of a requantisation, and largest power of two that aligns an output channel. SPEC 2.2, 2.4. */
export const MAX_SHIFT = 40

/** Axes of a tensor: at most this many, each at most this long. SPEC 2.1. */
export const MAX_RANK = 6
export const MAX_AXIS = 2 ** 20

/** Constants that multiply (|c| < 2^31), and constants at the scale of an accumulator (|c| ≤ 2^47). */
const FACTOR: readonly [number, number] = [-(2 ** 31 - 1), 2 ** 31 - 1]
const OFFSET: readonly [number, number] = [-(2 ** 47), 2 ** 47]

/** Geometry of a window: `kernel`, `stride`, `dil` are `[y, x]`; `pad` is `[top, left, bottom, right]`. */
const WINDOW = {
  stride: ['list', 1, MAX_AXIS],
  pad: ['list', 0, MAX_AXIS],
  dil: ['list', 1, MAX_AXIS],
} as const satisfies AttributeTable

/** What an operator with an accumulator does with it: requantise by `s`, `lo`, `hi`, or give it as it is (`raw` = 1). */
export const REQUANT = {
  s: ['int', 0, MAX_SHIFT],
  lo: ['int', -32768, 0],
  hi: ['int', 0, 32767],
} as const satisfies AttributeTable
export const RAW = { raw: ['int', 1, 1] } as const satisfies AttributeTable

/** Operators whose output is `requant(acc)`, or `acc` itself: each takes `REQUANT` or `RAW` besides its own attributes. */
export const ACCUMULATING = {
  Gemm: { d: ['list', 0, MAX_SHIFT] },
  Conv: { group: ['int', 1, MAX_AXIS], ...WINDOW, d: ['list', 0, MAX_SHIFT] },
  MatMulAA: {},
  Affine: { ax: ['int', 0, MAX_RANK - 1], c1: ['either', ...FACTOR], 'c2?': ['either', ...FACTOR], c0: ['either', ...OFFSET] },
  Clip: {},
  LeakyRelu: { k: ['int', 0, 30], alpha: ['int', ...FACTOR] },
  AvgPool: { kernel: ['list', 1, MAX_AXIS], ...WINDOW, c: ['int', 1, 2 ** 40] },
  Pwl: { table: ['int', 0, 63] },
} as const satisfies Readonly<Record<string, AttributeTable>>

/** Operators that define their output themselves. */
export const DIRECT = {
  MaxPool: { kernel: ['list', 1, MAX_AXIS], ...WINDOW },
  Softmax: { table: ['int', 0, 63], s: ['int', 0, MAX_SHIFT] },
  ArgMax: {},
  Reshape: {},
  Transpose: { perm: ['list', 0, MAX_RANK - 1] },
  Concat: { ax: ['int', 0, MAX_RANK - 1] },
  Slice: { ax: ['int', 0, MAX_RANK - 1], start: ['int', 0, MAX_AXIS], len: ['int', 1, MAX_AXIS] },
  Gather: { ax: ['int', 0, MAX_RANK - 1], idx: ['list', 0, MAX_AXIS] },
  Pad: { ax: ['int', 0, MAX_RANK - 1], before: ['int', 0, MAX_AXIS], after: ['int', 0, MAX_AXIS], value: ['int', -32768, 32767] },
  TreeEnsemble: {
    roots: ['list', 0, 2 ** 26],
    leaves: ['list', 0, 2 ** 26],
    depth: ['int', 1, 32],
    base: ['list', -(2 ** 40), 2 ** 40],
  },
} as const satisfies Readonly<Record<string, AttributeTable>>

export type AccumulatingOp = keyof typeof ACCUMULATING
export type DirectOp = keyof typeof DIRECT
export type OpName = AccumulatingOp | DirectOp
