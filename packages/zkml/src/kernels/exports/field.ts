/**
 * Arithmetic on pointers. F: one u64 LE, canonical (< p). K = a + bX with X² = 7: two F, 16 bytes. All inputs must be canonical;
 * all outputs are. Outputs may be the same address as inputs unless said otherwise. SPEC 1.1, 1.2.
 */
export interface FieldExports {
  /** *out = *a + *b in K. */
  kAdd(out: number, a: number, b: number): void
  kSub(out: number, a: number, b: number): void
  kMul(out: number, a: number, b: number): void
  kNeg(out: number, a: number): void
  /** *out = 1 / *a; 0 when *a is 0. */
  kInv(out: number, a: number): void
  /** *out = (*a)^e, 0^0 = 1. */
  kPow(out: number, a: number, e: bigint): void
  /** 1 when the K values are equal. */
  kEqual(a: number, b: number): number
  /** out[i] = (*a)^i for i < n, K. */
  kPowers(out: number, a: number, n: number): void
  /** out[i] = 1/in[i] for n K values, 0 for 0; `out` must not overlap `input`. One inversion in all. */
  kBatchInv(out: number, input: number, n: number): void
  /** out[i] += (*coef)·x[i]; all K. */
  kAxpy(out: number, x: number, coef: number, n: number): void
  /** out[i] = (*coef)·x[i]; all K. */
  kScale(out: number, x: number, coef: number, n: number): void
  /** out[i] += (*coef)·x[i]; out and coef K, x F. */
  kAxpyF(out: number, x: number, coef: number, n: number): void
  /** out[i] = x[i] embedded in K (n·16 bytes from n·8). Must not overlap. */
  kFromF(out: number, x: number, n: number): void

  /** *out = *a · *b in F. */
  fMul(out: number, a: number, b: number): void
  /** *out = 1 / *a in F, 0 for 0. */
  fInv(out: number, a: number): void
  /** out[i] += (*coef)·x[i]; all F. */
  fAxpy(out: number, x: number, coef: number, n: number): void
  /** out[i] += *value; F. */
  fAddConst(out: number, value: number, n: number): void
  /** out[i] += (*coef)·src[idx[i]] for n u32 indices; 0xffffffff adds nothing. F. The indices are trusted. */
  fGatherAxpy(out: number, src: number, idx: number, coef: number, n: number): void
  /** out[i] = i for i < n, F. */
  fIota(out: number, n: number): void
  /** Signed integers to canonical F: v mod p for any i64 (also below −p). `out` may be `input`. */
  fFromI64(out: number, input: number, n: number): void
  /** Signed 32-bit to canonical F; must not overlap. */
  fFromI32(out: number, input: number, n: number): void
  /** Signed 16-bit to canonical F; must not overlap. */
  fFromI16(out: number, input: number, n: number): void
  /** 1 when all n u64 at `ptr` (any alignment) are < p. A K array of m values is n = 2m. SPEC 1.1 NON_CANONICAL. */
  fCanonical(ptr: number, n: number): number
}
