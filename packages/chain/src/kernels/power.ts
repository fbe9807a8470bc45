import { words } from './words.ts'

/** A big-endian number of `length` bytes, of which those that are not in `bytes` are zeros at its end. */
export interface Exponent {
  readonly bytes: Uint8Array
  readonly length: number
}

/** Bytes that the kernel takes at once, and bytes of a number in it. */
const AREA = 8192
const NUMBER = 320
/** Limbs of 28 bits are seven hexadecimal digits. */
const BITS = 28
const DIGITS = BITS / 4
/** Numbers of limbs for which the kernel has code of its own, several times as fast as that for any number. */
const LENGTHS = [5, 7, 10, 14, 19]
/** Beyond this JavaScript's numbers, which multiply in less than the square of their length, are as fast. */
const MOST_LIMBS = 75
/** Exponents of so few bits are raised to before a kernel is set up. */
const SHORT = 16

/** base^exponent mod modulus, which is positive: in time that follows what EIP-2565 charges for it. */
export function powerModulo(base: bigint, exponent: Exponent, modulus: bigint): bigint {
  const e = significant(exponent)
  if (e.length * 8 <= SHORT) return shortPower(base, numberOf(e), modulus)
  const twos = trailingZeros(modulus)
  const odd = modulus >> BigInt(twos)
  const upper = odd === 1n ? 0n : oddPower(base % odd, e, odd)
  if (twos === 0) return upper
  // The number below odd·2^twos that is `upper` modulo the one and `lower` modulo the other.
  const lower = powerOfTwosPower(base, e, twos)
  return upper + odd * BigInt.asUintN(twos, (lower - upper) * inverseOf(odd, twos))
}

/** Without the zeros at the beginning. */
function significant({ bytes, length }: Exponent): Exponent {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? { bytes: new Uint8Array(), length: 0 } : { bytes: bytes.subarray(first), length: length - first }
}

/** For few bytes. */
function numberOf({ bytes, length }: Exponent): number {
  let value = 0
  for (let i = 0; i < length; i++) value = value * 256 + (bytes[i] ?? 0)
  return value
}

function shortPower(base: bigint, exponent: number, modulus: bigint): bigint {
  let result = 1n % modulus
  for (let bit = 31 - Math.clz32(exponent); bit >= 0; bit--) {
    result = (result * result) % modulus
    if ((exponent >> bit) & 1) result = (result * base) % modulus
  }
  return result
}

function trailingZeros(value: bigint): number {
  if (value & 1n) return 0
  let [zeros, rest] = [0, value]
  for (let step = 2 ** (31 - Math.clz32(value.toString(16).length * 4)); step >= 1; step /= 2) {
    if (BigInt.asUintN(step, rest) !== 0n) continue
    rest >>= BigInt(step)
    zeros += step
  }
  return zeros
}

/** 1/odd mod 2^bits (Newton). */
function inverseOf(odd: bigint, bits: number): bigint {
  let inverse = 1n
  for (let known = 1; known < bits; ) {
    known = Math.min(2 * known, bits)
    inverse = BigInt.asUintN(known, inverse * (2n - BigInt.asUintN(known, odd) * inverse))
  }
  return inverse
}

function oddPower(base: bigint, exponent: Exponent, modulus: bigint): bigint {
  const bits = modulus.toString(16).length * 4
  if (bits <= 64) return wordPower(base, exponent, modulus)
  const least = Math.ceil((bits + 2) / BITS)
  const limbs = LENGTHS.find((length) => length >= least) ?? least
  if (limbs > MOST_LIMBS) return windowPower(base, exponent, (product) => product % modulus)
  const { kernel, area } = words()
  const radix = 1n << BigInt(limbs * BITS)
  writeLimbs(area, modulus, limbs)
  writeLimbs(area.subarray(NUMBER), radix % modulus, limbs)
  writeLimbs(area.subarray(2 * NUMBER), (base * radix) % modulus, limbs)
  kernel.beginPower(limbs)
  feed(area, exponent, (count) => kernel.power(count))
  kernel.endPower()
  const result = readLimbs(area, limbs)
  return result === modulus ? 0n : result
}

/** Modulo an odd number of at most 64 bits. */
function wordPower(base: bigint, exponent: Exponent, modulus: bigint): bigint {
  const { kernel, area } = words()
  const view = new DataView(area.buffer, area.byteOffset)
  view.setBigUint64(0, modulus, true)
  view.setBigUint64(8, (1n << 64n) % modulus, true)
  view.setBigUint64(16, (base << 64n) % modulus, true)
  kernel.beginPower64()
  feed(area, exponent, (count) => kernel.power64(count))
  kernel.endPower64()
  return view.getBigUint64(0, true)
}

/** base^exponent mod 2^bits. */
function powerOfTwosPower(base: bigint, exponent: Exponent, bits: number): bigint {
  // An even base has no bit left; odd ones repeat after 2^(bits - 2), so that the last bytes of the exponent say it all.
  const even = (base & 1n) === 0n
  if (even && (exponent.length > 4 || numberOf(exponent) >= bits)) return 0n
  const kept = Math.min(exponent.length, Math.ceil(bits / 8))
  const from = exponent.length - kept
  const last = significant({ bytes: exponent.bytes.subarray(from), length: kept })
  const limbs = Math.ceil(bits / BITS)
  if (limbs > MOST_LIMBS) return windowPower(BigInt.asUintN(bits, base), last, (product) => BigInt.asUintN(bits, product))
  const { kernel, area } = words()
  writeLimbs(area.subarray(NUMBER), 1n, limbs)
  writeLimbs(area.subarray(2 * NUMBER), BigInt.asUintN(bits, base), limbs)
  kernel.beginPowerLow(limbs)
  feed(area, last, (count) => kernel.power(count))
  kernel.endPower()
  return BigInt.asUintN(bits, readLimbs(area, limbs))
}

/** By windows of four bits. */
function windowPower(base: bigint, { bytes, length }: Exponent, reduce: (product: bigint) => bigint): bigint {
  const powers = [1n]
  while (powers.length < 16) powers.push(reduce(powers.at(-1)! * base))
  let result = 1n
  for (let i = 0; i < 2 * length; i++) {
    const byte = bytes[i >> 1] ?? 0
    const digit = i & 1 ? byte & 15 : byte >> 4
    for (let j = 0; j < 4; j++) result = reduce(result * result)
    if (digit) result = reduce(result * powers[digit]!)
  }
  return result
}

function feed(area: Uint8Array, { bytes, length }: Exponent, take: (count: number) => void): void {
  for (let at = 0; at < length; at += AREA) {
    const count = Math.min(AREA, length - at)
    const part = bytes.subarray(at, at + count)
    area.set(part)
    area.fill(0, part.length, count)
    take(count)
  }
}

function writeLimbs(area: Uint8Array, value: bigint, limbs: number): void {
  const digits = value.toString(16).padStart(limbs * DIGITS, '0')
  const view = new DataView(area.buffer, area.byteOffset)
  for (let i = 0; i < limbs; i++) {
    const end = (limbs - i) * DIGITS
    view.setUint32(4 * i, Number.parseInt(digits.slice(end - DIGITS, end), 16), true)
  }
}

function readLimbs(area: Uint8Array, limbs: number): bigint {
  const view = new DataView(area.buffer, area.byteOffset)
  let digits = ''
  for (let i = limbs - 1; i >= 0; i--)
    digits += view
      .getUint32(4 * i, true)
      .toString(16)
      .padStart(DIGITS, '0')
  return BigInt(`0x${digits}`)
}
