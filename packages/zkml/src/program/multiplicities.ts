import { OgError } from '@opengradient/protocol'
import type { Filling } from './lower/fill.ts'
import { lengths, realCells, sourceSpace } from './space.ts'
import type { AxisMap, Form, Program, Space, Table } from './types.ts'

/** Counts every lookup of a filled witness in the multiplicities of its table. SPEC 4.1. */
export function countLookups(program: Program, run: Filling): void {
  const counters = new Map(program.tables.map((table) => [table[0], counterOf(program, table, run)]))
  for (const constraint of program.constraints) {
    if (constraint[0] === 'look') counters.get(constraint[1])!.count(constraint[2])
  }
  for (const table of program.tables) run.put(table[5], counters.get(table[0])!.counts)
}

interface Counter {
  /** By row, in row-major order of the table's space. */
  readonly counts: Int32Array
  readonly count: (forms: readonly Form[]) => void
}

/** Range tables are indexed by the value itself, others by their public keys: as many columns as the table has axes. */
function counterOf(program: Program, [, kind, , columns, space]: Table, run: Filling): Counter {
  const counts = new Int32Array(realCells(space))
  if (kind === 'range') {
    return {
      counts,
      count: ([form]) => {
        for (const value of evaluate(program, form!, run)) counts[value]!++
      },
    }
  }
  const rowOf = rowIndices.get(columns) ?? rowIndex(space, evaluate(program, columns[0]!, run))
  rowIndices.set(columns, rowOf)
  return {
    counts,
    count: (forms) => {
      const first = evaluate(program, forms[0]!, run)
      const second = space.length > 1 ? evaluate(program, forms[1]!, run) : undefined
      for (let cell = 0; cell < first.length; cell++) counts[rowOf(first[cell]!, second?.[cell] ?? 0)]!++
    },
  }
}

type RowIndex = (key: number, inner: number) => number

/** Keys are public: what was found for a table's columns stays. */
const rowIndices = new WeakMap<readonly Form[], RowIndex>()

/** Which row has a key: of a table over two axes its two indices, else its place in the column of keys, mostly the key itself. */
function rowIndex([, second]: Space, keys: Float64Array): RowIndex {
  if (second) return (key, inner) => key * second[0] + inner
  if (keys.every((key, row) => key === row)) return (key) => key
  const rows = new Map(Array.from(keys, (key, row) => [key, row]))
  return (key) => rows.get(key)!
}

/** A form of small numbers over its real cells, row-major: constants, and segments read cell by cell. */
function evaluate(program: Program, [space, consts, terms]: Form, run: Filling): Float64Array {
  const out = new Float64Array(realCells(space))
  for (const [coef, vecs] of consts) {
    const columns = vecs.map((vec, ax) =>
      vec < 0 ? new Float64Array(space[ax]![0]).fill(1) : Float64Array.from(program.vecs[vec]!, Number),
    )
    const values = expand(Float64Array.of(Number(coef)), columns, (value, factor) => value * factor)
    for (let i = 0; i < out.length; i++) out[i]! += values[i]!
  }
  for (const [coef, source, maps] of terms) {
    if (typeof source !== 'number') throw unsupported()
    const values = run.small(source)
    const factor = Number(coef)
    if (isIdentity(maps, space)) for (let i = 0; i < out.length; i++) out[i]! += factor * values[i]!
    else {
      const index = indexOf(space, lengths(sourceSpace(source, program.segments)), maps)
      for (let i = 0; i < out.length; i++) if (index[i]! >= 0) out[i]! += factor * values[index[i]!]!
    }
  }
  return out
}

function isIdentity(maps: readonly AxisMap[], space: Space): boolean {
  return maps.length === space.length && maps.every((map, i) => map[0] === 'id' && map[1] === i)
}

/** For every real cell of the form the row-major number of the real cell of the source that it reads; −1 for none. */
function indexOf(space: Space, from: readonly number[], maps: readonly AxisMap[]): Float64Array {
  let start = 0
  const steps = space.map(([n]) => new Float64Array(n))
  for (const [axis, map] of maps.entries()) {
    const stride = from.slice(axis + 1).reduce((a, b) => a * b, 1)
    if (map[0] === 'fix') start += stride * map[1]
    else if (map[0] === 'id' || map[0] === 'shift') {
      const offset = map[0] === 'id' ? 0 : map[2]
      steps[map[1]] = steps[map[1]]!.map((_, x) => (x - offset >= 0 && x - offset < from[axis]! ? stride * (x - offset) : -1))
    } else throw unsupported()
  }
  return expand(Float64Array.of(start), steps, (index, step) => (index < 0 || step < 0 ? -1 : index + step))
}

/** `start` combined with one entry of every column, for every cell of their product, row-major. */
function expand(start: Float64Array, columns: readonly Float64Array[], join: (value: number, entry: number) => number): Float64Array {
  let out = start
  for (const column of columns) {
    const next = new Float64Array(out.length * column.length)
    for (let i = 0, to = 0; i < out.length; i++) for (let j = 0; j < column.length; j++) next[to++] = join(out[i]!, column[j]!)
    out = next
  }
  return out
}

function unsupported(): OgError {
  return new OgError('INTERNAL', 'A lookup reads something else than segments cell by cell.')
}
