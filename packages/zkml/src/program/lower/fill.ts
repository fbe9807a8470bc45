import { isArrayOf } from '@opengradient/protocol'
import type { IntArray, Weights } from '../../ir/types.ts'
import type { Packing } from '../packing.ts'
import { strides } from '../space.ts'
import type { Program, Space } from '../types.ts'

/** Values of the real cells of a segment, row-major. Numbers are exact integers below 2^53. */
export type Column = Int16Array | Int32Array | Uint16Array | Float64Array | BigInt64Array

/** Accumulators of a node, one per cell of its output, batch first; numbers where they are surely below 2^52. */
export type Accumulators = Float64Array | BigInt64Array

/** What the witness is filled from: an exact run of the integer model. */
export interface RunValues {
  /** Values by tensor id, batch first. */
  readonly tensors: readonly (IntArray | undefined)[]
  /** Accumulators by node, for those whose output is `requant(acc)`. */
  readonly accumulators: readonly (Accumulators | undefined)[]
  readonly weights: Weights
}

/** Fills the segments that a rule committed; registered with `Builder.fillers`. */
export type Filler = (run: Filling) => void

/** A witness being written. */
export class Filling {
  private readonly program: Program
  private readonly packing: Packing
  private readonly values: RunValues
  private readonly matrices: readonly [BigInt64Array, BigInt64Array]
  /** The same cells as pairs of 32-bit words, low word first: what small values are written through. */
  private readonly words: readonly [Int32Array, Int32Array]

  constructor(program: Program, packing: Packing, values: RunValues) {
    this.program = program
    this.packing = packing
    this.values = values
    this.matrices = [new BigInt64Array(packing.cells[0]), new BigInt64Array(packing.cells[1])]
    this.words = [new Int32Array(this.matrices[0].buffer), new Int32Array(this.matrices[1].buffer)]
  }

  get w(): BigInt64Array {
    return this.matrices[0]
  }

  get W(): BigInt64Array {
    return this.matrices[1]
  }

  tensor(id: number): IntArray {
    return this.values.tensors[id]!
  }

  /** Values of an int16 tensor. */
  int16(id: number): Int16Array {
    const values = this.tensor(id)
    return isArrayOf('Int16Array', values) ? values : Int16Array.from({ length: values.length }, (_, i) => Number(values[i]))
  }

  accumulators(node: number): Accumulators {
    return this.values.accumulators[node]!
  }

  weight(id: number): IntArray {
    return this.values.weights[id]!
  }

  /** Writes the real cells of a segment. */
  put(segment: number, column: Column): void {
    const [matrix, space] = this.program.segments[segment]!
    const start = this.packing.offsets[segment]!
    if (isArrayOf('BigInt64Array', column))
      eachRow(space, (cell, from, n) => this.matrices[matrix].set(column.subarray(from, from + n), start + cell))
    else putNumbers(this.words[matrix], space, start, column)
  }

  /** The numbers of the real cells of a segment of w, all of them below 2^31. */
  small(segment: number): Int32Array {
    const [matrix, space] = this.program.segments[segment]!
    const words = this.words[matrix]
    const start = this.packing.offsets[segment]!
    const out = new Int32Array(space.reduce((cells, [n]) => cells * n, 1))
    eachRow(space, (cell, from, n) => {
      for (let i = 0, at = 2 * (start + cell); i < n; i++, at += 2) out[from + i] = words[at]!
    })
    return out
  }
}

/** The layout of words in memory is the machine's; all that run JavaScript today are little-endian. */
function putNumbers(words: Int32Array, space: Space, start: number, column: Exclude<Column, BigInt64Array>): void {
  const wide = isArrayOf('Float64Array', column)
  eachRow(space, (cell, from, n) => {
    for (let i = 0, at = 2 * (start + cell); i < n; i++, at += 2) {
      const value = column[from + i]!
      words[at] = value
      words[at + 1] = wide ? Math.floor(value / 4294967296) : value < 0 ? -1 : 0
    }
  })
}

/** Calls `visit` for every run of neighbouring real cells: position in the segment, row-major number of its first cell, length. */
function eachRow(space: Space, visit: (cell: number, from: number, n: number) => void): void {
  const steps = strides(space)
  const last = space.length - 1
  const n = last < 0 ? 1 : space[last]![0]
  const at = new Array<number>(space.length).fill(0)
  for (let cell = 0, from = 0; ; from += n) {
    visit(cell, from, n)
    let ax = last - 1
    for (; ax >= 0; ax--) {
      cell += steps[ax]!
      if (++at[ax]! < space[ax]![0]) break
      cell -= space[ax]![0] * steps[ax]!
      at[ax] = 0
    }
    if (ax < 0) return
  }
}
