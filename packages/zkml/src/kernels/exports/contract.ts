/** Contraction vectors of the prover and verifier (about 0.7 ns per i16 weight) and exact integer matmul/conv for the witness. Row-major tables. */
export interface ContractExports {
  /** out[k] = Σ_{o<rows} e[o]·W[o,k]; out (cols) and e (rows) K. `stride` = cells from one row to the next (≥ cols). */
  contractRowsI16(out: number, e: number, W: number, rows: number, cols: number, stride: number): void
  contractRowsI64(out: number, e: number, W: number, rows: number, cols: number, stride: number): void
  contractRowsF(out: number, e: number, W: number, rows: number, cols: number, stride: number): void
  /** out[o] = Σ_{k<cols} W[o,k]·e[k]; out (rows) and e (cols) K. */
  contractColsI16(out: number, e: number, W: number, rows: number, cols: number, stride: number): void
  contractColsI64(out: number, e: number, W: number, rows: number, cols: number, stride: number): void
  contractColsF(out: number, e: number, W: number, rows: number, cols: number, stride: number): void
  /** y[n·m + i] for x row n < nRows, W row i < m: Σ_{k<cols} W[i,k]·x[n,k] as i64 (exact up to 2^33 terms). W (m×cols), x (nRows×cols) i16. */
  matmulI16(y: number, W: number, x: number, m: number, nRows: number, cols: number): void
  /**
   * 2-D convolution of one image, exact i64: y[o, oy, ox] = Σ W[o, ic, ky, kx]·x[g·icg + ic, oy·sy + ky·dy − py, ox·sx + kx·dx − px], cells outside = 0.
   * `shape`: 14 u32 = icg (input channels per group), ocg (output channels per group), groups, H, W, KH, KW, OH, OW, sy, sx, py, px, and dy | dx << 16.
   * `scratch`: 2·(icg·KH·KW) bytes rounded up to 16.
   */
  convI16(y: number, W: number, x: number, shape: number, scratch: number): void
}
