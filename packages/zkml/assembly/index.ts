/** What the WebAssembly module exports; meanings in src/kernels/exports. */
export { kAdd, kSub, kMul, kNeg, kInv, kPow, kEqual, kPowers, kBatchInv, kAxpy, kScale, kAxpyF, kFromF, fMul, fInv } from './k'
export { fAxpy, fAddConst, fGatherAxpy, fIota, fFromI64, fFromI32, fFromI16, fCanonical } from './farray'
export { blake3, blake3Xof } from './blake3'
export { labelArea, tsInit, tsAbsorb, tsSqueeze, tsIndices, powFind, powCheck } from './transcript'

export function heapBase(): usize {
  return __heap_base
}
