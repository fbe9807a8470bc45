/** Grinding bits; a constant of version 1, never read from a manifest or a proof. SPEC 1.8. */
export const GRINDING = 12

/** Bits of security of the query phase, grinding included. SPEC 6.2. */
export const LAMBDA = 101

/** Longest proof of any program, in bytes. SPEC 9.1. */
export const MAX_PROOF_BYTES = 2 * 1024 * 1024

/** Longest caller context, in bytes. SPEC 1.7. */
export const MAX_CTX_BYTES = 256

/** Parameters of the commitment, all computed: (c, l) from the manifest's entry of the batch, rows from the program. SPEC 6.2. */
export interface Params {
  /** log2 of the columns. */
  readonly c: number
  /** log2 of the length of a codeword. */
  readonly l: number
  /** Coefficients of a row, 2^c. */
  readonly k: number
  /** Length of a codeword, 2^l. */
  readonly n: number
  /** Rows of w. */
  readonly rows: number
  /** Rows of W; 0 when weights are public. */
  readonly rowsW: number
  /** Columns that are opened. */
  readonly queries: number
}

/** Columns to open: the least Q such that Q distinct uniform columns miss `e + 1` bad ones with probability ≤ 2^-(λ−g). Exact. SPEC 6.2. */
export function queryCount(k: number, n: number): number {
  const e = Math.floor((n - k) / 2)
  let miss = 1n << BigInt(LAMBDA - GRINDING)
  let all = 1n
  for (let q = 0; q <= n; q++) {
    if (miss <= all) return q
    miss *= BigInt(n - e - 1 - q)
    all *= BigInt(n - q)
  }
  return n
}

const counts = new Map<number, number>()

/**
 * The parameters for `cells` cells of w and `cellsW` of W (0: public weights), or undefined where they break a rule (`BAD_PARAMS`):
 * 5 ≤ c ≤ 14, 4k ≤ n = 2^l, l ≤ 20, Q < n/2.
 */
export function parameters(c: number, l: number, cells: number, cellsW: number): Params | undefined {
  if (!Number.isInteger(c) || !Number.isInteger(l) || c < 5 || c > 14 || l > 20 || l < c + 2) return undefined
  const k = 2 ** c
  const n = 2 ** l
  const key = c * 32 + l
  const queries = counts.get(key) ?? queryCount(k, n)
  counts.set(key, queries)
  if (2 * queries >= n) return undefined
  return { c, l, k, n, rows: Math.ceil(cells / k), rowsW: Math.ceil(cellsW / k), queries }
}

/** The parameter block that starts the transcript: u8 c, u8 l, u32 k, u32 rows of w, u32 rows of W, u16 Q, u8 g. SPEC 6.2. */
export function parameterBlock(params: Params): Uint8Array {
  const bytes = new Uint8Array(17)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, params.c)
  view.setUint8(1, params.l)
  view.setUint32(2, params.k, true)
  view.setUint32(6, params.rows, true)
  view.setUint32(10, params.rowsW, true)
  view.setUint16(14, params.queries, true)
  view.setUint8(16, GRINDING)
  return bytes
}
