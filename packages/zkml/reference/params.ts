import { concatBytes, Reject, u8, u16, u32 } from './bytes.ts'
import { bitsOf } from './mle.ts'

/** Grinding bits, a constant of version 1. SPEC 1.8. */
export const G = 12

/** The parameters of SPEC 6.2, computed, never read from a proof. `rows`: of w, then of W when weights are committed. */
export interface Params {
  readonly c: number
  readonly l: number
  readonly k: number
  readonly n: number
  readonly rows: readonly number[]
  readonly queries: number
}

/** The least Q with Π_{i<Q}(n−e−1−i)·2^(101−g) ≤ Π_{i<Q}(n−i), e = floor((n−k)/2). */
export function queryCount(k: number, n: number): number {
  const e = Math.floor((n - k) / 2)
  let bad = 1n << BigInt(101 - G)
  let all = 1n
  for (let q = 0; q < n - e; q++) {
    if (bad <= all) return q
    bad *= BigInt(n - e - 1 - q)
    all *= BigInt(n - q)
  }
  throw new Reject('BAD_PARAMS', 'queries')
}

/** Parameters for matrices of `cells[0]` (w) and, with committed weights, `cells[1]` (W) cells. Outside the rules: `BAD_PARAMS`. */
export function parameters(c: number, l: number, cells: readonly number[]): Params {
  if (!Number.isInteger(c) || !Number.isInteger(l) || c < 5 || c > 14 || l > 20 || 4 * 2 ** c > 2 ** l)
    throw new Reject('BAD_PARAMS', 'c, l')
  const k = 2 ** c
  const n = 2 ** l
  const queries = queryCount(k, n)
  if (queries >= n / 2) throw new Reject('BAD_PARAMS', 'queries')
  return { c, l, k, n, rows: cells.map((count) => Math.ceil(count / k)), queries }
}

/** The block that "pcs" absorbs. */
export const parameterBlock = ({ c, l, k, rows, queries }: Params): Uint8Array =>
  concatBytes(u8(c), u8(l), u32(k), u32(rows[0]!), u32(rows[1] ?? 0), u16(queries), u8(G))

/** ν_M = c + ceil(log2 R_M). SPEC 5, step 10. */
export const variables = (params: Params): number[] => params.rows.map((rows) => params.c + bitsOf(rows))
