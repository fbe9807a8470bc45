// Elements of the base field as the rest sees them: copied, compared, read and written, inverted. Values are in Montgomery form, below 2p.
import { BITS, BYTES, FP, INV30, LEN30, MASK, N, P, P30, R2, R3, ONE as ONE_FP, add, mul, sqr, sub } from './fp'

export const SIZE: usize = FP
export const ONE: usize = ONE_FP
const ZERO: usize = memory.data(128)
const T: usize = memory.data(128)
const PLAIN_ONE: usize = memory.data<u32>([1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])

export { add, mul, sqr, sub } from './fp'

@inline export function copy(r: usize, a: usize): void { memory.copy(r, a, FP) }
@inline export function one(r: usize): void { memory.copy(r, ONE, FP) }
@inline export function clear(r: usize): void { memory.fill(r, 0, FP) }
export function neg(r: usize, a: usize): void { sub(r, ZERO, a) }
@inline export function double(r: usize, a: usize): void { add(r, a, a) }

function same(a: usize, b: usize): bool {
  let different: u32 = 0
  for (let i: usize = 0; i < 4 * N; i += 4) different |= load<u32>(a + i) ^ load<u32>(b + i)
  return different == 0
}

/** Zero is 0 or p. */
export function isZero(a: usize): bool { return same(a, ZERO) || same(a, P) }

export function equal(a: usize, b: usize): bool {
  sub(T, a, b)
  return isZero(T)
}

function below(a: usize, b: usize): bool {
  for (let i: isize = 4 * (N - 1); i >= 0; i -= 4) {
    const x = load<u32>(a + i), y = load<u32>(b + i)
    if (x != y) return x < y
  }
  return false
}

/** Reads BYTES bytes, big-endian, as a plain number of N limbs. */
function readPlain(r: usize, bytes: usize): void {
  let bits: u64 = 0, have: u32 = 0, at: i32 = BYTES - 1
  for (let i: usize = 0; i < N; i++) {
    while (have < BITS && at >= 0) {
      bits |= (<u64>load<u8>(bytes + at--)) << have
      have += 8
    }
    store<u32>(r + 4 * i, <u32>(bits & MASK))
    bits >>= BITS
    have = have > BITS ? have - BITS : 0
  }
}

/** Reads BYTES bytes, big-endian. False when the number is not below p. */
export function read(r: usize, bytes: usize): bool {
  readPlain(r, bytes)
  const good = below(r, P)
  mul(r, r, R2)
  return good
}

/** The number below p that `a` stands for, as limbs. */
export function canonical(r: usize, a: usize): void {
  // A product with one is p at most.
  mul(r, a, PLAIN_ONE)
  if (same(r, P)) clear(r)
}

/** Whether the number that `a` stands for is odd. */
export function isOdd(a: usize): bool {
  canonical(T, a)
  return (load<u32>(T) & 1) == 1
}

/** Writes BYTES bytes, big-endian. */
export function write(bytes: usize, a: usize): void {
  canonical(T, a)
  let bits: u64 = 0, have: u32 = 0, i: usize = 0
  for (let at: i32 = BYTES - 1; at >= 0; at--) {
    if (have < 8) {
      bits |= (<u64>load<u32>(T + 4 * i++)) << have
      have += BITS
    }
    store<u8>(bytes + at, <u8>bits)
    bits >>= 8
    have -= 8
  }
}

const M30: i32 = 0x3fffffff
const F: usize = memory.data(64)
const G: usize = memory.data(64)
const D: usize = memory.data(64)
const E: usize = memory.data(64)
let u: i32 = 0, v: i32 = 0, q: i32 = 0, r: i32 = 0

/** Thirty steps of division (Bernstein and Yang, "Fast constant-time gcd computation", in variable time as in libsecp256k1). */
function divisionSteps(eta: i32, f0: u32, g0: u32): i32 {
  let u0: u32 = 1, v0: u32 = 0, q0: u32 = 0, r0: u32 = 1
  let f = f0, g = g0, left: i32 = 30
  while (true) {
    const zeros = <i32>ctz(g | (0xffffffff << left))
    g >>= zeros
    u0 <<= zeros
    v0 <<= zeros
    eta -= zeros
    left -= zeros
    if (left == 0) break
    if (eta < 0) {
      eta = -eta
      let t = f
      f = g
      g = -t
      t = u0
      u0 = q0
      q0 = -t
      t = v0
      v0 = r0
      r0 = -t
    }
    const limit = min(min(eta + 1, left), 6)
    const w = (g * f * (f * f - 2)) & ((1 << limit) - 1)
    g += f * w
    q0 += u0 * w
    r0 += v0 * w
  }
  u = u0
  v = v0
  q = q0
  r = r0
  return eta
}

/** (f, g) by the matrix, divided by 2^30. */
function updateFG(length: i32): void {
  const a = i64(u), b = i64(v), c = i64(q), d = i64(r)
  let f = i64(load<i32>(F)), g = i64(load<i32>(G))
  let cf = a * f + b * g, cg = c * f + d * g
  cf >>= 30
  cg >>= 30
  for (let i = 1; i < length; i++) {
    f = i64(load<i32>(F + 4 * i))
    g = i64(load<i32>(G + 4 * i))
    cf += a * f + b * g
    cg += c * f + d * g
    store<i32>(F + 4 * (i - 1), i32(cf) & M30)
    store<i32>(G + 4 * (i - 1), i32(cg) & M30)
    cf >>= 30
    cg >>= 30
  }
  store<i32>(F + 4 * (length - 1), i32(cf))
  store<i32>(G + 4 * (length - 1), i32(cg))
}

/** (d, e) by the matrix, divided by 2^30 mod p. */
function updateDE(): void {
  const top = 4 * (LEN30 - 1)
  const signD = load<i32>(D + top) >> 31, signE = load<i32>(E + top) >> 31
  let md = (u & signD) + (v & signE), me = (q & signD) + (r & signE)
  const a = i64(u), b = i64(v), c = i64(q), s = i64(r)
  let d = i64(load<i32>(D)), e = i64(load<i32>(E))
  let cd = a * d + b * e, ce = c * d + s * e
  md -= (INV30 * i32(cd) + md) & M30
  me -= (INV30 * i32(ce) + me) & M30
  let p = i64(load<i32>(P30))
  cd = (cd + p * i64(md)) >> 30
  ce = (ce + p * i64(me)) >> 30
  for (let i = 4; i <= top; i += 4) {
    d = i64(load<i32>(D + i))
    e = i64(load<i32>(E + i))
    p = i64(load<i32>(P30 + i))
    cd += a * d + b * e + p * i64(md)
    ce += c * d + s * e + p * i64(me)
    store<i32>(D + i - 4, i32(cd) & M30)
    store<i32>(E + i - 4, i32(ce) & M30)
    cd >>= 30
    ce >>= 30
  }
  store<i32>(D + top, i32(cd))
  store<i32>(E + top, i32(ce))
}

/** The inverse. Nobody asks for that of zero. */
export function inv(out: usize, a: usize): void {
  let bits: u64 = 0, have: u32 = 0, at: usize = 0
  for (let i = 0; i < LEN30; i++) {
    while (have < 30 && at < N) {
      bits |= (<u64>load<u32>(a + 4 * at++)) << have
      have += BITS
    }
    store<i32>(G + 4 * i, i32(bits) & M30)
    bits >>= 30
    have = have > 30 ? have - 30 : 0
  }
  memory.copy(F, P30, 4 * LEN30)
  memory.fill(D, 0, 64)
  memory.fill(E, 0, 64)
  store<i32>(E, 1)
  let eta = -1, length: i32 = LEN30
  while (true) {
    eta = divisionSteps(eta, load<u32>(F), load<u32>(G))
    updateDE()
    updateFG(length)
    let rest = 0
    for (let i = 0; i < length; i++) rest |= load<i32>(G + 4 * i)
    if (rest == 0) break
    const f = load<i32>(F + 4 * (length - 1)), g = load<i32>(G + 4 * (length - 1))
    if (length > 1 && (f ^ (f >> 31)) == 0 && (g ^ (g >> 31)) == 0) {
      length--
      store<i32>(F + 4 * (length - 1), load<i32>(F + 4 * (length - 1)) | (f << 30))
      store<i32>(G + 4 * (length - 1), load<i32>(G + 4 * (length - 1)) | (g << 30))
    }
  }
  // f is 1 or -1, and ±d between -2p and 2p: with 2p more it is no longer negative.
  const sign = i64(load<i32>(F + 4 * (length - 1)) >> 31)
  let carry: i64 = 0
  bits = 0
  have = 0
  at = 0
  for (let i = 0; i < LEN30; i++) {
    carry += ((i64(load<i32>(D + 4 * i)) ^ sign) - sign) + 2 * i64(load<i32>(P30 + 4 * i))
    bits |= u64(carry & i64(M30)) << have
    carry >>= 30
    have += 30
    while (have >= BITS && at < N) {
      store<u32>(T + 4 * at++, u32(bits & MASK))
      bits >>= BITS
      have -= BITS
    }
  }
  for (; at < N; at++) {
    store<u32>(T + 4 * at, u32(bits & MASK))
    bits >>= BITS
  }
  mul(out, T, R3)
}

/** a to the power of the number of `words` little-endian 64-bit words at `exponent`, by windows of four bits. */
const POWERS: usize = memory.data(1024)
const POWER: usize = memory.data(64)
export function power(out: usize, a: usize, exponent: usize, words: i32): void {
  copy(POWERS, ONE)
  for (let i: usize = 1; i < 16; i++) mul(POWERS + i * FP, POWERS + (i - 1) * FP, a)
  copy(POWER, ONE)
  for (let i = 16 * words - 1; i >= 0; i--) {
    const digit = <usize>((load<u64>(exponent + 8 * (i >> 4)) >> (4 * (i & 15))) & 15)
    for (let j = 0; j < 4; j++) sqr(POWER, POWER)
    if (digit) mul(POWER, POWER, POWERS + digit * FP)
  }
  copy(out, POWER)
}
