import { bitsOf, formsOf, realCells, sourceSpace } from '../space.ts'
import type { AxisMap, Form, Program, Space, Term } from '../types.ts'
import { names } from '../work.ts'

/**
 * What is wrong with the shape of a program: the rules that prover and verifier take for granted, which no honest lowering breaks.
 * `undefined` for a well-formed one. SPEC 3.3, 3.4, 4.1.
 */
export function malformation(program: Program): string | undefined {
  for (const form of formsOf(program)) {
    const problem = formProblem(program, form)
    if (problem) return problem
  }
  for (const [index, constraint] of program.constraints.entries()) {
    if (constraint[0] === 'con' && !matches(constraint)) return `contraction ${index} has axes that do not match`
    if (
      constraint[0] === 'look' &&
      !program.tables.some(([id, kind, , columns]) => id === constraint[1] && (kind === 'range' || columns.length === constraint[2].length))
    )
      return `lookup ${index} names no table with as many columns`
    if (constraint[0] === 'had') {
      const over = String(constraint[3][0])
      const factors = [constraint[1], constraint[2]]
      if (factors.some(([space, , bases]) => String(space) !== over || bases.some(([base]) => String(program.bases[base]?.[0]) !== over)))
        return `Hadamard ${index} joins different spaces`
    }
  }
  const ids = program.tables.map(([id]) => id)
  if (new Set(ids).size !== ids.length || ids.some((id, i) => i > 0 && id < ids[i - 1]!)) return 'tables are not distinct and in order'
  for (const [id, kind, width, , over, mult] of program.tables) {
    if (kind === 'range' ? id !== width || realCells(over) !== 2 ** width : id < 32) return `table ${id} has a number that is not its own`
    if (program.segments[mult]?.[0] !== 0 || String(program.segments[mult][1]) !== String(over))
      return `table ${id} has multiplicities over another space`
  }
  return undefined
}

function formProblem(program: Program, [space, consts, terms]: Form): string | undefined {
  if (bitsOf(space) > 26) return 'a form is over more than 2^26 cells'
  for (const [, vecs] of consts) {
    const wrong = vecs.length !== space.length || vecs.some((vec, ax) => vec >= 0 && program.vecs[vec]?.length !== space[ax]![0])
    if (wrong) return 'a constant has vectors that are not over the axes of its form'
  }
  for (const term of terms) {
    const problem = termProblem(program, space, term)
    if (problem) return problem
  }
  return undefined
}

function termProblem(program: Program, space: Space, [coef, source, maps]: Term): string | undefined {
  if (coef === 0n) return 'a term has coefficient 0'
  const from = sourceSpace(source, program.segments)
  if (from.length !== maps.length) return `a term has ${maps.length} maps for ${from.length} axes`
  if (space.some((_, ax) => maps.filter((map) => names(map, ax)).length > 1)) return 'two maps of a term name one axis'
  const bad = maps.findIndex((map, i) => !fits(program, map, from[i]![0], space))
  return bad < 0 ? undefined : `map ${JSON.stringify(maps[bad])} does not fit ${from[bad]![0]} cells in ${JSON.stringify(space)}`
}

function fits(program: Program, map: AxisMap, n: number, space: Space): boolean {
  const length = (ax: number) => space[ax]?.[0]
  switch (map[0]) {
    case 'id':
    case 'suffix':
      return length(map[1]) === n
    case 'wt':
      return length(map[1]) === n && program.vecs[map[2]]?.length === n
    case 'fix':
      return map[1] >= 0 && map[1] < n
    case 'shift':
      return length(map[1]) !== undefined
    case 'sum':
      return map[2] === n && (map[1] < 0 || program.vecs[map[1]]?.length === n)
    case 'index': {
      const vec = program.vecs[map[2]]
      return vec !== undefined && vec.length === length(map[1]) && vec.every((i) => i >= 0n && i < BigInt(n))
    }
    case 'gather': {
      const [, axK, axO, [H, W, KH, KW, OH, OW]] = map
      return H * W === n && length(axO) === OH * OW && (axK < 0 || length(axK) === KH * KW)
    }
  }
}

/** L over (b, m, k), R over (b, n, k), Z over (b, m, n). */
function matches([, [L], [R], [Z], nb, nm, nn, nk]: Program['constraints'][number] & { 0: 'con' }): boolean {
  const [b, m, n, k] = [L.slice(0, nb), L.slice(nb, nb + nm), R.slice(nb, nb + nn), L.slice(nb + nm)]
  const whole = k.length === nk && R.length === nb + nn + nk && Z.length === nb + nm + nn
  return whole && String(R) === String([...b, ...n, ...k]) && String(Z) === String([...b, ...m, ...n])
}
