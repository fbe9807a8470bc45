import { utf8 } from '@opengradient/protocol'
import type { Kernels } from '../kernels/kernels.ts'
import { Desk, type KPtr } from './desk.ts'
import type { Params } from './params.ts'

/** One committed matrix of the prover: its cells, their codewords and the tree over the columns. SPEC 6.1, 6.3. */
export interface Committed {
  readonly matrix: 0 | 1
  /** F cells, and how many. */
  readonly cells: number
  readonly count: number
  readonly rows: number
  readonly codewords: number
  readonly tree: number
}

/** The 64 bytes before every column: "zkml/v1/leaf", matrix, c, l, k, rows. SPEC 6.3. */
export function leafHeader(desk: Desk, matrix: 0 | 1, rows: number, params: Params): number {
  const bytes = new Uint8Array(64)
  const view = new DataView(bytes.buffer)
  bytes.set(utf8('zkml/v1/leaf'))
  view.setUint8(12, matrix)
  view.setUint8(13, params.c)
  view.setUint8(14, params.l)
  view.setUint32(15, params.k, true)
  view.setUint32(19, rows, true)
  return desk.put(bytes)
}

/** Encodes the rows and hashes the columns. `cells`: `count` F values. */
export function commit(desk: Desk, matrix: 0 | 1, cells: number, count: number, params: Params): Committed {
  const { c, l, k, n } = params
  const rows = Math.ceil(count / k)
  const codewords = desk.alloc(8 * rows * n)
  const tree = desk.alloc(64 * n)
  desk.x.rsEncode(codewords, cells, count, c, l)
  desk.x.leafHashes(tree, codewords, rows, c, l, leafHeader(desk, matrix, rows, params))
  desk.x.merkleTree(tree, l)
  return { matrix, cells, count, rows, codewords, tree }
}

/** Signed integers in memory, mod p. */
export function fieldCells(desk: Desk, values: BigInt64Array): number {
  const cells = desk.kernels.put(values)
  desk.x.fFromI64(cells, cells, values.length)
  return cells
}

/** The root of W, 32 bytes, from its cells in the packing of the program: what a manifest of committed weights names. SPEC 6.8. */
export function weightRoot(kernels: Kernels, W: BigInt64Array, params: Params): Uint8Array {
  const mark = kernels.mark()
  try {
    const desk = new Desk(kernels)
    return kernels.bytes(rootOf(commit(desk, 1, fieldCells(desk, W), W.length, params)), 32)
  } finally {
    kernels.release(mark)
  }
}

/** Address of the root, 32 bytes. */
export function rootOf({ tree }: Committed): number {
  return tree + 32
}

/** u += coef·Σ_i eq(ρ_row, i)·row_i. */
export function addCombinedRows(
  desk: Desk,
  u: KPtr,
  committed: Committed,
  rhoRow: KPtr,
  rowBits: number,
  coef: KPtr,
  params: Params,
): void {
  const eq = desk.alloc(16 * 2 ** rowBits)
  desk.x.eqTable(eq, rhoRow, rowBits)
  desk.x.rowCombine(u, committed.cells, committed.count, params.c, eq, coef)
}
