import { axis } from '../program/space.ts'
import type { Params } from './params.ts'
import type { Plan } from './plan.ts'

/** "ZKML", u8 version, u8 hashId, u8 mode, u8 flags, u32 length. SPEC 9.1. */
export const HEAD_BYTES = 12

/** Where every part of a proof begins, in bytes from its start, and the lengths that a proof of this program can have. SPEC 9.1. */
export interface Layout {
  readonly root: number
  readonly gkr: number
  readonly S: number
  readonly main: number
  readonly E: number
  readonly batch: number
  readonly values: number
  readonly u: number
  readonly nonce: number
  /** Columns of w and of W. */
  readonly columns: readonly [w: number, W: number]
  /** Siblings begin here; all before has a fixed length. This is also the shortest length. */
  readonly siblings: number
  readonly maxLength: number
  /** Rounds of the batching sumcheck, V', and variables ν of the two matrices. */
  readonly batchVars: number
  readonly matrixVars: readonly [w: number, W: number]
  /** Number of matrices: 2 with committed weights. */
  readonly matrices: 1 | 2
}

/** Bytes of the lookup part for 2^ℓ leaves: g0, then per level j its j rounds of 3 and 4 values. */
function gkrBytes(leafBits: number): number {
  if (leafBits === 0) return 0
  let scalars = 4
  for (let j = 1; j < leafBits; j++) scalars += 3 * j + 4
  return 16 * scalars
}

/** Computed from the program and the parameters alone, before any byte of a proof is believed. */
export function layoutOf(plan: Plan, params: Params): Layout {
  const vars = (rows: number) => params.c + axis(Math.max(1, rows))[1]
  const matrices = params.rowsW > 0 ? 2 : 1
  const matrixVars = [vars(params.rows), matrices === 2 ? vars(params.rowsW) : 0] as const
  const batchVars = Math.max(...matrixVars)
  const root = HEAD_BYTES
  const gkr = root + 32
  const S = gkr + gkrBytes(plan.leafBits)
  const main = S + 16
  const E = main + 48 * plan.mainVars
  const batch = E + 16 * plan.sent.length
  const values = batch + 32 * batchVars
  const u = values + 16 * matrices
  const nonce = u + 16 * params.k
  const columns = nonce + 8
  const columnsW = columns + 8 * params.queries * params.rows
  const siblings = columnsW + 8 * params.queries * params.rowsW
  const maxLength = siblings + 32 * params.queries * params.l * matrices
  return {
    ...{ root, gkr, S, main, E, batch, values, u, nonce, siblings, maxLength },
    ...{ columns: [columns, columnsW], batchVars, matrixVars, matrices },
  }
}
