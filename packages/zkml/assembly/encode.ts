/**
 * Reed–Solomon encoding of rows (SPEC 6.1). A polynomial of k = 2^c coefficients is evaluated at ω_l^j, j = s + m·t with m = n/k, coset by coset,
 * so that the work stays in the cache: at g·ω_c^t with g = ω_l^s it is a tree of remainders, from mod X^k − g^k down, mod X^2h − f² splitting into
 * mod X^h − f and mod X^h + f. Inside a codeword, value j stands at s·k + bitrev_c(t); `position` says where.
 */
import { add, mul, pow, reduce, sub } from './f'
import { arg, run } from './fork'
import { a, b, put } from './k'
import { ENCODE, at as argument } from './passes'

const OMEGA_32: u64 = 1753635133440165772
/** ω_{2^(d+1)}^bitrev_d(i) for i < 2^d: the same for every d. */
const ROOTS = memory.data(8 << 13, 16)
/** For the coset at work: f of node i of depth d at 8·(2^d + i), which is ROOTS[i]·g^(k/2^(d+1)). */
const FACTORS = memory.data(8 << 14, 16)
/** f of a node times f of its left child. */
const PRODUCTS = memory.data(8 << 14, 16)
/** So many depths of ROOTS are made. In memory, as they are: who clears one has cleared both. */
const DEPTHS = memory.data(4)

@inline function omega(l: u32): u64 { return pow(OMEGA_32, (<u64>1) << (32 - l)) }

function roots(c: u32): void {
  if (load<u32>(DEPTHS) >= c) return
  store<u32>(DEPTHS, c)
  store<u64>(ROOTS, 1)
  for (let d: u32 = 0; d + 1 < c; d++) {
    const size = <usize>8 << d
    const w = omega(d + 2)
    for (let i: usize = 0; i < size; i += 8) store<u64>(ROOTS + size + i, mul(load<u64>(ROOTS + i), w))
  }
}

/** Tables of the coset g. Depths are taken two at a time, the first alone when c is odd. */
function coset(g: u64, c: u32): void {
  for (let d = c; d > 0; g = mul(g, g)) {
    d--
    const size = <usize>8 << d
    for (let i: usize = 0; i < size; i += 8) store<u64>(FACTORS + size + i, mul(load<u64>(ROOTS + i), g))
  }
  for (let d = c & 1; d < c; d += 2) {
    const size = <usize>8 << d
    for (let i: usize = 0; i < size; i += 8) {
      const child = load<u64>(FACTORS + ((size + i) << 1))
      store<u64>(PRODUCTS + size + i, mul(load<u64>(FACTORS + size + i), child))
    }
  }
}

/** Two depths from d: a node of 4q values has f and its left child f1; the right child has f1·ω_4. */
@inline function fourfold(to: usize, from: usize, d: u32, q: usize): void {
  const first = <usize>8 << d
  for (let node = first; node < first << 1; node += 8) {
    const f = load<u64>(FACTORS + node), f1 = load<u64>(FACTORS + (node << 1)), f3 = load<u64>(PRODUCTS + node)
    for (const end = from + q; from < end; from += 8, to += 8) {
      const x0 = load<u64>(from)
      const p1 = mul(load<u64>(from + q), f1), p2 = mul(load<u64>(from + 2 * q), f), p3 = mul(load<u64>(from + 3 * q), f3)
      const s = add(x0, p2), e = sub(x0, p2), t = add(p1, p3), o = times4(sub(p1, p3))
      store<u64>(to, add(s, t))
      store<u64>(to + q, sub(s, t))
      store<u64>(to + 2 * q, add(e, o))
      store<u64>(to + 3 * q, sub(e, o))
    }
    from += 3 * q
    to += 3 * q
  }
}

/** Values of the coefficients at `from` on the coset whose tables are made. May be in place. */
function transform(to: usize, from: usize, c: u32): void {
  let d: u32 = 0
  if (c & 1) {
    const h = <usize>4 << c
    const f = load<u64>(FACTORS + 8)
    for (let i: usize = 0; i < h; i += 8) {
      const x = load<u64>(from + i), y = mul(load<u64>(from + h + i), f)
      store<u64>(to + i, add(x, y))
      store<u64>(to + h + i, sub(x, y))
    }
    from = to
    d = 1
  }
  for (; d < c; d += 2, from = to) fourfold(to, from, d, <usize>8 << (c - d - 2))
}

/** v·ω_4, which is v·2^48. */
@inline function times4(v: u64): u64 { return reduce(v << 48, v >> 16) }

/** Rows of a block; a coset's tables are made once for it. */
const BLOCK: u32 = 32

export function rsEncode(cw: usize, msg: usize, cells: u32, c: u32, l: u32): void {
  const blocks = (((cells + (1 << c) - 1) >> c) + BLOCK - 1) / BLOCK
  arg(0, cw)
  arg(1, msg)
  arg(2, cells)
  arg(3, c)
  arg(4, l)
  arg(5, blocks)
  run(ENCODE, blocks << (l - c), c < 8 ? 16 : 1)
}
/** Arguments: cw, msg, cells, c, l, blocks of rows; an item is a block on a coset, the cosets one after the other. */
export function encodeBlocks(args: usize, from: u32, to: u32): void {
  const cw = argument(args, 0), msg = argument(args, 1)
  const cells = <u32>argument(args, 2), c = <u32>argument(args, 3), l = <u32>argument(args, 4), blocks = <u32>argument(args, 5)
  roots(c)
  const k: u32 = 1 << c
  const rows = (cells + k - 1) >> c
  const w = omega(l)
  for (let item = from; item < to; ) {
    const s = item / blocks
    coset(pow(w, s), c)
    const first = (item - s * blocks) * BLOCK
    item = min(to, (s + 1) * blocks)
    const end = min(rows, (item - s * blocks) * BLOCK)
    for (let r = first; r < end; r++) {
      const to = cw + (((<usize>r << l) + (<usize>s << c)) << 3)
      const from = msg + (<usize>r << (c + 3))
      const have = <usize>min(cells - (r << c), k) << 3
      if (have == <usize>k << 3) transform(to, from, c)
      else {
        memory.copy(to, from, have)
        memory.fill(to + have, 0, (<usize>k << 3) - have)
        transform(to, to, c)
      }
    }
  }
}

/** Where value j of a codeword stands. */
@inline export function position(j: u32, c: u32, l: u32): u32 {
  const m = l - c
  return ((j & ((1 << m) - 1)) << c) + reverse(j >> m, c)
}
/** The inverse of `position`. */
@inline export function column(at: u32, c: u32, l: u32): u32 {
  return (at >> c) + (reverse(at & ((1 << c) - 1), c) << (l - c))
}
function reverse(x: u32, bits: u32): u32 {
  let r: u32 = 0
  for (; bits > 0; bits--, x >>= 1) r = (r << 1) | (x & 1)
  return r
}

export function openColumns(out: usize, cw: usize, rows: u32, c: u32, l: u32, idx: usize, q: u32): void {
  for (; q > 0; q--, idx += 4) {
    let at = cw + (<usize>position(load<u32>(idx), c, l) << 3)
    for (let r: u32 = 0; r < rows; r++, out += 8, at += <usize>8 << l) store<u64>(out, load<u64>(at))
  }
}

export function encodeAt(out: usize, u: usize, c: u32, l: u32, idx: usize, q: u32, scratch: usize): void {
  const k: u32 = 1 << c
  if (q << c < <u32>(c + 2) << l >> 1) {
    const w = omega(l)
    for (; q > 0; q--, idx += 4, out += 16) {
      const x = pow(w, load<u32>(idx))
      let sa: u64 = 0, sb: u64 = 0
      for (let at = u + (<usize>k << 4); at > u; ) {
        at -= 16
        sa = add(mul(sa, x), a(at))
        sb = add(mul(sb, x), b(at))
      }
      put(out, sa, sb)
    }
    return
  }
  const cw = scratch + (<usize>k << 4)
  for (let i: usize = 0; i < <usize>k << 3; i += 8) {
    store<u64>(scratch + i, a(u + (i << 1)))
    store<u64>(scratch + (<usize>k << 3) + i, b(u + (i << 1)))
  }
  rsEncode(cw, scratch, k << 1, c, l)
  for (; q > 0; q--, idx += 4, out += 16) {
    const at = cw + (<usize>position(load<u32>(idx), c, l) << 3)
    put(out, load<u64>(at), load<u64>(at + (<usize>8 << l)))
  }
}
