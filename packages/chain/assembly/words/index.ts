// BLAKE2b's compression (EIP-152), and powers modulo odd numbers (EIP-198).
import { mulLow } from './any'
import { mix } from './blake2'
import { mul, sqr } from './montgomery'

const AREA: usize = memory.data(8192)
export function area(): usize { return AREA }

const V: usize = memory.data(128)
const IV: usize = memory.data<u64>([
  0x6a09e667f3bcc908, 0xbb67ae8584caa73b, 0x3c6ef372fe94f82b, 0xa54ff53a5f1d36f1, 0x510e527fade682d1, 0x9b05688c2b3e6c1f, 0x1f83d9abfb41bd6b,
  0x5be0cd19137e2179,
])

/** At `area`: h in 64 bytes, m in 128, t in 16. h becomes the result. */
export function blake2f(rounds: u32, last: bool): void {
  memory.copy(V, AREA, 64)
  memory.copy(V + 64, IV, 64)
  for (let i: usize = 0; i < 16; i += 8) store<u64>(V + 96 + i, load<u64>(V + 96 + i) ^ load<u64>(AREA + 192 + i))
  if (last) store<u64>(V + 112, ~load<u64>(V + 112))
  mix(V, AREA + 64, rounds)
  for (let i: usize = 0; i < 64; i += 8) store<u64>(AREA + i, load<u64>(AREA + i) ^ load<u64>(V + i) ^ load<u64>(V + 64 + i))
}

// Powers. `beginPower` takes modulus, R mod m and base·R mod m; `power` then the bytes of the exponent, the highest first, in any number of calls.

/** Bytes of a number: 80 limbs. */
const NUMBER: usize = 320
const M: usize = memory.data(320)
const RESULT: usize = memory.data(320)
const POWERS: usize = memory.data(16 * 320)
let limbs: usize = 0
let inverse: u64 = 0
/** Whether the modulus is 2^28n, where nothing is reduced. */
let low = false

let m64: u64 = 0
let inverse64: u64 = 0
let result64: u64 = 0

/** Powers modulo an odd number of `n` limbs of 28 bits below 2^(28n - 2), which stands at `area`, and after it, 320 bytes on, R and base·R. */
export function beginPower(n: usize): void {
  limbs = n
  low = false
  memory.copy(M, AREA, 4 * n)
  inverse = negativeInverse(<u64>load<u32>(M)) & 0xfffffff
  fillPowers()
}

/** Powers modulo 2^28n; at `area` + 320 one, and 320 bytes on the base. */
export function beginPowerLow(n: usize): void {
  limbs = n
  low = true
  fillPowers()
}

function fillPowers(): void {
  memory.copy(POWERS, AREA + NUMBER, 4 * limbs)
  memory.copy(RESULT, POWERS, 4 * limbs)
  for (let i: usize = 1; i < 16; i++) times(POWERS + i * NUMBER, POWERS + (i - 1) * NUMBER, AREA + 2 * NUMBER)
}

function times(r: usize, a: usize, b: usize): void {
  if (low) mulLow(r, a, b, limbs)
  else mul(r, a, b, M, inverse, limbs)
}

function square(): void {
  if (low) mulLow(RESULT, RESULT, RESULT, limbs)
  else sqr(RESULT, RESULT, M, inverse, limbs)
}

/** -1/a mod 2^64, a odd. */
function negativeInverse(a: u64): u64 {
  let x = a
  for (let i = 0; i < 5; i++) x *= 2 - a * x
  return -x
}

/** Takes `count` bytes of the exponent at `area`. */
export function power(count: usize): void {
  for (let i: usize = 0; i < count; i++) {
    const byte = <usize>load<u8>(AREA + i)
    digit(byte >> 4)
    digit(byte & 15)
  }
}

@inline function digit(value: usize): void {
  square()
  square()
  square()
  square()
  if (value) times(RESULT, RESULT, POWERS + value * NUMBER)
}

/** Writes the limbs of the result, at most m, to `area`. */
export function endPower(): void {
  if (low) return memory.copy(AREA, RESULT, 4 * limbs)
  memory.fill(AREA, 0, 4 * limbs)
  store<u32>(AREA, 1)
  mul(AREA, RESULT, AREA, M, inverse, limbs)
}

/** The same modulo a number of one word: modulus, R = 2^64 mod m and base·R mod m are words at `area`. */
export function beginPower64(): void {
  m64 = load<u64>(AREA)
  inverse64 = -negativeInverse(m64)
  result64 = load<u64>(AREA, 8)
  const base = load<u64>(AREA, 16)
  store<u64>(POWERS, result64)
  for (let i: usize = 1; i < 16; i++) store<u64>(POWERS + 8 * i, mul64(load<u64>(POWERS + 8 * i - 8), base, m64, inverse64))
}

export function power64(count: usize): void {
  const m = m64, inverse = inverse64
  let r = result64
  for (let i: usize = 0; i < count; i++) {
    const byte = <usize>load<u8>(AREA + i)
    for (let j = 0; j < 4; j++) r = mul64(r, r, m, inverse)
    if (byte >> 4) r = mul64(r, load<u64>(POWERS + 8 * (byte >> 4)), m, inverse)
    for (let j = 0; j < 4; j++) r = mul64(r, r, m, inverse)
    if (byte & 15) r = mul64(r, load<u64>(POWERS + 8 * (byte & 15)), m, inverse)
  }
  result64 = r
}

export function endPower64(): void { store<u64>(AREA, mul64(result64, 1, m64, inverse64)) }

@inline function high(a: u64, b: u64): u64 {
  const al = a & 0xffffffff, ah = a >> 32, bl = b & 0xffffffff, bh = b >> 32
  const t = al * bh + ((al * bl) >> 32)
  return ah * bh + (t >> 32) + ((ah * bl + (t & 0xffffffff)) >> 32)
}

/** a·b/2^64 mod m, below m. */
@inline function mul64(a: u64, b: u64, m: u64, inverse: u64): u64 {
  const h = high(a, b), k = high(a * b * inverse, m)
  return h - k + (h < k ? m : 0)
}
