import { constraintParts, formParts, tableParts } from '../program/meter.ts'
import { realCells, sourceSpace } from '../program/space.ts'
import type { Constraint, Form, Program, Segment } from '../program/types.ts'
import { constraintWork, formWork, type Shapes } from '../program/work.ts'
import { layoutOf } from './layout.ts'
import type { Params } from './params.ts'
import { isCommitted, type Plan } from './plan.ts'

/**
 * What verifying one proof of a program takes, from shapes alone: each a count of steps that cost about the same wherever they occur. For
 * callers that are paid for them, such as a chain. The lowering is not in it; nor are the bytes that have to be read and hashed before.
 */
export interface VerifierCost {
  /** Forms, constants, terms and axis maps that are evaluated. */
  readonly parts: number
  /** Entries of axis vectors. */
  readonly entries: number
  /** Cells of public tensors and weights, each time that they are read. */
  readonly cells: number
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
  const { program, leafBits, mainVars } = plan
  const { batchVars, matrices } = layoutOf(plan, params)
  const { parts, work, cells } = programCost(program)
  return {
    parts,
    entries: work - cells,
    cells,
    rounds: (leafBits * (leafBits - 1)) / 2 + mainVars + batchVars,
    columns: params.queries * (params.rows + params.rowsW),
    codeword: params.n * params.l,
    hashes: params.queries * params.l * matrices,
  }
}

function programCost({ bases, constraints, tables, segments, vecs }: Program) {
  const shapes: Shapes = { spaceOf: (source) => sourceSpace(source, segments), vecLength: (vec) => vecs[vec]!.length }
  const columns = tables.flatMap(([, , , forms]) => forms)
  const forms = [...bases, ...columns]
  const sum = (of: readonly number[]) => of.reduce((total, n) => total + n, 0)
  return {
    parts: sum([...bases.map(formParts), ...constraints.map(constraintParts), ...tables.map(tableParts)]),
    work: sum([
      ...forms.map((form) => formWork(form, shapes)),
      ...constraints.map((one) => constraintWork(one, shapes) + tapsOf(one, segments)),
    ]),
    cells: sum([...forms.map((form) => publicCells(form, segments)), ...constraints.map((one) => cellsOf(one, segments))]),
  }
}

function cellsOf(constraint: Constraint, segments: readonly Segment[]): number {
  const multiplied = constraint[0] === 'con' && !isCommitted(constraint[1]) && !isCommitted(constraint[2])
  const own = multiplied ? realCells(constraint[1][0]) + realCells(constraint[2][0]) : 0
  return formsOf(constraint).reduce((sum, form) => sum + publicCells(form, segments), own + tapsOf(constraint, segments))
}

function formsOf(constraint: Constraint): readonly Form[] {
  switch (constraint[0]) {
    case 'lin':
      return [constraint[1]]
    case 'had':
      return [constraint[3]]
    case 'con':
      return [constraint[1], constraint[2], constraint[3]]
    case 'look':
      return constraint[2]
  }
}

function publicCells([, , terms]: Form, segments: readonly Segment[]): number {
  return terms.reduce(
    (sum, [, source]) => sum + (typeof source === 'number' || source[0] === 'ones' ? 0 : realCells(sourceSpace(source, segments))),
    0,
  )
}

/** A contraction reads the public map behind a window once for each tap. */
function tapsOf(constraint: Constraint, segments: readonly Segment[]): number {
  if (constraint[0] !== 'con') return 0
  let sum = 0
  for (const [, , terms] of [constraint[1], constraint[2]])
    for (const [, source, maps] of terms)
      for (const map of maps)
        if (map[0] === 'gather' && typeof source !== 'number') sum += map[3][2] * map[3][3] * realCells(sourceSpace(source, segments))
  return sum
}
