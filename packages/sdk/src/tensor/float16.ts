import { arrayName } from '@opengradient/protocol'
import { type Take, when } from '@opengradient/protocol/take'

const f32 = new Float32Array(1)
const bits = new Uint32Array(f32.buffer)

/** Numbers as IEEE 754 half precision, rounded to nearest, ties to even: the data of an FP16 tensor. */
export function float16(values: ArrayLike<number>): Uint16Array {
  return Uint16Array.from(numbers(values, 'values'), toHalf)
}

/** The numbers of an FP16 tensor. Every half-precision value is exact in single precision. */
export function fromFloat16(data: Uint16Array): Float32Array {
  return Float32Array.from(numbers(data, 'data'), fromHalf)
}

const numbers: Take<ArrayLike<number>> = when(
  'numbers, such as Float32Array.of(0.1, 0.2) or [0.1, 0.2]',
  (value) => arrayName(value) !== undefined || (Array.isArray(value) && value.every((one) => typeof one === 'number')),
)

function toHalf(value: number): number {
  // Rounding to single precision first could round twice; adding the right power of two rounds once, in double precision.
  const size = Math.abs(value)
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  if (size < 2 ** -14) return sign | roundEven(size * 2 ** 24)
  const exponent = Math.floor(Math.log2(size))
  const power = 2 ** exponent > size ? exponent - 1 : 2 ** (exponent + 1) <= size ? exponent + 1 : exponent
  return sign | (((power + 14) << 10) + roundEven(size * 2 ** (10 - power)))
}

/** `value` is exact here: scaling by a power of two changes no digit. */
function roundEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}

function fromHalf(half: number): number {
  const exponent = (half >> 10) & 31
  const fraction = half & 1023
  const sign = half & 0x8000 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent < 31) return sign * (1024 + fraction) * 2 ** (exponent - 25)
  bits[0] = (half & 0x8000 ? 0x80000000 : 0) | 0x7f800000 | (fraction << 13)
  return f32[0] as number
}
