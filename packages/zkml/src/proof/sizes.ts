import { parameters } from './params.ts'

/** Expected bytes of a proof that depend on (c, l): columns, u and paths. SPEC 6.7. */
export function openingBytes(c: number, l: number, cells: number, cellsW: number): number | undefined {
  const params = parameters(c, l, cells, cellsW)
  if (params === undefined) return undefined
  const { k, rows, rowsW, queries } = params
  return queries * 8 * (rows + rowsW) + 16 * k + 32 * siblings(2 ** l, queries) * (rowsW > 0 ? 2 : 1)
}

/** Expected number of siblings for Q random leaves of n: nodes that are not above a query while their sibling is. */
function siblings(n: number, queries: number): number {
  const unmarked = (leaves: number) => (1 - leaves / n) ** queries
  let sum = 0
  for (let leaves = 1; leaves < n; leaves *= 2) sum += (n / leaves) * (unmarked(leaves) - unmarked(2 * leaves))
  return sum
}

/** Codewords at most this many times as long as rows: 16 where encoding is a matter of a millisecond, the least that is allowed above. */
function blowUp(cells: number): number {
  return cells <= 2 ** 13 ? 16 : 4
}

/**
 * The (c, l) with the smallest proofs for matrices of these sizes among those that are quick to encode: what a publisher puts into the
 * manifest. A choice changes sizes and times, never security. SPEC 6.7, 9.4.
 */
export function chooseSizes(cells: number, cellsW: number): { readonly c: number; readonly l: number } {
  let best = { c: 14, l: 16, bytes: Number.POSITIVE_INFINITY }
  for (let c = 5; c <= 14; c++)
    for (let l = c + 2; l <= 20 && 2 ** (l - c) <= blowUp(cells + cellsW); l++) {
      const bytes = openingBytes(c, l, cells, cellsW)
      if (bytes !== undefined && bytes < best.bytes) best = { c, l, bytes }
    }
  return { c: best.c, l: best.l }
}
