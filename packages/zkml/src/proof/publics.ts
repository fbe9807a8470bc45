import { isArrayOf } from '@opengradient/protocol'
import { lengths, sourceSpace } from '../program/space.ts'
import type { Program, PublicValues, Source } from '../program/types.ts'
import type { Desk, KPtr } from './desk.ts'
import { type Tensor, toK } from './tensor.ts'

/** Where a source lies, and as what. */
interface Placed {
  readonly at: number
  readonly kind: 'i16' | 'i64' | 'F'
}

/** The public tensors and weights of a statement, brought into memory when they are first read. */
export class Publics {
  private readonly desk: Desk
  private readonly program: Program
  private readonly values: PublicValues
  private readonly placed = new Map<string, Placed>()

  constructor(desk: Desk, program: Program, values: PublicValues) {
    this.desk = desk
    this.program = program
    this.values = values
  }

  /** A public source, compact and row-major over its real cells. */
  tensor(source: Exclude<Source, number>): Tensor {
    const axes = lengths(sourceSpace(source, this.program.segments)).map((n) => ({ n, length: n }))
    if (source[0] === 'ones') return { at: this.ones(axes.reduce((product, { n }) => product * n, 1)), kind: 'i16', axes }
    const values = source[0] === 'pub' ? this.values.tensors.get(source[1]) : this.values.weights[source[1]]
    if (values === undefined) throw new Error(`public values lack ${source[0]} ${source[1]}`)
    return { ...this.place(`${source[0]}${source[1]}`, values), axes }
  }

  /** A tensor without axes as a value of K. */
  scalar(tensor: Tensor): KPtr {
    return toK(this.desk, tensor).at
  }

  private place(key: string, values: BigInt64Array | Int32Array | Int16Array): Placed {
    const known = this.placed.get(key)
    if (known) return known
    const placed = this.put(values)
    this.placed.set(key, placed)
    return placed
  }

  private put(values: BigInt64Array | Int32Array | Int16Array): Placed {
    const { kernels, x } = this.desk
    const at = kernels.put(values)
    if (!isArrayOf('Int32Array', values)) return { at, kind: isArrayOf('Int16Array', values) ? 'i16' : 'i64' }
    const field = kernels.alloc(8 * values.length)
    x.fFromI32(field, at, values.length)
    return { at: field, kind: 'F' }
  }

  private ones(cells: number): number {
    return this.desk.kernels.put(new Int16Array(cells).fill(1))
  }
}
