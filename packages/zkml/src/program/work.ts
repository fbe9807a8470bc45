import { realCells } from './space.ts'
import type { AxisMap, Const, Constraint, Factor, Form, Source, Space, Table } from './types.ts'

/**
 * Steps that a verifier takes for one constraint, from its shapes alone: axis vectors of every term and constant, cells of
 * every public tensor and weight that it reads. SPEC 3.6. Segments are looked up by `spaceOf`, lengths of vectors by `vecLength`.
 */
export interface Shapes {
  readonly spaceOf: (source: Source) => Space
  readonly vecLength: (vec: number) => number
}

export function constraintWork(constraint: Constraint, shapes: Shapes): number {
  switch (constraint[0]) {
    case 'lin':
      return formWork(constraint[1], shapes)
    case 'had':
      return factorWork(constraint[1], shapes) + factorWork(constraint[2], shapes) + formWork(constraint[3], shapes)
    case 'con':
      return contractionWork(constraint, shapes)
    case 'look':
      return constraint[2].reduce((sum, form) => sum + formWork(form, shapes), 0)
  }
}

/** Rows times columns, and what the columns read. */
export function tableWork([, kind, , columns, space]: Table, shapes: Shapes): number {
  if (kind === 'range') return realCells(space)
  return realCells(space) * columns.length + columns.reduce((sum, column) => sum + formWork(column, shapes), 0)
}

export function formWork([space, consts, terms]: Form, shapes: Shapes): number {
  let work = constsWork(space, consts, shapes)
  for (const [, source, maps] of terms) {
    const from = shapes.spaceOf(source)
    maps.forEach((map, axis) => {
      work += mapWork(map, from[axis]![0], space)
    })
    for (const [ax, [, bits]] of space.entries()) if (!maps.some((map) => names(map, ax))) work += bits
    if (typeof source !== 'number' && source[0] !== 'ones') work += realCells(from)
  }
  return work
}

/** With both factors public the verifier multiplies them out: the real cells of both, and its tables of them, on top of what they read. */
function contractionWork([, L, R, Z, nb, nm, nn]: Constraint & { 0: 'con' }, shapes: Shapes): number {
  const sum = formWork(L, shapes) + formWork(R, shapes) + formWork(Z, shapes)
  return isCommitted(L) || isCommitted(R) ? sum : sum + tableOfFactor(L, nb, nm, shapes) + tableOfFactor(R, nb, nn, shapes)
}

/**
 * Steps for the table over (b, k) of a public factor, its axes m or n fixed: its real cells; the table once for each term and constant, with
 * the padding that it has in memory; and each map behind a window once for each tap (the batch, a source's first axis, is fixed before).
 */
function tableOfFactor([space, consts, terms]: Form, nb: number, fixed: number, shapes: Shapes): number {
  const bits = space.reduce((sum, axis, ax) => (ax < nb || ax >= nb + fixed ? sum + axis[1] : sum), 0)
  let work = realCells(space) + 2 ** bits * (consts.length + terms.length)
  for (const [, source, maps] of terms)
    for (const map of maps)
      if (map[0] === 'gather') {
        const from = shapes.spaceOf(source)
        work += map[3][2] * map[3][3] * realCells(from.slice(1))
      }
  return work
}

function factorWork([space, consts, bases]: Factor, shapes: Shapes): number {
  return constsWork(space, consts, shapes) + bases.length
}

function constsWork(space: Space, consts: readonly Const[], shapes: Shapes): number {
  let work = 0
  for (const [, vecs] of consts) for (const [ax, vec] of vecs.entries()) work += vec < 0 ? space[ax]![1] : shapes.vecLength(vec)
  return work
}

function mapWork(map: AxisMap, n: number, space: Space): number {
  switch (map[0]) {
    case 'id':
      return space[map[1]]![1]
    case 'shift':
    case 'fix':
      return n
    case 'wt':
    case 'suffix':
    case 'index':
      return space[map[1]]![0]
    case 'sum':
      return n
    case 'gather':
      return map[3][2] * map[3][3] * map[3][4] * map[3][5]
  }
}

/** Whether a form reads committed cells. */
export function isCommitted([, , terms]: Form): boolean {
  return terms.some(([, source]) => typeof source === 'number')
}

/** Whether a map reads axis `ax` of the form. */
export function names(map: AxisMap, ax: number): boolean {
  if (map[0] === 'gather') return map[1] === ax || map[2] === ax
  return map[0] !== 'fix' && map[0] !== 'sum' && map[1] === ax
}
