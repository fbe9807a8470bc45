/** Integer type of a tensor's values: activations are `i16`, features of trees `i32`, biases and raw or score outputs `i64`. */
export type Dt = 'i16' | 'i32' | 'i64'

/** A tensor of the integer model; the real value is `integer · 2^-f`. `axes`: lengths without the batch axis, row-major. SPEC 2.1. */
export interface IrTensor {
  readonly id: number
  readonly axes: readonly number[]
  readonly dt: Dt
  readonly f: number
}

/** One weight tensor. `f` has one entry per output channel when channels are scaled apart. The values are in the weights blob. */
export interface WeightMeta {
  readonly id: number
  readonly axes: readonly number[]
  readonly dt: Dt
  readonly f: number | readonly number[]
}

/** Integer attributes of a node, by name. */
export type Attributes = Readonly<Record<string, number | readonly number[]>>

/** One operation, in topological order: reads tensors `in` and weights `w`, defines tensor `out`. SPEC 2.4. */
export interface IrNode {
  readonly op: string
  readonly in: readonly number[]
  readonly w: readonly number[]
  readonly out: number
  readonly a: Attributes
}

/** A piecewise linear function of an int16: row i = `[t, s]` gives `256·t + s·l` for `x + 32768 = 256·i + l`. SPEC 2.4, 2.6. */
export interface PwlTable {
  readonly id: number
  readonly kind: 'pwl'
  readonly rows: readonly (readonly [t: number, s: number])[]
}

/** The integer model: everything that decides an answer except the values of the weights. SPEC 2.1. */
export interface Ir {
  readonly v: 1
  readonly name: string
  readonly inputs: readonly number[]
  readonly outputs: readonly number[]
  readonly nodes: readonly IrNode[]
  readonly tensors: readonly IrTensor[]
  readonly weights: readonly WeightMeta[]
  readonly tables: readonly PwlTable[]
  /** Bits of one limb of a range check: 8 for small models, 16 for large ones. */
  readonly limb: 8 | 16
  /** Publisher's own words about accuracy; never verified. */
  readonly calib?: { readonly maxErr: string; readonly rms: string; readonly n: number }
}

/** Values of one tensor or weight, row-major. A batch of B inputs is one array of B·product(axes) values. */
export type IntArray = Int16Array | Int32Array | BigInt64Array

/** Values of the weights, by weight id. */
export type Weights = readonly IntArray[]
