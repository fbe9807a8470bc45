import { constraintParts, formParts, tableParts } from '../program/meter.ts'
import { bitsOf, realCells, sourceSpace } from '../program/space.ts'
import type { AxisMap, Const, Constraint, Form, Program, Source, Space, Term } from '../program/types.ts'
import { isCommitted } from '../program/work.ts'
import { layoutOf } from './layout.ts'
import type { Params } from './params.ts'
import type { Plan } from './plan.ts'

/**
 * What verifying one proof of a program takes, from shapes alone: each a count of steps that cost about the same wherever they occur. For
 * callers that are paid for them, such as a chain. The lowering is not in it; nor are the bytes that have to be read and hashed before.
 */
export interface VerifierCost {
  /** Forms, constants, terms and axis maps that are evaluated. */
  readonly parts: number
  /** Entries of axis vectors, as this verifier builds them: more than the work of SPEC 3.6, where slices are free. */
  readonly entries: number
  /** Cells of public tensors and weights, each time that they are read. */
  readonly cells: number
  /**
   * Cells of the tables over (b, k) that two public factors of a contraction are multiplied out over, padding included: each table once, and once
   * more for each constant and each way in which a term reads its source. A term that is one cell of a source still takes all of them.
   */
  readonly products: number
  /** Rounds of all sumchecks. */
  readonly rounds: number
  /** Field elements of the opened columns. */
  readonly columns: number
  /** n·l: the encoding of the combined row. */
  readonly codeword: number
  /** Hashes of the Merkle paths, at most. */
  readonly hashes: number
}

/** The cost of verifying proofs of a program with these parameters. Time: one pass over the program. */
export function verifierCost(plan: Plan, params: Params): VerifierCost {
  const { leafBits, mainVars } = plan
  const { batchVars, matrices } = layoutOf(plan, params)
  return {
    ...new Counter(plan.program).counts,
    rounds: (leafBits * (leafBits - 1)) / 2 + mainVars + batchVars,
    columns: params.queries * (params.rows + params.rowsW),
    codeword: params.n * params.l,
    hashes: params.queries * params.l * matrices,
  }
}

class Counter {
  readonly counts = { parts: 0, entries: 0, cells: 0, products: 0 }
  private readonly program: Program

  constructor(program: Program) {
    this.program = program
    for (const form of program.bases) this.form(form, formParts(form))
    for (const constraint of program.constraints) this.constraint(constraint)
    for (const table of program.tables) {
      this.counts.parts += tableParts(table)
      for (const column of table[3]) this.form(column)
    }
  }

  private constraint(constraint: Constraint): void {
    this.counts.parts += constraintParts(constraint)
    switch (constraint[0]) {
      case 'lin':
        this.form(constraint[1])
        return
      case 'look':
        for (const form of constraint[2]) this.form(form)
        return
      case 'had':
        this.consts(constraint[1][0], constraint[1][1])
        this.consts(constraint[2][0], constraint[2][1])
        this.form(constraint[3])
        return
      case 'con':
        this.factors(constraint)
        this.form(constraint[3])
        return
    }
  }

  /** Two public factors are multiplied out; a public map behind a window is read once for each tap. */
  private factors([, L, R, , nb, nm, nn]: Constraint & { 0: 'con' }): void {
    if (!isCommitted(L) && !isCommitted(R)) {
      this.counts.cells += realCells(L[0]) + realCells(R[0])
      this.counts.products += this.productsOf(L, nb, nm) + this.productsOf(R, nb, nn)
    }
    for (const factor of [L, R]) {
      this.form(factor)
      for (const [, source, maps] of factor[2])
        for (const map of maps)
          if (map[0] === 'gather' && typeof source !== 'number')
            this.counts.cells += map[3][2] * map[3][3] * realCells(this.spaceOf(source))
    }
  }

  /** The table of a public factor over its axes b and k, made constant by constant and term by term. */
  private productsOf([space, consts, terms]: Form, nb: number, fixed: number): number {
    const cells = 2 ** bitsOf(space.filter((_, ax) => ax < nb || ax >= nb + fixed))
    const reads = (map: AxisMap) => (map[0] === 'wt' ? new Set(this.program.vecs[map[2]]!).size : 1)
    const readings = terms.reduce((sum, [, , maps]) => sum + maps.reduce((product, map) => product * reads(map), 1), 0)
    return cells * (1 + consts.length + readings)
  }

  private form([space, consts, terms]: Form, parts = 0): void {
    this.counts.parts += parts
    this.consts(space, consts)
    for (const term of terms) this.term(term, space)
  }

  private consts(space: Space, consts: readonly Const[]): void {
    for (const [, vecs] of consts)
      for (const [ax, vec] of vecs.entries()) this.counts.entries += vec < 0 ? space[ax]![1] : this.program.vecs[vec]!.length
  }

  private term([, source, maps]: Term, space: Space): void {
    const from = this.spaceOf(source)
    for (const [axis, map] of maps.entries()) this.counts.entries += entriesOf(map, from[axis]![0], space)
    if (typeof source !== 'number') this.counts.cells += realCells(from)
  }

  private spaceOf(source: Source): Space {
    return sourceSpace(source, this.program.segments)
  }
}

/** Entries that are built for a map of a source axis of length `n`; those of `id` have a closed form. */
function entriesOf(map: AxisMap, n: number, space: Space): number {
  switch (map[0]) {
    case 'id':
      return space[map[1]]![1]
    case 'fix':
    case 'sum':
      return n
    case 'wt':
    case 'shift':
    case 'suffix':
    case 'index':
      return n + space[map[1]]![0]
    case 'gather': {
      const [, , KH, KW, OH, OW] = map[3]
      return n + KH * KW * OH * OW
    }
  }
}
