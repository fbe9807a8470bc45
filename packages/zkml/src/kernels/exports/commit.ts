/**
 * Matrix commitment of SPEC 6. Messages: F cells row-major, C = 2^c per row, `cells` of them (the last row may be short: zero beyond); R = ceil(cells/C).
 * Codewords `cw`: R rows of n = 2^l F in an internal column order, only for the functions here. `tree`: 2n digests of 32 B, root at 1, leaf j at n + j.
 * At most 4096 indices at a time; c ≤ 14, l ≤ 20.
 */
export interface CommitExports {
  /** Encodes all rows: cw (8·R·n bytes). */
  rsEncode(cw: number, msg: number, cells: number, c: number, l: number): void
  /** Hashes all columns into the tree's leaves. `hdr`: the 64-byte leaf header of SPEC 6.3. */
  leafHashes(tree: number, cw: number, rows: number, c: number, l: number, hdr: number): void
  /** Inner nodes from the leaves; the root ends at tree + 32. */
  merkleTree(tree: number, l: number): void
  /** The Q columns at ascending u32 indices, R·8 bytes each, one after the other. */
  openColumns(out: number, cw: number, rows: number, c: number, l: number, idx: number, q: number): void
  /** Siblings of SPEC 6.5 for ascending distinct indices; returns how many digests were written. `out` must have room for q·l digests. */
  multiproof(out: number, tree: number, l: number, idx: number, q: number): number
  /** How many digests `multiproof` writes for these indices, without a tree. */
  multiproofCount(idx: number, q: number, l: number): number
  /** Leaf digests (32 B each) of q columns of `rows` F as they lie in a proof (any alignment). */
  leafHashesOf(out: number, cols: number, rows: number, q: number, hdr: number): void
  /** 1 when the q leaves at these indices and exactly nSib siblings give the root. `leaves` (q·32 B) is overwritten. */
  multiproofCheck(root: number, leaves: number, idx: number, q: number, l: number, siblings: number, nSib: number): number
  /** out[j] += (*coef)·Σ_i eq[i]·row_i[j] for j < C; out (C) and eq (R) K. Zero `out` first. */
  rowCombine(out: number, msg: number, cells: number, c: number, eq: number, coef: number): void
  /** out[t] += (*coef)·Σ_i eq[i]·col_t[i] for t < q; columns as in a proof (any alignment); out (q) and eq (rows) K. */
  columnCombine(out: number, cols: number, rows: number, q: number, eq: number, coef: number): void
  /** out[t] = u(ω_l^idx[t]) for t < q, u of 2^c K coefficients; by encoding or Horner, whichever is less work. `scratch`: 16·(2^c + 2^l) bytes. */
  encodeAt(out: number, u: number, c: number, l: number, idx: number, q: number, scratch: number): void
}
