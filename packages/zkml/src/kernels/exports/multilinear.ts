/**
 * Multilinear tools (SPEC 1.3, 1.4). A point r is v K values, r[0] belongs to the most significant bit. Tables shorter than 2^v are zero beyond n.
 */
export interface MultilinearExports {
  /** out[x] = eq(r, x) for x < 2^v; K table. v = 0 writes 1. */
  eqTable(out: number, r: number, v: number): void
  /**
   * All suffix tables of r: level j (0 ≤ j ≤ v) has 2^j K values at out + 16·2^j and is the eq table of the last j coordinates.
   * Takes 16·2^(v+1) bytes (the first 16 are unused). Read-only input of the sumchecks; one pyramid of τ serves all its suffixes.
   */
  eqPyramid(out: number, r: number, v: number): void
  /** *out = Π_{t<v} (r_t s_t + (1−r_t)(1−s_t)). */
  eqPoint(out: number, r: number, s: number, v: number): void
  /** *out = Σ_{i<n} eq(r,i)·eq(s,i), 0 < n ≤ 2^b. */
  eqlt(out: number, r: number, s: number, b: number, n: number): void
  /** *out = Σ_{i<n} eq(r,i), 0 < n ≤ 2^b. */
  onelt(out: number, r: number, b: number, n: number): void
  /** *out = Σ_{i<n} table[i]·eq(r,i): the multilinear extension at r, v ≤ 26, n ≤ 2^v. By type of the table. Exact for every value. */
  mleK(out: number, table: number, n: number, r: number, v: number): void
  mleF(out: number, table: number, n: number, r: number, v: number): void
  mleI64(out: number, table: number, n: number, r: number, v: number): void
  mleI32(out: number, table: number, n: number, r: number, v: number): void
  mleI16(out: number, table: number, n: number, r: number, v: number): void
  /** *out = Σ_{i<n} a[i]·b[i]; a is K, b by name. */
  dotK(out: number, a: number, b: number, n: number): void
  dotF(out: number, a: number, b: number, n: number): void
  dotI64(out: number, a: number, b: number, n: number): void
  dotI32(out: number, a: number, b: number, n: number): void
  dotI16(out: number, a: number, b: number, n: number): void
  /** *out = Σ_{i<n} a[i], K. */
  sumK(out: number, a: number, n: number): void
  /**
   * out[x] += (*coef)·Π_axis vec_axis[x_axis] over the real cells of a space, the first axis most significant. `axes`: nAxes records of four u32
   * (pointer to n K values, or 0 for all ones; n; bits; 0). nAxes = 0 adds coef to out[0], nAxes ≤ 64.
   */
  tensorAdd(out: number, axes: number, nAxes: number, coef: number): void
}
