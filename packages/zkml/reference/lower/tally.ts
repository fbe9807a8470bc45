import type { Constraint, Form, Segment, Space, Table } from '../../src/program/types.ts'
import { Reject } from '../bytes.ts'
import { bits, layout } from '../space.ts'
import { cells, constraintWork, formWork, type Lengths, termsOf } from './work.ts'

const MOST = {
  constraints: 2 ** 16,
  segments: 2 ** 16,
  leaves: 2 ** 25,
  rows: 2 ** 22,
  cells: 2 ** 26,
  entries: 2 ** 22,
  made: 2 ** 24,
  terms: 2 ** 18,
  work: 2 ** 27,
} as const

/** Counts what a program has while it is written; above a limit of SPEC 3.6 it is `LIMIT`. */
export class Tally {
  readonly #counts = new Map<string, number>()
  readonly #lengths: Lengths
  readonly #ranges = new Set<number>()
  constructor(lengths: Lengths) {
    this.#lengths = lengths
  }

  #count(what: keyof typeof MOST, by: number): void {
    const total = (this.#counts.get(what) ?? 0) + by
    this.#counts.set(what, total)
    if (total > MOST[what]) throw new Reject('LIMIT', what)
  }

  segment(): void {
    this.#count('segments', 1)
  }
  /** A vector that is made, perhaps equal to another; and one that is kept. */
  made(length: number): void {
    this.#count('made', length)
  }
  kept(length: number): void {
    this.#count('entries', length)
  }
  rows(space: Space): void {
    this.#count('rows', cells(space))
  }
  base(form: Form): void {
    this.#count('terms', form[1].length + form[2].length)
    this.#count('work', formWork(form, this.#lengths))
  }
  constraint(one: Constraint): void {
    if (one[0] === 'look' && one[1] < 32 && !this.#ranges.has(one[1])) {
      this.#ranges.add(one[1])
      this.#count('rows', 2 ** one[1])
    }
    this.#count('constraints', 1)
    this.#count('terms', termsOf(one))
    this.#count('work', constraintWork(one, this.#lengths))
  }

  /** What is known when all is written: the tables, the matrices, and the leaves before they are padded. */
  end(tables: readonly Table[], constraints: readonly Constraint[], segments: readonly Segment[]): void {
    for (const [, , , cols, space] of tables) {
      this.#count(
        'terms',
        cols.reduce((total, [, consts, terms]) => total + consts.length + terms.length, 0),
      )
      this.#count('work', cells(space) * Math.max(1, cols.length) + cols.reduce((total, form) => total + formWork(form, this.#lengths), 0))
      this.#count('leaves', 2 ** bits(space))
    }
    for (const one of constraints) if (one[0] === 'look') this.#count('leaves', 2 ** bits(one[2][0]![0]))
    if (layout(segments).cells.some((count) => count > MOST.cells)) throw new Reject('LIMIT', 'cells')
  }
}
