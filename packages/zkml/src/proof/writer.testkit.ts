import { pack } from '../program/packing.ts'
import { forEachReal, space } from '../program/space.ts'
import type { AxisMap, Constraint, Form, Program, PublicValues, Segment, Source, Space, Table, Witness } from '../program/types.ts'

/** A hand-written program with a witness that satisfies it. */
export interface Sample {
  readonly program: Program
  readonly values: PublicValues
  readonly witness: Witness
  /** By name of a segment: its id. */
  readonly ids: ReadonlyMap<string, number>
}

/** Writes programs by hand: segments with their values, then constraints. */
export class SampleWriter {
  readonly constraints: Constraint[] = []
  readonly tables: Table[] = []
  readonly vecs: bigint[][] = []
  readonly bases: Form[] = []
  readonly tensors = new Map<number, BigInt64Array | Int32Array | Int16Array>()
  readonly weights: (BigInt64Array | Int32Array | Int16Array)[] = []
  private readonly segments: Segment[] = []
  private readonly contents: bigint[][] = []
  private readonly ids = new Map<string, number>()

  /** A segment with the values of its real cells. */
  segment(name: string, lengths: readonly number[], values: readonly (bigint | number)[], matrix: 0 | 1 = 0): number {
    this.ids.set(name, this.segments.length)
    this.segments.push([matrix, space(lengths)])
    this.contents.push(values.map(BigInt))
    return this.segments.length - 1
  }

  vec(values: readonly (bigint | number)[]): number {
    this.vecs.push(values.map(BigInt))
    return this.vecs.length - 1
  }

  base(form: Form): number {
    this.bases.push(form)
    return this.bases.length - 1
  }

  /** `padding` gives the cells that nothing may read. */
  finish(padding: () => bigint = () => 0n): Sample {
    if (this.segments.length === 0) this.segment('nothing', [1], [0n])
    const program: Program = {
      ...{ batch: 1, segments: this.segments, vecs: this.vecs, bases: this.bases },
      ...{ constraints: this.constraints, tables: this.tables },
    }
    const { offsets, cells } = pack(this.segments)
    const matrices = cells.map((count) => BigInt64Array.from({ length: count }, padding))
    for (const [id, [matrix, of]] of this.segments.entries())
      forEachReal(of, (cell, ordinal) => {
        matrices[matrix]![offsets[id]! + cell] = this.contents[id]![ordinal] ?? 0n
      })
    const witness = cells[1] > 0 ? { w: matrices[0]!, W: matrices[1]! } : { w: matrices[0]! }
    return { program, values: { tensors: this.tensors, weights: this.weights }, witness, ids: this.ids }
  }
}

/** A form that is a source and nothing else. */
export function only(over: Space, source: Source, maps: readonly AxisMap[]): Form {
  return [over, [], [[1n, source, maps]]]
}

/** `id` maps in order. */
export function ids(count: number): AxisMap[] {
  return Array.from({ length: count }, (_, ax) => ['id', ax])
}
