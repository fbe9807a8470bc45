import { isArrayOf } from '@opengradient/protocol'
import { badIr } from '../fail.ts'
import type { Interval } from '../rounding.ts'
import type { Dt, Ir, IrNode, IrTensor, PwlTable, WeightMeta, Weights } from '../types.ts'
import type { AttributeTable } from './attributes.ts'

/** A node with what its rule may look at. Ids exist and attributes have their kinds and ranges before a rule sees it. */
export interface Site {
  readonly ir: Ir
  readonly node: IrNode
  /** How messages name the node: `nodes[3] Conv`. */
  readonly place: string
  readonly x: readonly IrTensor[]
  readonly w: readonly WeightMeta[]
  readonly out: IrTensor
}

/** Axes and type of the tensor that a node defines, without batch. */
export interface Yield {
  readonly axes: readonly number[]
  readonly dt: Dt
}

/** A site with the values of a run: `batch` inputs as the leading axis of each of `values`, by input of the node. */
export interface Run extends Site {
  readonly batch: number
  readonly values: readonly (Int16Array | Int32Array)[]
  readonly weights: Weights
  readonly contract: Contract
}

/**
 * Sums of products: `out[r·outputs + o] = Σ_k w[o·inner + k]·x[r·inner + k]`. Every sum is below 2^53 (SPEC 2.4), so that
 * float64 holds it. The result is a new array. A faster kernel may take the place of the plain one.
 */
export type Contract = (
  w: Int16Array,
  x: Int16Array,
  shape: { readonly outputs: number; readonly rows: number; readonly inner: number },
) => Float64Array | BigInt64Array

/**
 * An accumulator before its last step: `acc[i] = (sums[i] + bias[c])·mul[c]` with `c = floor(i / inner) mod mul.length`.
 * `sums` are exact integers below 2^53; what follows may be larger.
 */
export interface Sums {
  readonly sums: Float64Array | BigInt64Array
  readonly inner: number
  readonly mul: readonly number[]
  readonly bias?: BigInt64Array
}

interface Rule {
  readonly attributes: AttributeTable
  /** Least and most tensors that a node reads, and weights. */
  readonly inputs: readonly [number, number]
  readonly weights: readonly [number, number]
  /** What the node defines; refuses `ZK_BAD_IR` what breaks a rule of the operator. Costs no more than the node's bytes. */
  yields(site: Site): Yield
  /** Refuses `ZK_BAD_IR` public weights that are not of the operator's form (trees). */
  checkWeights?(site: Site, weights: Weights): void
}

/** An operator that ends with `requant` or `raw`. */
export interface AccumulatingRule extends Rule {
  readonly kind: 'accumulating'
  /** Interval of the accumulator. `weights` are undefined if they are committed: then only their types are known. SPEC 2.5. */
  bound(site: Site, x: readonly Interval[], weights: Weights | undefined): Interval
  evaluate(run: Run): Sums
}

/** An operator that defines its output itself. */
export interface DirectRule extends Rule {
  readonly kind: 'direct'
  /** Interval of the output. */
  bound(site: Site, x: readonly Interval[], weights: Weights | undefined): Interval
  evaluate(run: Run): Int16Array | Int32Array | BigInt64Array
}

export type OpRule = AccumulatingRule | DirectRule

/** An attribute that is one integer. */
export function intOf({ node, place }: Site, key: string): number {
  const value = node.a[key]
  return typeof value === 'number' ? value : badIr(place, `has no integer ${key}`)
}

/** An attribute that is a list of `length` integers (of any length without it). */
export function listOf({ node, place }: Site, key: string, length?: number): readonly number[] {
  const value = node.a[key]
  if (typeof value !== 'object') return badIr(place, `has no list ${key}`)
  if (length !== undefined && value.length !== length) badIr(place, `has ${value.length} entries in ${key}, not ${length}`)
  return value
}

/** An attribute that is one integer for all, or one for each of `length` indices; as a list either way (of 1 or `length`). */
export function eachOf(site: Site, key: string, length: number): readonly number[] {
  return typeof site.node.a[key] === 'number' ? [intOf(site, key)] : listOf(site, key, length)
}

/** The table that an attribute names. */
export function tableOf(site: Site): PwlTable {
  return site.ir.tables[intOf(site, 'table')] ?? badIr(site.place, 'names a table that does not exist')
}

/** Whether the node gives its accumulator as it is. */
export function isRaw(node: IrNode): boolean {
  return node.a.raw === 1
}

/** Input number `i` of a node, of type i16 and, if `rank` is given, of that rank. */
export function activation({ x, place }: Site, i: number, rank?: number): readonly number[] {
  const tensor = x[i] ?? badIr(place, `has no input ${i}`)
  if (tensor.dt !== 'i16') badIr(place, `reads tensor ${tensor.id}, which is ${tensor.dt}, not i16`)
  if (rank !== undefined && tensor.axes.length !== rank)
    badIr(place, `reads tensor ${tensor.id} of rank ${tensor.axes.length}, not ${rank}`)
  return tensor.axes
}

/** Weight number `i` of a node, of the type and (where given, not −1) the axes that the operator asks for. */
export function weightAxes({ w, place }: Site, i: number, dt: Dt, axes: readonly number[]): readonly number[] {
  const weight = w[i] ?? badIr(place, `has no weight ${i}`)
  if (weight.dt !== dt) badIr(place, `uses weight ${weight.id}, which is ${weight.dt}, not ${dt}`)
  if (weight.axes.length !== axes.length || axes.some((length, j) => length !== -1 && length !== weight.axes[j])) {
    badIr(place, `uses weight ${weight.id} of axes [${weight.axes}], not [${axes.map((length) => (length === -1 ? '·' : length))}]`)
  }
  return weight.axes
}

/** Values of input `i` of a run, which are int16 by the operator's rule. */
export function int16(run: Run, i: number): Int16Array {
  const values = run.values[i]
  return isArrayOf('Int16Array', values) ? values : badIr(run.place, `has no int16 input ${i}`)
}

/** Values of weight number `i` of a node, of the type that the operator's rule asks for. */
export function int16Weight({ w, place }: Site, i: number, weights: Weights): Int16Array {
  const values = weights[w[i]?.id ?? -1]
  return isArrayOf('Int16Array', values) ? values : badIr(place, `has no int16 weight ${i}`)
}
export function int32Weight({ w, place }: Site, i: number, weights: Weights): Int32Array {
  const values = weights[w[i]?.id ?? -1]
  return isArrayOf('Int32Array', values) ? values : badIr(place, `has no int32 weight ${i}`)
}
export function int64Weight({ w, place }: Site, i: number, weights: Weights): BigInt64Array {
  const values = weights[w[i]?.id ?? -1]
  return isArrayOf('BigInt64Array', values) ? values : badIr(place, `has no int64 weight ${i}`)
}
