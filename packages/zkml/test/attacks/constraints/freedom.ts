import { Evaluator } from '../../../src/program/check/evaluate.ts'
import { type Packing, pack } from '../../../src/program/packing.ts'
import { lengths, realCells, sourceSpace, strides } from '../../../src/program/space.ts'
import type { AxisMap, Factor, Form, Program, PublicValues, Space, Term, Witness } from '../../../src/program/types.ts'

/** A prime whose products are exact in float64; a rank mod it is at most the rank over the integers. */
const Q = 67_108_859
const P = 0xffff_ffff_0000_0001n

/** Coefficients mod Q by column; columns of w come before those of y. */
type Row = Map<number, number>

/**
 * How many values of public outputs a small change of the witness could move: the outputs' cells less the rank of what the constraints say of
 * them alone, to first order at an honest witness. Looked-up values are discrete: they do not move. Weights and inputs are fixed.
 */
export function freedomOf(program: Program, witness: Witness, publics: PublicValues, outputs: ReadonlySet<number>): number {
  const jacobian = new Jacobian(program, witness, publics, outputs)
  const pivots = new Map<number, Row>()
  for (const row of jacobian.rows()) reduce(row, pivots)
  const held = [...pivots.keys()].filter((column) => column >= jacobian.firstOutput).length
  return jacobian.outputCells - held
}

function reduce(row: Row, pivots: Map<number, Row>): void {
  while (row.size > 0) {
    const lead = [...row.keys()].reduce((a, b) => Math.min(a, b))
    const pivot = pivots.get(lead)
    if (pivot === undefined) {
      const inverse = power(row.get(lead)!, Q - 2)
      pivots.set(lead, new Map([...row].map(([column, value]) => [column, (value * inverse) % Q])))
      return
    }
    const factor = row.get(lead)!
    for (const [column, value] of pivot) add(row, column, Q - ((factor * value) % Q))
  }
}

function add(row: Row, column: number, value: number): void {
  const sum = ((row.get(column) ?? 0) + value) % Q
  if (sum === 0) row.delete(column)
  else row.set(column, sum)
}

function power(base: number, exponent: number): number {
  let result = 1
  for (let b = base, e = exponent; e > 0; e = Math.floor(e / 2), b = (b * b) % Q) if (e % 2 === 1) result = (result * b) % Q
  return result
}

class Jacobian {
  readonly firstOutput: number
  readonly outputCells: number
  private readonly program: Program
  private readonly packing: Packing
  private readonly evaluator: Evaluator
  private readonly starts = new Map<number, number>()

  constructor(program: Program, witness: Witness, publics: PublicValues, outputs: ReadonlySet<number>) {
    this.program = program
    this.packing = pack(program.segments)
    this.evaluator = new Evaluator(program, this.packing, witness, publics)
    this.firstOutput = this.packing.cells[0]
    let at = this.firstOutput
    for (const id of outputs) {
      this.starts.set(id, at)
      at += publics.tensors.get(id)!.length
    }
    this.outputCells = at - this.firstOutput
  }

  *rows(): Generator<Row> {
    for (const constraint of this.program.constraints) {
      if (constraint[0] === 'lin') for (const at of cells(constraint[1][0])) yield this.form(constraint[1], at)
      else if (constraint[0] === 'look') {
        for (const form of constraint[2]) for (const at of cells(form[0])) yield this.form(form, at)
      } else if (constraint[0] === 'had') yield* this.products(constraint[1], constraint[2], constraint[3])
      else yield* this.sums(constraint)
    }
  }

  private *products(A: Factor, B: Factor, C: Form): Generator<Row> {
    for (const at of cells(C[0])) {
      const row = this.form(C, at, -1n)
      this.factor(A, at, this.evaluator.factor(B, at), row)
      this.factor(B, at, this.evaluator.factor(A, at), row)
      yield row
    }
  }

  private *sums([, L, R, Z, nb, nm, , nk]: Program['constraints'][number] & { 0: 'con' }): Generator<Row> {
    const inner = L[0].slice(L[0].length - nk)
    for (const at of cells(Z[0])) {
      const row = this.form(Z, at, -1n)
      for (const k of cells(inner)) {
        const [left, right] = [
          [...at.slice(0, nb + nm), ...k],
          [...at.slice(0, nb), ...at.slice(nb + nm), ...k],
        ]
        this.form(L, left, this.evaluator.form(R, right), row)
        this.form(R, right, this.evaluator.form(L, left), row)
      }
      yield row
    }
  }

  private factor([, , bases]: Factor, at: readonly number[], scale: bigint, row: Row): void {
    for (const [base, coef] of bases) this.form(this.program.bases[base]!, at, coef * scale, row)
  }

  private form([, , terms]: Form, at: readonly number[], scale = 1n, row: Row = new Map()): Row {
    for (const term of terms) this.term(term, at, scale, row)
    return row
  }

  private term([coef, source, maps]: Term, at: readonly number[], scale: bigint, row: Row): void {
    const from = sourceSpace(source, this.program.segments)
    const column = this.columnsOf(source, from)
    if (column === undefined) return
    let hits: [index: number[], weight: bigint][] = [[[], coef * scale]]
    for (const [axis, map] of maps.entries()) {
      const next = this.hits(map, from[axis]![0], at)
      hits = hits.flatMap(([index, weight]) => next.map(([i, w]): [number[], bigint] => [[...index, i], weight * w]))
    }
    for (const [index, weight] of hits) add(row, column(index), small(weight))
  }

  /** Where the cells of a source are; undefined if they cannot move. */
  private columnsOf(source: Term[1], from: Space): ((index: readonly number[]) => number) | undefined {
    const n = lengths(from)
    if (typeof source === 'number') {
      if (this.program.segments[source]![0] === 1) return undefined
      const steps = strides(from)
      return (index) => index.reduce((cell, i, ax) => cell + i * steps[ax]!, this.packing.offsets[source]!)
    }
    const start = source[0] === 'pub' ? this.starts.get(source[1]) : undefined
    return start === undefined ? undefined : (index) => start + index.reduce((cell, i, ax) => cell * n[ax]! + i, 0)
  }

  private hits(map: AxisMap, n: number, at: readonly number[]): [number, bigint][] {
    const vec = (id: number) => this.program.vecs[id]!
    switch (map[0]) {
      case 'id':
        return [[at[map[1]]!, 1n]]
      case 'wt':
        return [[at[map[1]]!, vec(map[2])[at[map[1]]!]!]]
      case 'fix':
        return [[map[1], 1n]]
      case 'shift':
        return at[map[1]]! >= map[2] && at[map[1]]! - map[2] < n ? [[at[map[1]]! - map[2], 1n]] : []
      case 'sum':
        return Array.from({ length: n }, (_, i) => [i, map[1] < 0 ? 1n : vec(map[1])[i]!])
      case 'suffix':
        return Array.from({ length: Math.max(0, n - at[map[1]]! - 1) }, (_, i) => [at[map[1]]! + 1 + i, 1n])
      case 'index':
        return [[Number(vec(map[2])[at[map[1]]!]!), 1n]]
      case 'gather': {
        const [, axK, axO, [H, W, KH, KW, , OW, sy, sx, py, px, dy, dx]] = map
        const taps = axK < 0 ? Array.from({ length: KH * KW }, (_, k) => k) : [at[axK]!]
        const o = at[axO]!
        return taps.flatMap((k): [number, bigint][] => {
          const y = Math.floor(o / OW) * sy + Math.floor(k / KW) * dy - py
          const x = (o % OW) * sx + (k % KW) * dx - px
          return y >= 0 && y < H && x >= 0 && x < W ? [[y * W + x, 1n]] : []
        })
      }
    }
  }
}

/** An integer of small size, or its representative mod p, mod Q. */
function small(value: bigint): number {
  const centred = value > P / 2n ? value - P : value
  return Number(((centred % BigInt(Q)) + BigInt(Q)) % BigInt(Q))
}

function* cells(space: Space): Generator<number[]> {
  const n = lengths(space)
  for (let ordinal = 0; ordinal < realCells(space); ordinal++) {
    const at = new Array<number>(n.length)
    for (let ax = n.length - 1, rest = ordinal; ax >= 0; rest = Math.floor(rest / n[ax]!), ax--) at[ax] = rest % n[ax]!
    yield at
  }
}
