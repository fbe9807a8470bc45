/** Leaf hashes of SPEC 6.3: BLAKE3(header ‖ column), four columns at a time and up to 64 side by side, so that memory is read in rows. */
import { compress, compress4, iv, iv4 } from './compress'
import { column } from './encode'
import { arg, run } from './fork'
import { COLUMNS, at as argument } from './passes'

const CHUNK_START: u32 = 1
const CHUNK_END: u32 = 2
const PARENT: u32 = 4
const ROOT: u32 = 8
const GROUPS: usize = 16

/** Chaining values of the groups, and for each the stack of finished subtrees (2^26 rows have fewer than 20). */
const CVS = memory.data(128 * 16, 16)
const STACKS = memory.data(128 * 16 * 20, 16)
const M4 = memory.data(256, 16)
const P4 = memory.data(128, 16)
const FIRST = memory.data(32, 16)
const IV = memory.data(32, 16)

/** Where the columns are: in rows of `rowBytes` (step = 8), or one after the other (step = bytes of a column). */
let base: usize = 0
let rowBytes: usize = 0
let step: usize = 0
let lastColumn: usize = 0

@inline function words(at: usize, x: v128, y: v128): void {
  v128.store(at, i8x16.shuffle(x, y, 0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27))
  v128.store(at, i8x16.shuffle(x, y, 4, 5, 6, 7, 12, 13, 14, 15, 20, 21, 22, 23, 28, 29, 30, 31), 16)
}

/** Words of up to 8 rows of four columns; the rest of the block is zero. */
function fill(first: usize, row: usize, rows: usize): void {
  const c0 = base + min(first, lastColumn) * step + row * rowBytes
  const c1 = base + min(first + 1, lastColumn) * step + row * rowBytes
  const c2 = base + min(first + 2, lastColumn) * step + row * rowBytes
  const c3 = base + min(first + 3, lastColumn) * step + row * rowBytes
  let at = M4
  for (let r: usize = 0; r < rows; r++, at += 32) {
    const o = r * rowBytes
    const x = v128.load64_lane(c1 + o, v128.load64_zero(c0 + o), 1)
    const y = v128.load64_lane(c3 + o, v128.load64_zero(c2 + o), 1)
    words(at, x, y)
  }
  memory.fill(at, 0, M4 + 256 - at)
}

/** Digests of columns first … first + 63 are left, lane by lane, in CVS. */
function hash(first: usize, groups: usize, rows: usize, hdr: usize): void {
  iv(IV)
  compress(FIRST, IV, hdr, 0, 64, CHUNK_START, false)
  for (let g: usize = 0; g < groups; g++)
    for (let i: usize = 0; i < 8; i++) v128.store(CVS + (g << 7) + (i << 4), v128.load32_splat(FIRST + (i << 2)))
  let depth: usize = 0
  let chunk: u64 = 0
  let room: usize = 120 // rows that still fit the chunk: 8 a block, one block is the header
  let flags: u32 = 0
  for (let row: usize = 0; ; ) {
    const take = min<usize>(rows - row, 8)
    const last = row + take == rows
    room -= 8
    let f = flags
    if (last || room == 0) f |= CHUNK_END
    if (last && chunk == 0) f |= ROOT
    for (let g: usize = 0; g < groups; g++) {
      fill(first + (g << 2), row, take)
      compress4(CVS + (g << 7), M4, chunk, <u32>(take << 3), f)
    }
    row += take
    flags = 0
    if (last) break
    if (room == 0) {
      chunk++
      for (let total = chunk; (total & 1) == 0; total >>= 1) parents(--depth, groups, 0)
      memory.copy(STACKS + (depth << 11), CVS, groups << 7)
      depth++
      for (let g: usize = 0; g < groups; g++) iv4(CVS + (g << 7))
      room = 128
      flags = CHUNK_START
    }
  }
  while (depth > 0) {
    depth--
    parents(depth, groups, depth == 0 ? ROOT : 0)
  }
}

/** CVS = parent of the stack's entry and CVS. */
function parents(depth: usize, groups: usize, root: u32): void {
  for (let g: usize = 0; g < groups; g++) {
    memory.copy(M4, STACKS + (depth << 11) + (g << 7), 128)
    memory.copy(M4 + 128, CVS + (g << 7), 128)
    iv4(P4)
    compress4(P4, M4, 0, 64, PARENT | root)
    memory.copy(CVS + (g << 7), P4, 128)
  }
}

@inline function digest(out: usize, at: usize): void {
  const cv = CVS + (at >> 2 << 7) + ((at & 3) << 2)
  for (let i: usize = 0; i < 8; i++) store<u32>(out + (i << 2), load<u32>(cv + (i << 4)))
}

export function leafHashes(tree: usize, cw: usize, rows: u32, c: u32, l: u32, hdr: usize): void {
  arg(0, tree)
  arg(1, cw)
  arg(2, rows)
  arg(3, c)
  arg(4, l)
  arg(5, hdr)
  run(COLUMNS, <u32>((<usize>1 << l) / (GROUPS << 2)), 8)
}
/** Arguments: tree, cw, rows, c, l, header; an item is 64 columns. */
export function leafColumns(args: usize, from: u32, to: u32): void {
  const tree = argument(args, 0), cw = argument(args, 1), rows = argument(args, 2), hdr = argument(args, 5)
  const c = <u32>argument(args, 3), l = <u32>argument(args, 4)
  const n: usize = <usize>1 << l
  base = cw
  rowBytes = n << 3
  step = 8
  lastColumn = n - 1
  for (let first = <usize>from * (GROUPS << 2), end = <usize>to * (GROUPS << 2); first < end; first += GROUPS << 2) {
    hash(first, GROUPS, rows, hdr)
    for (let i: usize = 0; i < GROUPS << 2; i++) digest(tree + ((n + column(<u32>(first + i), c, l)) << 5), i)
  }
}

export function leafHashesOf(out: usize, cols: usize, rows: u32, q: u32, hdr: usize): void {
  base = cols
  rowBytes = 8
  step = <usize>rows << 3
  lastColumn = q - 1
  for (let first: usize = 0; first < q; first += GROUPS << 2) {
    const have = min<usize>(q - first, GROUPS << 2)
    hash(first, (have + 3) >> 2, rows, hdr)
    for (let i: usize = 0; i < have; i++) digest(out + ((first + i) << 5), i)
  }
}
