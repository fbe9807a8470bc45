/** The tree over leaf digests and its multiproofs. SPEC 6.3, 6.5. */
import { compress, compress4, iv, iv4 } from './compress'
import { arg, run } from './fork'
import { NODES, at as argument } from './passes'

/** A node hashes exactly 64 bytes: one block that is chunk start, chunk end and root. */
const NODE: u32 = 11
const M4 = memory.data(256, 16)
const CV4 = memory.data(128, 16)
const IV = memory.data(32, 16)
/** Marked nodes of one level; at most 4096. */
const MARKED = memory.data(4 * 4096, 16)
/** Left and right children of the nodes of one level. */
const PAIRS = memory.data(64 * 4096, 16)

@inline function transpose(at: usize, r0: v128, r1: v128, r2: v128, r3: v128): void {
  const a = i8x16.shuffle(r0, r1, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const b = i8x16.shuffle(r2, r3, 0, 1, 2, 3, 16, 17, 18, 19, 4, 5, 6, 7, 20, 21, 22, 23)
  const c = i8x16.shuffle(r0, r1, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  const d = i8x16.shuffle(r2, r3, 8, 9, 10, 11, 24, 25, 26, 27, 12, 13, 14, 15, 28, 29, 30, 31)
  v128.store(at, i8x16.shuffle(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23))
  v128.store(at, i8x16.shuffle(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 16)
  v128.store(at, i8x16.shuffle(c, d, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23), 32)
  v128.store(at, i8x16.shuffle(c, d, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31), 48)
}

/** out[i] = hash of the 64 bytes at pairs + 64 i, for n nodes. Regions must not overlap, unless out lies below pairs by whole nodes. */
function nodes(out: usize, pairs: usize, n: u32): void {
  iv(IV)
  for (; n >= 4; n -= 4, pairs += 256, out += 128) {
    for (let i: usize = 0; i < 64; i += 16)
      transpose(M4 + (i << 2), v128.load(pairs + i), v128.load(pairs + i, 64), v128.load(pairs + i, 128), v128.load(pairs + i, 192))
    iv4(CV4)
    compress4(CV4, M4, 0, 64, NODE)
    for (let i: usize = 0; i < 128; i += 64) {
      transpose(M4 + i, v128.load(CV4 + i), v128.load(CV4 + i, 16), v128.load(CV4 + i, 32), v128.load(CV4 + i, 48))
      for (let lane: usize = 0; lane < 4; lane++) v128.store(out + (lane << 5) + (i >> 2), v128.load(M4 + i + (lane << 4)))
    }
  }
  for (; n > 0; n--, pairs += 64, out += 32) compress(out, IV, pairs, 0, 64, NODE, false)
}

export function merkleTree(tree: usize, l: u32): void {
  for (let n: usize = <usize>1 << l; n > 1; ) {
    const pairs = tree + (n << 5)
    n >>= 1
    arg(0, tree + (n << 5))
    arg(1, pairs)
    run(NODES, <u32>n, 512)
  }
}
/** Arguments: out, pairs; an item is a node. */
export function nodesOf(args: usize, from: u32, to: u32): void {
  nodes(argument(args, 0) + (<usize>from << 5), argument(args, 1) + (<usize>from << 6), to - from)
}

/** Copies the siblings of the marked nodes, level by level; with tree = 0 they are only counted. */
function siblings(out: usize, tree: usize, l: u32, idx: usize, q: u32): u32 {
  memory.copy(MARKED, idx, <usize>q << 2)
  let found: u32 = 0
  for (let n: usize = <usize>1 << l; n > 1; n >>= 1) {
    let next: u32 = 0
    for (let i: u32 = 0; i < q; next++) {
      const at = load<u32>(MARKED + (<usize>i << 2))
      i++
      if (i < q && load<u32>(MARKED + (<usize>i << 2)) == (at ^ 1)) i++
      else {
        if (tree) memory.copy(out + (<usize>found << 5), tree + ((n + (at ^ 1)) << 5), 32)
        found++
      }
      store<u32>(MARKED + (<usize>next << 2), at >> 1)
    }
    q = next
  }
  return found
}
export function multiproof(out: usize, tree: usize, l: u32, idx: usize, q: u32): u32 { return siblings(out, tree, l, idx, q) }
export function multiproofCount(idx: usize, q: u32, l: u32): u32 { return siblings(0, 0, l, idx, q) }

export function multiproofCheck(root: usize, leaves: usize, idx: usize, q: u32, l: u32, sibling: usize, nSib: u32): i32 {
  memory.copy(MARKED, idx, <usize>q << 2)
  for (; l > 0; l--) {
    let next: u32 = 0
    for (let i: u32 = 0; i < q; next++) {
      const at = load<u32>(MARKED + (<usize>i << 2))
      const digest = leaves + (<usize>i << 5)
      const pair = PAIRS + (<usize>next << 6)
      i++
      if (i < q && load<u32>(MARKED + (<usize>i << 2)) == (at ^ 1)) {
        memory.copy(pair, digest, 64)
        i++
      } else {
        if (nSib == 0) return 0
        nSib--
        const right: usize = (at & 1) << 5
        memory.copy(pair + right, digest, 32)
        memory.copy(pair + (32 - right), sibling, 32)
        sibling += 32
      }
      store<u32>(MARKED + (<usize>next << 2), at >> 1)
    }
    q = next
    nodes(leaves, PAIRS, q)
  }
  return i32(nSib == 0 && q == 1 && memory.compare(leaves, root, 32) == 0)
}
