import type { Constraint, Factor, Form, Table } from './types.ts'

/**
 * Told, while a program is made, of the parts of what was written, and of the entries of public vectors before they are built. It may throw:
 * then no program is made. For callers that pay for each step before it is taken.
 */
export type Meter = (parts: number, entries: number) => void

/** Parts of a form: itself, its constants, its terms and their maps. */
export function formParts([space, consts, terms]: Form): number {
  return terms.reduce((sum, [, , maps]) => sum + 1 + Math.max(maps.length, space.length), 1 + consts.length * (1 + space.length))
}

/** Parts of a factor, its base forms not included. */
function factorParts([space, consts, bases]: Factor): number {
  return 1 + consts.length * (1 + space.length) + bases.length
}

/** Parts of all forms of a constraint. */
export function constraintParts(constraint: Constraint): number {
  switch (constraint[0]) {
    case 'lin':
      return 1 + formParts(constraint[1])
    case 'had':
      return 1 + factorParts(constraint[1]) + factorParts(constraint[2]) + formParts(constraint[3])
    case 'con':
      return 1 + formParts(constraint[1]) + formParts(constraint[2]) + formParts(constraint[3])
    case 'look':
      return constraint[2].reduce((sum, form) => sum + formParts(form), 1)
  }
}

/** Terms and constants of a form: what `MAX_TERMS` counts. SPEC 3.6. */
export function formTerms([, consts, terms]: Form | Factor): number {
  return consts.length + terms.length
}

/** Terms and constants of all forms of a constraint, and the base forms that its factors name. */
export function constraintTerms(constraint: Constraint): number {
  switch (constraint[0]) {
    case 'lin':
      return formTerms(constraint[1])
    case 'had':
    case 'con':
      return formTerms(constraint[1]) + formTerms(constraint[2]) + formTerms(constraint[3])
    case 'look':
      return constraint[2].reduce((sum, form) => sum + formTerms(form), 0)
  }
}

/** Parts of a table: its columns and the segment of its multiplicities. */
export function tableParts([, , , columns]: Table): number {
  return columns.reduce((sum, column) => sum + formParts(column), 2)
}
