import type { Form, Program } from '../../src/program/types.ts'
import { type K, mod, ZERO } from '../field.ts'
import { constantAt, type Public, publicValues, readsAt } from '../forms.ts'
import { bits, cellOf, layout, realCells } from '../space.ts'

/** Everything that a form's values depend on. `matrices`: w, then W, as integers mod p. */
export interface Values {
  readonly program: Program
  readonly pub: Public
  readonly matrices: readonly (readonly bigint[])[]
}

/** A form's value on each cell of its space, 0 on padding. */
export function formTable(form: Form, { program, pub, matrices }: Values): K[] {
  const { offsets } = layout(program.segments)
  const table = new Array<K>(2 ** bits(form[0])).fill(ZERO)
  for (const at of realCells(form[0])) {
    let value = constantAt(form[1], at, program.vecs)
    for (const [coef, source, index] of readsAt(form, at, program)) {
      if (typeof source === 'number') value += coef * matrices[program.segments[source]![0]]![offsets[source]! + index]!
      else value += source[0] === 'ones' ? coef : coef * publicValues(source, pub)[index]!
    }
    table[cellOf(form[0], at)] = [mod(value), 0n]
  }
  return table
}

/** The rows of a table by cell of its space: tuples of integers mod p. */
export function tableRows(program: Program, id: number, values: Values): { cell: number; row: bigint[] }[] {
  const [, kind, , cols, space] = program.tables.find((one) => one[0] === id)!
  const columns = cols.map((form) => formTable(form, values))
  return [...realCells(space)].map((at) => {
    const cell = cellOf(space, at)
    return { cell, row: kind === 'range' ? [BigInt(cell)] : columns.map((column) => column[cell]![0]) }
  })
}

/** Writes into w how often each table row is looked up; what is not in its table is not counted. */
export function countLookups(values: Values): bigint[] {
  const { program, matrices } = values
  const w = [...matrices[0]!]
  const { offsets } = layout(program.segments)
  for (const table of program.tables) {
    const cells = new Map(tableRows(program, table[0], values).map(({ cell, row }) => [row.join(), offsets[table[5]]! + cell] as const))
    for (let i = 0; i < 2 ** bits(table[4]); i++) w[offsets[table[5]]! + i] = 0n
    for (const constraint of program.constraints) {
      if (constraint[0] !== 'look' || constraint[1] !== table[0]) continue
      const forms = constraint[2].map((form) => formTable(form, values))
      for (const at of realCells(constraint[2][0]![0])) {
        const cell = cellOf(constraint[2][0]![0], at)
        const place = cells.get(forms.map((form) => form[cell]![0]).join())
        if (place !== undefined) w[place] = w[place]! + 1n
      }
    }
  }
  return w
}
