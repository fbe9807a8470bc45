import { add, fromInt, type K, mul, omega, P, power, ZERO } from '../field.ts'
import { leafHash, siblingPlaces, treeOf } from '../merkle.ts'
import type { Params } from '../params.ts'

/** One committed matrix: its rows of coefficients, its codeword columns and its tree. SPEC 6.1, 6.3. */
export interface Committed {
  readonly rows: readonly (readonly bigint[])[]
  readonly columns: readonly (readonly bigint[])[]
  readonly tree: readonly (readonly Uint8Array[])[]
}

/** The matrix over these cells (integers mod p), codewords by Horner's rule. */
export function commitMatrix(cells: readonly bigint[], matrix: number, params: Params): Committed {
  const rows = Array.from({ length: params.rows[matrix]! }, (_, i) =>
    Array.from({ length: params.k }, (_, j) => cells[i * params.k + j] ?? 0n),
  )
  const root = omega(params.l)
  const columns = Array.from({ length: params.n }, (_, j) => {
    const x = power(root, BigInt(j))
    return rows.map((row) => row.reduceRight((value, coefficient) => (value * x + coefficient) % P, 0n))
  })
  return { rows, columns, tree: treeOf(columns.map((column) => leafHash(matrix, params, column))) }
}

export const rootHash = (committed: Committed): Uint8Array => committed.tree.at(-1)![0]!

/** Σ_i weights[i]·row_i. */
export const combine = ({ rows }: Committed, weights: readonly K[], k: number): K[] =>
  Array.from({ length: k }, (_, j) => rows.reduce<K>((total, row, i) => add(total, mul(weights[i]!, fromInt(row[j]!))), ZERO))

/** Sibling hashes of a multiproof. */
export const siblingsOf = ({ tree }: Committed, indices: readonly number[], l: number): Uint8Array[] =>
  siblingPlaces(indices, l).map(([level, i]) => tree[level]![i]!)
