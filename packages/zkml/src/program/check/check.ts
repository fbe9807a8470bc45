import { pack } from '../packing.ts'
import { lengths, realCells, strides } from '../space.ts'
import type { Constraint, Form, Program, PublicValues, Space, Table, Witness } from '../types.ts'
import { Evaluator, mod } from './evaluate.ts'

/** The first thing that is wrong with a witness. */
export interface Violation {
  /** Index of the constraint, or of the table when a multiplicity is wrong. */
  readonly index: number
  readonly kind: 'lin' | 'had' | 'con' | 'look' | 'mult' | 'length'
  /** Axis indices of the real cell where it does not hold. */
  readonly at: readonly number[]
}

/**
 * Slow reading of SPEC 3.4: evaluates every constraint at every real cell, and counts every lookup against the committed
 * multiplicities, all mod p. `undefined` if the witness satisfies the program for these public values.
 */
export function checkProgram(program: Program, witness: Witness, publics: PublicValues): Violation | undefined {
  const packing = pack(program.segments)
  if (witness.w.length !== packing.cells[0] || (witness.W?.length ?? 0) !== packing.cells[1]) return { index: 0, kind: 'length', at: [] }
  const evaluator = new Evaluator(program, packing, witness, publics)
  const tables = new Map(program.tables.map((table) => [table[0], new Rows(table, evaluator)]))
  for (const [index, constraint] of program.constraints.entries()) {
    const at = violated(constraint, evaluator, tables)
    if (at) return { index, kind: constraint[0], at }
  }
  for (const [index, table] of program.tables.entries()) {
    const at = tables.get(table[0])!.miscounted(witness, packing.offsets[table[5]]!)
    if (at) return { index, kind: 'mult', at }
  }
  return undefined
}

function violated(constraint: Constraint, evaluator: Evaluator, tables: ReadonlyMap<number, Rows>): number[] | undefined {
  switch (constraint[0]) {
    case 'lin':
      return find(constraint[1][0], (at) => evaluator.form(constraint[1], at) !== 0n)
    case 'had': {
      const [, a, b, c] = constraint
      return find(c[0], (at) => mod(evaluator.factor(a, at) * evaluator.factor(b, at)) !== evaluator.form(c, at))
    }
    case 'con':
      return findContraction(constraint, evaluator)
    case 'look': {
      const [, id, forms] = constraint
      const rows = tables.get(id)
      return find(forms[0]![0], (at) => !rows?.lookUp(forms.map((form) => evaluator.form(form, at))))
    }
  }
}

/** Z(b,m,n) = Σ_k L(b,m,k)·R(b,n,k). */
function findContraction([, L, R, Z, nb, nm, , nk]: Constraint & { 0: 'con' }, evaluator: Evaluator): number[] | undefined {
  const inner = L[0].slice(L[0].length - nk)
  return find(Z[0], (at) => {
    const left = at.slice(0, nb + nm)
    const right = [...at.slice(0, nb), ...at.slice(nb + nm)]
    let sum = 0n
    for (const k of cells(inner)) sum += evaluator.form(L, [...left, ...k]) * evaluator.form(R, [...right, ...k])
    return mod(sum) !== evaluator.form(Z, at)
  })
}

/** The rows of one table with how often each was looked up. */
class Rows {
  private readonly counts = new Map<string, bigint>()

  private readonly table: Table
  private readonly evaluator: Evaluator

  constructor(table: Table, evaluator: Evaluator) {
    this.table = table
    this.evaluator = evaluator
    for (const at of cells(table[4])) this.counts.set(this.row(at), 0n)
  }

  /** Counts one lookup; false if there is no such row. */
  lookUp(tuple: readonly bigint[]): boolean {
    const key = tuple.join()
    const count = this.counts.get(key)
    if (count === undefined) return false
    this.counts.set(key, count + 1n)
    return true
  }

  /** The first row whose committed multiplicity is not the number of its lookups. */
  miscounted(witness: Witness, offset: number): number[] | undefined {
    const steps = strides(this.table[4])
    return find(this.table[4], (at) => {
      const committed = witness.w[at.reduce((cell, i, axis) => cell + i * steps[axis]!, offset)]!
      return mod(committed) !== this.counts.get(this.row(at))
    })
  }

  private row(at: readonly number[]): string {
    const [, kind, , columns] = this.table
    if (kind === 'range') return String(at[0])
    return columns.map((column: Form) => this.evaluator.form(column, at)).join()
  }
}

function find(space: Space, wrong: (at: number[]) => boolean): number[] | undefined {
  for (const at of cells(space)) if (wrong(at)) return at
  return undefined
}

/** The axis indices of every real cell, in row-major order. */
function* cells(space: Space): Generator<number[]> {
  const n = lengths(space)
  const total = realCells(space)
  for (let ordinal = 0; ordinal < total; ordinal++) {
    const at = new Array<number>(n.length)
    let rest = ordinal
    for (let axis = n.length - 1; axis >= 0; axis--) {
      at[axis] = rest % n[axis]!
      rest = Math.floor(rest / n[axis]!)
    }
    yield at
  }
}
