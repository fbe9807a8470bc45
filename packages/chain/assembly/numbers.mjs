// Arithmetic for the constants of the kernels.

const mod = (a, p) => ((a % p) + p) % p

export function power(a, exponent, p) {
  let [result, square] = [1n, mod(a, p)]
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % p
    square = (square * square) % p
  }
  return result
}

/** Square root for p = 3 mod 4. */
export function root(a, p) {
  const found = power(a, (p + 1n) / 4n, p)
  if (mod(found * found - a, p) !== 0n) throw new Error('not a square')
  return found
}

export const invert = (a, p) => power(a, p - 2n, p)

/** Complex numbers mod p: [real, imaginary]. */
export const complex = (p) => {
  const mul = ([a, b], [c, d]) => [mod(a * c - b * d, p), mod(a * d + b * c, p)]
  const inverse = ([a, b]) => {
    const norm = invert(a * a + b * b, p)
    return [mod(a * norm, p), mod(-b * norm, p)]
  }
  const raise = (a, exponent) => {
    let [result, square] = [[1n, 0n], a]
    for (let rest = exponent; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = mul(result, square)
      square = mul(square, square)
    }
    return result
  }
  return { mul, invert: inverse, power: raise, negate: ([a, b]) => [mod(-a, p), mod(-b, p)] }
}

/** Digits -1, 0 and 1 without neighbours, the highest first. */
export function nonAdjacent(k) {
  const digits = []
  for (let rest = k; rest > 0n; rest >>= 1n) {
    const digit = rest & 1n ? 2n - (rest & 3n) : 0n
    digits.unshift(Number(digit))
    rest -= digit
  }
  return digits
}
