/** Windows of convolutions and pools, and gathers, over K. */
export interface WindowExports {
  /**
   * out[y·W + x] += (*coef)·e[oy·OW + ox] for the cells of an H×W map that one tap of a window reads, K; cells outside are skipped.
   * `win`: 12 u32 = H, W, KH, KW, OH, OW, sy, sx, py, px, dy, dx. SPEC 3.3.
   */
  windowTap(out: number, e: number, win: number, tap: number, coef: number): void
  /**
   * What one tap reads: out[r·P + o] = src[r·length + cell], 0 outside, for `rows` maps of `length` ≥ H·W cells and P = OH·OW outputs.
   * Cells of 2 or 8 bytes.
   */
  windowCells16(out: number, src: number, win: number, tap: number, rows: number, length: number): void
  windowCells64(out: number, src: number, win: number, tap: number, rows: number, length: number): void
  /** out[i] += (*coef)·src[idx[i]] for n u32 indices; 0xffffffff adds nothing. K. The indices are trusted. */
  kGatherAxpy(out: number, src: number, idx: number, coef: number, n: number): void
}
