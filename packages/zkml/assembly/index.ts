/** What the WebAssembly module exports; meanings in src/kernels/exports. */
export { kAdd, kSub, kMul, kNeg, kInv, kPow, kEqual, kPowers, kBatchInv, kAxpy, kScale, kAxpyF, kFromF, fMul, fInv } from './k'
export { fAxpy, fAddConst, fGatherAxpy, fIota, fFromI64, fFromI32, fFromI16, fCanonical } from './farray'
export { blake3, blake3Xof } from './blake3'
export { labelArea, tsInit, tsAbsorb, tsSqueeze, tsIndices, powFind, powCheck } from './transcript'

export function heapBase(): usize {
  return __heap_base
}
export { eqTable, eqPyramid, eqPoint, eqlt, onelt, dotK, dotF, dotI64, dotI32, dotI16, sumK, tensorAdd } from './multilinear'
export { mleK, mleF, mleI64, mleI32, mleI16 } from './multilinear'
export { contractRowsI16, contractRowsI64, contractRowsF, contractColsI16, contractColsI64, contractColsF } from './contract'
export { matmulI16, convI16 } from './witness'
export { windowTap, windowCells16, windowCells64, kGatherAxpy } from './window'
export { rsEncode, openColumns, encodeAt } from './encode'
export { leafHashes, leafHashesOf } from './columns'
export { merkleTree, multiproof, multiproofCount, multiproofCheck } from './merkle'
export { rowCombine, columnCombine } from './combine'
export { leafFill, leafPad } from './leaves'
export { gkrScratch, gkrProve, gkrVerify } from './gkr'
export { instanceSums, mainProve } from './mainsum'
export { batchProve } from './batchsum'
export { verifyRounds2, verifyRounds3 } from './rounds'
export { part, setThreads } from './fork'
