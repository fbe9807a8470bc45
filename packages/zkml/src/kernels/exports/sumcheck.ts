/**
 * Whole protocol loops: messages are absorbed, challenges squeezed, and scalars written to the proof in the order of SPEC 9.1, in one call each.
 * K values in proofs may be unaligned. `st` is the transcript state. Labels come from `Kernels.label`.
 */
export interface SumcheckExports {
  /**
   * Fills leaves of one logup entry (SPEC 4.2) over a space: P F (numerators), Q K (denominators), 2^bits cells each.
   * Real cell: Q = *base − Σ_i beta[i]·col_i, P = 1, or −mult[cell] when mult ≠ 0. Padding: Q = *base, P = 0, whatever the columns hold there.
   * `base` = α − t; `betas`: nCols K values (β, β², …); `cols`: nCols u32 pointers to F tables over the padded space; `axes` as in tensorAdd (pointer unused).
   */
  leafFill(P: number, Q: number, axes: number, nAxes: number, base: number, betas: number, cols: number, nCols: number, mult: number): void
  /** Padding leaves: P = 0, Q = 1, for n cells. */
  leafPad(P: number, Q: number, n: number): void
  /** Bytes of scratch that `gkrProve` needs for 2^l leaves. */
  gkrScratch(l: number): number
  /**
   * SPEC 5 step 3 for 2^l leaves, 1 ≤ l ≤ 25; P and Q are destroyed. Padding leaves at the end (0/1) cost a third of others. Writes 16·(4 + Σ_{j=1}^{l−1}(3j + 4)) bytes to `proof`, the leaf point (l K) to `point`
   * and p_L, q_L to `claims`. Returns 0, or 1 when the root is not 0/nonzero (the witness breaks a lookup).
   */
  gkrProve(st: number, P: number, Q: number, l: number, scratch: number, proof: number, point: number, claims: number): number
  /** Verifier of `gkrProve`: 0 = accepted and point, claims written; j + 1 = check of level j failed (1 = root). Expects canonical values. */
  gkrVerify(st: number, l: number, proof: number, point: number, claims: number): number

  /**
   * Main sumcheck (SPEC 5 step 6). `inst`: count records of 64 bytes: u32 v (variables), u32 e (leading variables under eq, = v for Had, |b| for Contr),
   * u32 A, u32 B (K tables of 2^v, destroyed), u32 pyr (eqPyramid of the e coordinates; for Had a pyramid of τ, whose last v coordinates count),
   * u32 t (pointer to the e coordinates themselves), u32 0, u32 0, K coef (λ^i), K sum (written by `instanceSums`).
   * f = coef·eq(t, x_1..x_e)·A(x)·B(x).
   */
  /** Writes every record's sum Σ_x eq·A·B and *out = Σ coef·sum, which is the S of SPEC 5 step 5. Must run before `mainProve`. */
  instanceSums(out: number, inst: number, count: number): void
  /** V rounds; writes 48·V bytes to `proof`, r (V K) to `r`. Afterwards A[0], B[0] of a record are A, B at its suffix of r. coef is changed. */
  mainProve(st: number, inst: number, count: number, V: number, proof: number, r: number, labelMsg: number, labelChallenge: number): void
  /** Rounds of degree 3 (s(0), s(2), s(3) sent): replays the transcript, writes r, and updates *claim to the final claim. */
  verifyRounds3(st: number, V: number, proof: number, claim: number, r: number, labelMsg: number, labelChallenge: number): void

  /**
   * Batching sumcheck (SPEC 5 step 10). `mats`: count ≤ 4 records of 32 bytes: u32 v (ν_M), u32 n (cells that exist), u32 A (K, n values, destroyed),
   * u32 M (F, n values, kept), u32 S (scratch of 16·min(n, 2^(v−1)) bytes), u32 0, u32 0, u32 0. Writes 32·V bytes to `proof`, ρ to `r`,
   * and to `values` (count K) every v_M = M(ρ_M).
   */
  batchProve(
    st: number,
    mats: number,
    count: number,
    V: number,
    proof: number,
    r: number,
    values: number,
    labelMsg: number,
    labelChallenge: number,
  ): void
  /** Rounds of degree 2 (s(0), s(2) sent). As verifyRounds3. */
  verifyRounds2(st: number, V: number, proof: number, claim: number, r: number, labelMsg: number, labelChallenge: number): void
}
