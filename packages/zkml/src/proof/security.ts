import { realCells } from '../program/space.ts'
import { layoutOf } from './layout.ts'
import { LAMBDA, type Params } from './params.ts'
import type { Plan } from './plan.ts'

/** One kind of round with its error as −log2 of a probability, and how often the protocol plays it. SPEC 8.1. */
export interface RoundError {
  readonly round: string
  readonly bits: number
  readonly count: number
}

/** log2 of the size of the field that challenges come from: (2^64 − 2^32 + 1)^2. */
const FIELD_BITS = 2 * Math.log2(2 ** 64 - 2 ** 32 + 1)

/** Sizes of a program that the errors depend on. */
export interface SecuritySizes {
  /** log2 of the leaves of the lookup tree; 0 without lookups. */
  readonly leafBits: number
  /** Rounds of the main sumcheck and of the batching sumcheck. */
  readonly mainRounds: number
  readonly batchRounds: number
  /** Coordinates of τ. */
  readonly tau: number
  /** Constraints (powers of λ) and claims (powers of δ). */
  readonly constraints: number
  readonly claims: number
  /** Rows of all tables. */
  readonly tableRows: number
}

/**
 * The largest program of version 1: what holds for it holds for every program. Above the limits of SPEC 3.6: a tensor of 2^26 cells and a batch of
 * 2^12, each of seven axes padded, have 45 bits; constraints are over committed cells (2^26 with their padding) or over public ones, of which
 * the verifier reads at most 2^27; factors name at most 2^18 base forms.
 */
export const LARGEST: SecuritySizes = {
  leafBits: 25,
  mainRounds: 52,
  batchRounds: 26,
  tau: 34,
  constraints: 2 ** 16,
  claims: 2 ** 18 + 4,
  tableRows: 2 ** 22,
}

/** The sizes of one program. */
export function securitySizes(plan: Plan, params: Params): SecuritySizes {
  return {
    leafBits: plan.leafBits,
    mainRounds: plan.mainVars,
    batchRounds: layoutOf(plan, params).batchVars,
    tau: plan.tauBits,
    constraints: plan.powers,
    claims: 2 + (plan.leafBits > 0 ? 2 : 0) + plan.sent.length,
    tableRows: plan.program.tables.reduce((rows, [, , , , space]) => rows + realCells(space), 0),
  }
}

const error = (round: string, numerator: number, count = 1): RoundError => ({ round, bits: FIELD_BITS - Math.log2(numerator), count })

/** The accounting of SPEC 8.1: the error of every round of a proof. */
export function securityTable(params: Params, sizes: SecuritySizes): readonly RoundError[] {
  const l = sizes.leafBits
  const rowBits = Math.max(Math.ceil(Math.log2(Math.max(1, params.rows))), Math.ceil(Math.log2(Math.max(1, params.rowsW))))
  return [
    error('ab: alpha, beta', 12 * sizes.tableRows + 2 ** (l + 1)),
    error('gl: mu', 1, Math.max(0, l - 1)),
    error('grc: lookup sumcheck', 3, (l * Math.max(0, l - 1)) / 2),
    error('g0c, gvc: lookup levels', 1, l),
    error('tau', Math.max(1, sizes.tau)),
    error('lam: lambda', Math.max(1, sizes.constraints)),
    error('mrc: main sumcheck', 3, sizes.mainRounds),
    error('del: delta', Math.max(1, sizes.claims)),
    error('brc: batching sumcheck, columns', 2, params.c),
    error('brc: batching sumcheck, rows', 2 + params.n, rowBits),
    error('gam: gamma', params.n + 1),
    { round: 'q: queries and grinding', bits: LAMBDA, count: 1 },
  ]
}

/** −log2 of the sum of all errors, and of the largest one. */
export function securityBits(table: readonly RoundError[]): { readonly total: number; readonly worstRound: number } {
  const sum = table.reduce((total, { bits, count }) => total + count * 2 ** -bits, 0)
  return { total: -Math.log2(sum), worstRound: Math.min(...table.filter(({ count }) => count > 0).map(({ bits }) => bits)) }
}
