/**
 * The constraint program (CP): five kinds of things that one generic prover and verifier understand. SPEC 3, encoding 3.6.
 * An operator of the integer model is a rule that writes these, and a rule that fills the segments; nothing else.
 */

/** Real length and bits (`ceil(log2 n)`) of one axis. */
export type Axis = readonly [n: number, bits: number]

/** Ordered axes; a cell's index concatenates the axes' indices, the first axis in the most significant bits. SPEC 3.1. */
export type Space = readonly Axis[]

/** Committed column: matrix 0 holds the witness w, matrix 1 the committed weights W. Its length is 2^(sum of bits). SPEC 3.2. */
export type Segment = readonly [matrix: 0 | 1, space: Space]

/** How one source axis is read from the axes of the form. SPEC 3.3. */
export type AxisMap =
  | readonly ['id', ax: number]
  | readonly ['wt', ax: number, vec: number]
  | readonly ['fix', index: number]
  | readonly ['shift', ax: number, offset: number]
  | readonly ['sum', vec: number, n: number]
  | readonly ['suffix', ax: number]
  | readonly ['gather', axK: number, axO: number, window: Window]
  | readonly ['index', ax: number, vec: number]

/** Geometry of a window: input H×W, kernel KH×KW, output OH×OW, strides, padding before, dilations. */
export type Window = readonly [
  H: number,
  W: number,
  KH: number,
  KW: number,
  OH: number,
  OW: number,
  sy: number,
  sx: number,
  py: number,
  px: number,
  dy: number,
  dx: number,
]

/**
 * What a term reads: a segment, a public tensor (input or output), a public weight, or an all-ones table over a space.
 * A public source names the space that its values are read over: row-major over the real cells, in the order of the
 * values themselves, so that one tensor can be read as `[batch, channels, yx]` here and as `[batch, k]` there. SPEC 3.6.
 */
export type Source =
  | number
  | readonly ['pub', tensor: number, space: Space]
  | readonly ['pubw', weight: number, space: Space]
  | readonly ['ones', space: Space]

/** `coef · source[maps]`, one map per source axis; axes of the form that no map names are broadcast. */
export type Term = readonly [coef: bigint, source: Source, maps: readonly AxisMap[]]

/** `coef · Π vec[axis]`, −1: ones on the real cells of that axis. */
export type Const = readonly [coef: bigint, vecs: readonly number[]]

/** An affine combination of sources over a space; zero on padding cells. */
export type Form = readonly [space: Space, consts: readonly Const[], terms: readonly Term[]]

/** A factor of a Hadamard constraint: an affine combination of base forms over the same space. */
export type Factor = readonly [space: Space, consts: readonly Const[], bases: readonly (readonly [base: number, coef: bigint])[]]

/** The four kinds of constraint. SPEC 3.4. */
export type Constraint =
  | readonly ['lin', Form]
  | readonly ['had', A: Factor, B: Factor, C: Form]
  | readonly ['con', L: Form, R: Form, Z: Form, nb: number, nm: number, nn: number, nk: number]
  | readonly ['look', table: number, forms: readonly Form[]]

/** A lookup table. Range tables have id = width and no columns; others ids from 32. `mult`: its segment of multiplicities. SPEC 4.1. */
export type Table = readonly [id: number, kind: 'range' | 'rows', width: number, cols: readonly Form[], space: Space, mult: number]

/** The program of one model and one batch size. */
export interface Program {
  readonly batch: number
  readonly segments: readonly Segment[]
  readonly vecs: readonly (readonly bigint[])[]
  readonly bases: readonly Form[]
  readonly constraints: readonly Constraint[]
  readonly tables: readonly Table[]
}

/** A statement's public values: what `['pub', id]` and `['pubw', id]` read, row-major over the source's real cells. */
export interface PublicValues {
  /** Inputs and outputs, by tensor id, batch as the leading axis. */
  readonly tensors: ReadonlyMap<number, BigInt64Array | Int32Array | Int16Array>
  /** Public weights, by weight id; empty when they are committed. */
  readonly weights: readonly (BigInt64Array | Int32Array | Int16Array)[]
}

/** The witness: one signed integer per cell of each matrix, packed by SPEC 3.2 (padding cells 0). `W` only with committed weights. */
export interface Witness {
  readonly w: BigInt64Array
  readonly W?: BigInt64Array
}
