import type { Constraint, Form, Program, Table } from '../src/program/types.ts'
import { isCommitted } from './forms.ts'
import { bitsOf } from './mle.ts'
import { bits } from './space.ts'

/** One block of leaves of the fraction tree: a lookup or a table, `size` variables, from leaf `offset` on. SPEC 4.2. */
export interface Entry {
  readonly kind: 'look' | 'table'
  readonly table: Table
  readonly forms: readonly Form[]
  readonly size: number
  readonly offset: number
}
export type Had = Extract<Constraint, readonly ['had', ...unknown[]]>
export type Con = Extract<Constraint, readonly ['con', ...unknown[]]>
export type Lin = Extract<Constraint, readonly ['lin', ...unknown[]]>

/** A numbered constraint, and whether it is a term of the main sumcheck. SPEC 5, steps 5 and 6. */
export interface Numbered {
  readonly constraint: Had | Con | Lin
  readonly instance: boolean
  /** Variables of an instance. */
  readonly size: number
}

/** What a program's proof consists of, before any number of it is known. */
export interface Shape {
  readonly entries: readonly Entry[]
  /** ℓ, or 0 without lookups. */
  readonly levels: number
  readonly numbered: readonly Numbered[]
  /** V* and V. */
  readonly tau: number
  readonly rounds: number
  /** Scalars of "E": a base form, or the left (`L`) or right (`R`) side of a contraction. */
  readonly sent: readonly Sent[]
}
export type Sent = { readonly base: number } | { readonly number: number; readonly side: 'L' | 'R' }

const split = (constraint: Con) => {
  const [, L, , , nb, nm, , nk] = constraint
  return { b: bits(L[0].slice(0, nb)), m: bits(L[0].slice(nb, nb + nm)), k: bits(L[0].slice(nb + nm, nb + nm + nk)) }
}
export const groups = split

export function shapeOf(program: Program): Shape {
  const looks = program.constraints.filter((one) => one[0] === 'look')
  const blocks = [
    ...looks.map(([, id, forms]) => ({
      kind: 'look' as const,
      table: program.tables.find((t) => t[0] === id)!,
      forms,
      size: bits(forms[0]![0]),
    })),
    ...program.tables.map((table) => ({ kind: 'table' as const, table, forms: table[3], size: bits(table[4]) })),
  ].sort((x, y) => y.size - x.size)
  let total = 0
  const entries = (looks.length === 0 ? [] : blocks).map((block) => {
    total += 2 ** block.size
    return { ...block, offset: total - 2 ** block.size }
  })
  const isLin = (one: Constraint): one is Lin => one[0] === 'lin'
  const isOther = (one: Constraint): one is Had | Con => one[0] === 'had' || one[0] === 'con'
  const numbered: Numbered[] = [...program.constraints.filter(isOther), ...program.constraints.filter(isLin)].map((constraint) => {
    if (constraint[0] === 'lin') return { constraint, instance: false, size: 0 }
    if (constraint[0] === 'had') return { constraint, instance: true, size: bits(constraint[1][0]) }
    const { b, k } = split(constraint)
    const instance = isCommitted(constraint[1]) || isCommitted(constraint[2])
    return { constraint, instance, size: instance ? b + k : 0 }
  })
  const sent: Sent[] = []
  const seen = new Set<number>()
  numbered.forEach(({ constraint, instance }, number) => {
    if (!instance) return
    if (constraint[0] === 'con' && isCommitted(constraint[1]) && isCommitted(constraint[2]))
      sent.push({ number, side: 'L' }, { number, side: 'R' })
    if (constraint[0] !== 'had') return
    for (const [base] of [...constraint[1][2], ...constraint[2][2]]) {
      if (!seen.has(base)) sent.push({ base })
      seen.add(base)
    }
  })
  const spaces = numbered.map(({ constraint }) => bits(constraint[0] === 'lin' ? constraint[1][0] : constraint[3][0]))
  return {
    entries,
    levels: entries.length === 0 ? 0 : Math.max(1, bitsOf(total)),
    numbered,
    tau: Math.max(0, ...spaces),
    rounds: Math.max(0, ...numbered.map(({ size }) => size)),
    sent,
  }
}
