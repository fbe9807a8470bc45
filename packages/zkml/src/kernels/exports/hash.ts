/**
 * BLAKE3 and the transcript of SPEC 1.6, on memory. `st` is a 32-byte state anywhere in memory; `label` is what `Kernels.label(text)`
 * returned. Every call that sends a message or draws a challenge replaces the state.
 */
export interface HashExports {
  /** 32-byte BLAKE3 of len ≥ 0 bytes. `out` may overlap the input. */
  blake3(out: number, ptr: number, len: number): void
  /** Extended output of outLen bytes. */
  blake3Xof(out: number, outLen: number, ptr: number, len: number): void

  tsInit(st: number): void
  /** absorb(label, len bytes at ptr). */
  tsAbsorb(st: number, label: number, ptr: number, len: number): void
  /** squeeze(label): m challenges of K to out (m·16 bytes). m = 0 still advances the state. */
  tsSqueeze(st: number, label: number, out: number, m: number): void
  /** squeeze(label): q distinct indices below 2^l, ascending, as u32 to out. Needs q ≤ 2^l / 2. SPEC 6.4. */
  tsIndices(st: number, label: number, out: number, l: number, q: number): void
  /** Smallest nonce that passes `powCheck`. The state does not change: absorb "pow" with the nonce afterwards. SPEC 1.8. */
  powFind(st: number, g: number): bigint
  /** 1 when the first word of BLAKE3(st‖0x04‖nonce) has its low g < 32 bits zero. */
  powCheck(st: number, nonce: bigint, g: number): number
}
