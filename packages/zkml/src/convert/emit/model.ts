import { cellsOf } from '../../ir/axes.ts'
import type { Attributes, Dt, IntArray, Ir, IrNode, IrTensor, PwlTable, WeightMeta } from '../../ir/types.ts'
import { sameShape } from '../real/types.ts'

/** An integer model under construction: tensors, weights, tables and nodes get their ids in creation order. */
export class IrBuilder {
  readonly tensors: IrTensor[] = []
  readonly metas: WeightMeta[] = []
  readonly weights: IntArray[] = []
  readonly tables: PwlTable[] = []
  readonly nodes: IrNode[] = []
  readonly inputs: number[] = []
  readonly #reshaped = new Map<string, number>()
  readonly #tableIds = new Map<string, number>()

  tensor(axes: readonly number[], dt: Dt, f: number): number {
    this.tensors.push({ id: this.tensors.length, axes, dt, f })
    return this.tensors.length - 1
  }

  input(axes: readonly number[], dt: Dt, f: number): number {
    const id = this.tensor(axes, dt, f)
    this.inputs.push(id)
    return id
  }

  weight(axes: readonly number[], dt: Dt, f: number | readonly number[], values: IntArray): number {
    this.metas.push({ id: this.metas.length, axes, dt, f })
    this.weights.push(values)
    return this.metas.length - 1
  }

  /** A table, made once for each key. */
  table(key: string, make: (id: number) => PwlTable): number {
    const known = this.#tableIds.get(key)
    if (known !== undefined) return known
    const id = this.tables.length
    this.tables.push(make(id))
    this.#tableIds.set(key, id)
    return id
  }

  node(
    op: string,
    inputs: readonly number[],
    axes: readonly number[],
    dt: Dt,
    f: number,
    a: Attributes,
    w: readonly number[] = [],
  ): number {
    const out = this.tensor(axes, dt, f)
    this.nodes.push({ op, in: inputs, w, out, a })
    return out
  }

  /** The tensor seen with other axes; a Reshape is added once for each view. */
  as(id: number, axes: readonly number[]): number {
    const { axes: own, dt, f } = this.tensors[id]!
    if (sameShape(own, axes)) return id
    const key = `${id}:${axes.join(',')}`
    const known = this.#reshaped.get(key)
    if (known !== undefined) return known
    const made = this.node('Reshape', [id], axes, dt, f, {})
    this.#reshaped.set(key, made)
    return made
  }

  /** Activations that a proof commits, roughly: cells of all tensors but the inputs. */
  get activations(): number {
    return this.tensors.reduce((sum, { id, axes }) => sum + (this.inputs.includes(id) ? 0 : cellsOf(axes)), 0)
  }

  build(name: string, outputs: readonly number[], limb: 8 | 16): Ir {
    const { inputs, nodes, tensors, metas: weights, tables } = this
    return { v: 1, name, inputs, outputs, nodes, tensors, weights, tables, limb }
  }
}
