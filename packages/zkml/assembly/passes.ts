/** What a thread can be asked for. Every operation takes its arguments from memory, and a range of its items. */
import { batchBind, batchSums } from './batchsum'
import { leafColumns } from './columns'
import { combineColumns } from './combine'
import { contractColumns, contractRows } from './contract'
import { encodeBlocks } from './encode'
import { fAxpyPart } from './farray'
import { bindLevel, leavesUp, levelUp, roundSums } from './fractions'
import { leafCells } from './leaves'
import { bindBoth, weightedPart } from './mainsum'
import { nodesOf } from './merkle'
import { axpyPart, splitPart, tensorPart } from './multilinear'
import { sumsOfProducts } from './witness'

export const LEVEL_UP: u32 = 0
export const LEAVES_UP: u32 = 1
export const ROUND_SUMS: u32 = 2
export const BIND_LEVEL: u32 = 3
export const AXPY: u32 = 4
export const SPLIT: u32 = 5
export const ENCODE: u32 = 6
export const COLUMNS: u32 = 7
export const NODES: u32 = 8
export const BATCH_SUMS: u32 = 9
export const BATCH_BIND: u32 = 10
export const COMBINE: u32 = 11
export const WEIGHTED: u32 = 12
export const BIND_BOTH: u32 = 13
export const CONTRACT_ROWS: u32 = 14
export const CONTRACT_COLUMNS: u32 = 15
export const LEAF_CELLS: u32 = 16
export const TENSOR_ADD: u32 = 17
export const MATMUL: u32 = 18
export const F_AXPY: u32 = 19

/** Does items from … to − 1 of an operation. `args`: where its arguments are; `sums`: room for two K values. */
export function execute(op: u32, args: usize, from: u32, to: u32, sums: usize): void {
  switch (op) {
    case LEVEL_UP: return levelUp(args, from, to)
    case LEAVES_UP: return leavesUp(args, from, to)
    case ROUND_SUMS: return roundSums(args, from, to, sums)
    case BIND_LEVEL: return bindLevel(args, from, to)
    case AXPY: return axpyPart(args, from, to)
    case SPLIT: return splitPart(args, from, to)
    case ENCODE: return encodeBlocks(args, from, to)
    case COLUMNS: return leafColumns(args, from, to)
    case NODES: return nodesOf(args, from, to)
    case BATCH_SUMS: return batchSums(args, from, to, sums)
    case BATCH_BIND: return batchBind(args, from, to)
    case COMBINE: return combineColumns(args, from, to)
    case WEIGHTED: return weightedPart(args, from, to, sums)
    case BIND_BOTH: return bindBoth(args, from, to)
    case CONTRACT_ROWS: return contractRows(args, from, to)
    case CONTRACT_COLUMNS: return contractColumns(args, from, to)
    case LEAF_CELLS: return leafCells(args, from, to)
    case TENSOR_ADD: return tensorPart(args, from, to)
    case MATMUL: return sumsOfProducts(args, from, to)
    case F_AXPY: return fAxpyPart(args, from, to)
  }
}

/** Argument i of an operation. */
@inline export function at(args: usize, i: usize): usize { return load<u32>(args + (i << 2)) }
