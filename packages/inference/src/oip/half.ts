const number = new Float64Array(1)
const words = new Uint32Array(number.buffer)

/** The IEEE 754 binary16 nearest to a number, ties to even; too large ones become infinite. */
export function numberToHalf(value: number): number {
  number[0] = value
  const high = words[1]!
  const sign = (high >>> 16) & 0x8000
  if (Number.isNaN(value)) return 0x7e00
  const magnitude = Math.abs(value)
  if (magnitude >= 65520) return sign | 0x7c00
  // Below 2^-14 halves are multiples of 2^-24; above, of 2^(exponent - 10).
  const exponent = Math.max(((high >>> 20) & 0x7ff) - 1023, -14)
  const scaled = magnitude * 2 ** (10 - exponent)
  const floor = Math.floor(scaled)
  const rest = scaled - floor
  const rounded = rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
  // A fraction that rounds up to 2048 carries into the exponent by itself.
  return sign | (rounded < 1024 ? rounded : ((exponent + 15) << 10) + (rounded - 1024))
}
