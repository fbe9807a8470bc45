import { fInv, fMod } from '../field/f.ts'
import { type K, kAdd, kMul, kScale, kSub } from '../field/k.ts'

/** Value at x of the cubic with s(0), s(2), s(3) and s(1) = claim − s(0): Lagrange's formula, term by term. SPEC 5 step 3. */
export function cubic(claim: K, s0: K, s2: K, s3: K, x: K): K {
  return lagrange([s0, kSub(claim, s0), s2, s3], x)
}

/** Value at x of the quadratic with s(0), s(2) and s(1) = claim − s(0). SPEC 5 step 10. */
export function quadratic(claim: K, s0: K, s2: K, x: K): K {
  return lagrange([s0, kSub(claim, s0), s2], x)
}

/** The polynomial with the given values at 0, 1, 2, …, at x. */
function lagrange(values: readonly K[], x: K): K {
  return values.reduce<K>(
    (sum, value, i) => {
      const product = values.reduce<K>((term, _, j) => {
        if (i === j) return term
        const distance = BigInt(i - j)
        return kScale(kMul(term, kSub(x, [BigInt(j), 0n])), fInv(fMod(distance)))
      }, value)
      return kAdd(sum, product)
    },
    [0n, 0n],
  )
}
