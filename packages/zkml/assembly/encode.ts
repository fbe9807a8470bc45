/**
 * Reed–Solomon encoding of rows (SPEC 6.1). A polynomial of k = 2^c coefficients is evaluated at ω_l^j, j = s + m·t with m = n/k, coset by coset:
 * scale coefficient i by ω_l^(s·i), then a transform of length k, which stays in the cache. Inside a codeword, value j stands at
 * s·k + bitrev_c(t); `position` says where.
 */
import { add, mul, pow, reduce, sub } from './f'
import { a, b, put } from './k'

const OMEGA_32: u64 = 1753635133440165772
/** ω_{2h}^i for i < h at 8·(h + i), for every h = 1, 2, … k/2. */
const TWIDDLES = memory.data(8 << 14, 16)
/** ω_{2h}^(3i) for i < h/2 at 8·(h + i): the product of the factors of two stages. */
const CUBES = memory.data(8 << 14, 16)
/** Powers of ω_l^s. */
const POWERS = memory.data(8 << 14, 16)
let twiddlesOf: u32 = 0

@inline function omega(l: u32): u64 { return pow(OMEGA_32, (<u64>1) << (32 - l)) }

/** out[i] = x^i for i < 2^c. */
function powers(out: usize, x: u64, c: u32): void {
  store<u64>(out, 1)
  for (let size: usize = 8, step = x, i: u32 = 0; i < c; i++, size <<= 1, step = mul(step, step))
    for (let at: usize = 0; at < size; at += 8) store<u64>(out + size + at, mul(load<u64>(out + at), step))
}

function twiddles(c: u32): void {
  if (twiddlesOf == c) return
  twiddlesOf = c
  for (let stage: u32 = 0; stage < c; stage++) {
    powers(TWIDDLES + (<usize>8 << stage), omega(stage + 1), stage)
    if (stage > 0) powers(CUBES + (<usize>8 << stage), pow(omega(stage + 1), 3), stage - 1)
  }
}

/** Natural order in, bit-reversed order out: pairs at distance h, from k/2 down to 1; two stages at a time. */
function transform(x: usize, c: u32): void {
  let h: usize = <usize>4 << c
  const end = x + (<usize>8 << c)
  if (c & 1) {
    for (let i: usize = 0; i < h; i += 8) {
      const p = x + i
      const u = load<u64>(p), v = load<u64>(p + h)
      store<u64>(p, add(u, v))
      store<u64>(p + h, mul(sub(u, v), load<u64>(TWIDDLES + h + i)))
    }
    h >>= 1
  }
  // distances h and h/2 together: ω_{2h}^(i + h/2) = ω_{2h}^i · ω_4
  for (; h >= 16; h >>= 2) {
    const q = h >> 1
    for (let block = x; block < end; block += h << 1) {
      for (let i: usize = 0; i < q; i += 8) {
        const p = block + i
        const x0 = load<u64>(p), x1 = load<u64>(p + q), x2 = load<u64>(p + h), x3 = load<u64>(p + h + q)
        const w1 = load<u64>(TWIDDLES + h + i), w2 = load<u64>(TWIDDLES + q + i), w3 = load<u64>(CUBES + h + i)
        const s0 = add(x0, x2), s1 = add(x1, x3), d0 = sub(x0, x2), d1 = times4(sub(x1, x3))
        store<u64>(p, add(s0, s1))
        store<u64>(p + q, mul(sub(s0, s1), w2))
        store<u64>(p + h, mul(add(d0, d1), w1))
        store<u64>(p + h + q, mul(sub(d0, d1), w3))
      }
    }
  }
}

/** v·ω_4, which is v·2^48. */
@inline function times4(v: u64): u64 { return reduce(v << 48, v >> 16) }

export function rsEncode(cw: usize, msg: usize, cells: u32, c: u32, l: u32): void {
  twiddles(c)
  const k: u32 = 1 << c
  const rows = (cells + k - 1) >> c
  const w = omega(l)
  let root: u64 = 1
  for (let s: u32 = 0; s < <u32>1 << (l - c); s++, root = mul(root, w)) {
    powers(POWERS, root, c)
    for (let r: u32 = 0; r < rows; r++) {
      const to = cw + (((<usize>r << l) + ((<usize>s << c))) << 3)
      const from = msg + (<usize>r << (c + 3))
      const have = <usize>min(cells - (r << c), k) << 3
      if (s == 0) memory.copy(to, from, have)
      else for (let i: usize = 0; i < have; i += 8) store<u64>(to + i, mul(load<u64>(from + i), load<u64>(POWERS + i)))
      memory.fill(to + have, 0, (<usize>k << 3) - have)
      transform(to, c)
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
