import {
  MAX_CONSTRAINTS,
  MAX_LEAVES,
  MAX_MATRIX_CELLS,
  MAX_SEGMENTS,
  MAX_TABLE_ROWS,
  MAX_TERMS,
  MAX_VEC_BUILT,
  MAX_VEC_ENTRIES,
  MAX_WORK,
  within,
} from '../limits.ts'
import { constraintParts, constraintTerms, formParts, formTerms, type Meter, tableParts } from '../meter.ts'
import { pack } from '../packing.ts'
import { axis, bitsOf, realCells, sourceSpace, space } from '../space.ts'
import type { Constraint, Factor, Form, Program, Segment, Source, Space, Table } from '../types.ts'
import { constraintWork, formWork, type Shapes, tableWork } from '../work.ts'
import type { Filler } from './fill.ts'

/** Ids of tables that are not ranges begin here. SPEC 4.1. */
const FIRST_ROWS_ID = 32

/** Collects what the rules write, counts the verifier's work as it grows, and gives the program at the end. SPEC 3.6. */
export class Builder {
  readonly batch: number
  readonly fillers: Filler[] = []
  private readonly segments: Segment[] = []
  private readonly vecs: (readonly bigint[])[] = []
  /** By length: the first vector, and all by their entries as text (`textOf`) once there are two. */
  private readonly vecIds = new Map<number, { readonly first: number; byText: Map<string, number> | undefined }>()
  private readonly vecNames = new Map<string, number>()
  private readonly bases: Form[] = []
  private readonly constraints: Constraint[] = []
  private readonly ranges = new Set<number>()
  private readonly rows: { id: number; columns: readonly Form[]; space: Space }[] = []
  private readonly sharedTables = new Map<string, number>()
  private readonly shapes: Shapes
  private readonly meter: Meter
  private work = 0
  private terms = 0
  /** Constraints stated, of which `constraints` has those of closed sections. */
  private stated = 0
  /** Entries of vectors built, repetitions included. */
  private built = 0
  private vecEntries = 0
  private tableRows = 0

  constructor(batch: number, meter: Meter = () => {}) {
    this.batch = batch
    this.meter = meter
    this.shapes = { spaceOf: (source) => this.sourceSpace(source), vecLength: (vec) => this.vecs[vec]!.length }
  }

  /** A new committed column; its id. */
  segment(of: Space, matrix: 0 | 1 = 0): number {
    within('the number of segments', this.segments.length + 1, MAX_SEGMENTS)
    this.meter(1 + of.length, 0)
    return this.segments.push([matrix, of]) - 1
  }

  /** Gives segment `id` of the weights, reserved before its layout was known, its space. */
  settle(id: number, of: Space): void {
    this.segments[id] = [1, of]
  }

  /** The space that a source is read over. */
  sourceSpace(source: Source): Space {
    return sourceSpace(source, this.segments)
  }

  /**
   * The id of a public vector of `length` entries; equal vectors share one. Nothing is built that is over the limits, nor a second time
   * what has a `name` that tells its entries.
   */
  vec(length: number, entry: (i: number) => number | bigint, name?: string): number {
    const named = name === undefined ? undefined : this.vecNames.get(name)
    if (named !== undefined) return named
    const id = this.buildVec(length, entry)
    if (name !== undefined) this.vecNames.set(name, id)
    return id
  }

  private buildVec(length: number, entry: (i: number) => number | bigint): number {
    this.built += length
    within('the length of all vectors ever made', this.built, MAX_VEC_BUILT)
    this.meter(1, length)
    const values = new Array<bigint>(length)
    for (let i = 0; i < length; i++) values[i] = BigInt(entry(i))
    const known = this.equalVec(values)
    if (known !== undefined) return known
    this.vecEntries += length
    within('the length of all vectors together', this.vecEntries, MAX_VEC_ENTRIES)
    return this.vecs.push(values) - 1
  }

  /** A vector with these entries, if there is one; else remembers that the next one is. Texts are only made where lengths are equal. */
  private equalVec(values: readonly bigint[]): number | undefined {
    const next = this.vecs.length
    const same = this.vecIds.get(values.length)
    if (same === undefined) {
      this.vecIds.set(values.length, { first: next, byText: undefined })
      return undefined
    }
    same.byText ??= new Map([[textOf(this.vecs[same.first]!), same.first]])
    const text = textOf(values)
    const known = same.byText.get(text)
    if (known === undefined) same.byText.set(text, next)
    return known
  }

  /** Entry `i` of a public vector. */
  entry(vec: number, i: number): bigint {
    return this.vecs[vec]![i]!
  }

  /** Declares a base form; its id. */
  base(form: Form): number {
    this.meter(formParts(form), 0)
    this.countTerms(formTerms(form))
    this.spend(formWork(form, this.shapes))
    return this.bases.push(form) - 1
  }

  /** Tells who pays for the lowering of steps that leave nothing in the program. */
  step(count: number): void {
    this.meter(count, 0)
  }

  add(constraint: Constraint): void {
    this.state(constraint)
    this.write([constraint])
  }

  /** Counts a constraint that will be written: at once, since a node may have very many before it writes the first. */
  state(constraint: Constraint): void {
    this.stated++
    within('the number of constraints', this.stated, MAX_CONSTRAINTS)
    this.meter(constraintParts(constraint), 0)
    this.countTerms(constraintTerms(constraint))
    this.spend(constraintWork(constraint, this.shapes))
  }

  /** Writes constraints that were stated. */
  write(constraints: readonly Constraint[]): void {
    for (const constraint of constraints) this.constraints.push(constraint)
  }

  /** The id of the table of integers 0 … 2^width − 1, which is the width. */
  range(width: number): number {
    if (!this.ranges.has(width)) this.countRows(2 ** width)
    this.ranges.add(width)
    return width
  }

  /** A new table of rows; its id. */
  table(of: Space, columns: readonly Form[]): number {
    this.countRows(realCells(of))
    const id = FIRST_ROWS_ID + this.rows.length
    this.rows.push({ id, columns, space: of })
    return id
  }

  /** The table that `make` gives, made once per `key`. */
  shared(key: string, make: () => number): number {
    const known = this.sharedTables.get(key)
    if (known !== undefined) return known
    const table = make()
    this.sharedTables.set(key, table)
    return table
  }

  /** Adds the segments of multiplicities, tables by id, and closes the program. */
  finish(): Program {
    const tables: Table[] = []
    for (const width of [...this.ranges].sort((a, b) => a - b)) {
      const over = [axis(2 ** width)]
      tables.push([width, 'range', width, [], over, this.segment(over)])
    }
    for (const { id, columns, space: over } of this.rows) tables.push([id, 'rows', 0, columns, over, this.segment(over)])
    for (const table of tables) {
      this.meter(tableParts(table), 0)
      for (const column of table[3]) this.countTerms(formTerms(column))
      this.spend(tableWork(table, this.shapes))
    }
    if (!this.segments.some(([matrix]) => matrix === 0)) this.segment(space([]))
    this.checkSizes(tables)
    const { batch, segments, vecs, bases, constraints } = this
    return { batch, segments, vecs, bases, constraints, tables }
  }

  /** Cells of each matrix, and leaves of the lookup tree before they are padded to a power of two. */
  private checkSizes(tables: readonly Table[]): void {
    for (const cells of pack(this.segments).cells) within('the number of cells of a matrix', cells, MAX_MATRIX_CELLS)
    let leaves = 0
    for (const constraint of this.constraints) if (constraint[0] === 'look') leaves += 2 ** bitsOf(constraint[2][0]![0])
    for (const [, , , , over] of tables) leaves += 2 ** bitsOf(over)
    within('the number of lookups', leaves, MAX_LEAVES)
  }

  private countRows(rows: number): void {
    this.tableRows += rows
    within('the number of table rows', this.tableRows, MAX_TABLE_ROWS)
  }

  private countTerms(terms: number): void {
    this.terms += terms
    within('the number of terms', this.terms, MAX_TERMS)
  }

  private spend(steps: number): void {
    this.work += steps
    within('the work of a verifier', this.work, MAX_WORK)
  }
}

/** Characters of a text that are made at a time. */
const TEXT_STEP = 8192

/** Entries, each below 2^63 in size, as four characters each: what texts of digits say too, ten times as fast. */
function textOf(values: readonly bigint[]): string {
  const words = new BigInt64Array(values.length)
  for (let i = 0; i < values.length; i++) words[i] = values[i]!
  const units = new Uint16Array(words.buffer)
  let text = ''
  for (let at = 0; at < units.length; at += TEXT_STEP)
    text += String.fromCharCode.apply(null, units.subarray(at, at + TEXT_STEP) as unknown as number[])
  return text
}

/** One node's constraints in the order of SPEC 3.6: contractions and linear ones, Hadamard, lookups of limbs, lookups of rows. */
export class Section {
  readonly builder: Builder
  private readonly linear: Constraint[] = []
  private readonly products: Constraint[] = []
  private readonly lookups: Constraint[] = []
  private readonly tuples: Constraint[] = []

  constructor(builder: Builder) {
    this.builder = builder
  }

  lin(form: Form): void {
    this.keep(this.linear, ['lin', form])
  }

  con(L: Form, R: Form, Z: Form, nb: number, nm: number, nn: number, nk: number): void {
    this.keep(this.linear, ['con', L, R, Z, nb, nm, nn, nk])
  }

  had(A: Factor, B: Factor, C: Form): void {
    this.keep(this.products, ['had', A, B, C])
  }

  /** A limb of a range check. */
  look(table: number, form: Form): void {
    this.keep(this.lookups, ['look', table, [form]])
  }

  /** A row of a table: after all limbs of the node. */
  tuple(table: number, forms: readonly Form[]): void {
    this.keep(this.tuples, ['look', table, forms])
  }

  /** Writes the constraints to the program. */
  close(): void {
    for (const part of [this.linear, this.products, this.lookups, this.tuples]) this.builder.write(part)
  }

  private keep(part: Constraint[], constraint: Constraint): void {
    this.builder.state(constraint)
    part.push(constraint)
  }
}
