import { type K, P } from '../../../reference/field.ts'

const dot = (x: readonly bigint[], y: readonly bigint[]) => x.reduce((total, value, i) => total + value * y[i]!, 0n)
const nearest = (x: bigint, by: bigint) => {
  const twice = 2n * x + by
  const q = twice / (2n * by)
  return twice < 0n && q * 2n * by !== twice ? q - 1n : q
}

/** A reduced basis of the lattice of these independent rows: LLL with integers only (Cohen, algorithm 2.6.7). */
export function reduce(rows: readonly (readonly bigint[])[]): bigint[][] {
  const b = rows.map((row) => [...row])
  const n = b.length
  const d = new Array<bigint>(n + 1).fill(1n)
  const lambda = b.map(() => new Array<bigint>(n).fill(0n))
  const settle = (k: number) => {
    for (let j = 0; j <= k; j++) {
      let u = dot(b[k]!, b[j]!)
      for (let i = 0; i < j; i++) u = (d[i + 1]! * u - lambda[k]![i]! * lambda[j]![i]!) / d[i]!
      if (j < k) lambda[k]![j] = u
      else d[k + 1] = u
    }
  }
  const shorten = (k: number, l: number) => {
    if (2n * (lambda[k]![l]! < 0n ? -lambda[k]![l]! : lambda[k]![l]!) <= d[l + 1]!) return
    const q = nearest(lambda[k]![l]!, d[l + 1]!)
    b[k] = b[k]!.map((value, i) => value - q * b[l]![i]!)
    lambda[k]![l] = lambda[k]![l]! - q * d[l + 1]!
    for (let i = 0; i < l; i++) lambda[k]![i] = lambda[k]![i]! - q * lambda[l]![i]!
  }
  settle(0)
  let known = 0
  for (let k = 1; k < n; ) {
    if (k > known) {
      known = k
      settle(k)
    }
    shorten(k, k - 1)
    const mu = lambda[k]![k - 1]!
    if (4n * (d[k + 1]! * d[k - 1]! + mu * mu) >= 3n * d[k]! * d[k]!) {
      for (let l = k - 2; l >= 0; l--) shorten(k, l)
      k++
      continue
    }
    ;[b[k], b[k - 1]] = [b[k - 1]!, b[k]!]
    for (let j = 0; j < k - 1; j++) [lambda[k]![j], lambda[k - 1]![j]] = [lambda[k - 1]![j]!, lambda[k]![j]!]
    const B = (d[k - 1]! * d[k + 1]! + mu * mu) / d[k]!
    for (let i = k + 1; i <= known; i++) {
      const t = lambda[i]![k]!
      lambda[i]![k] = (d[k + 1]! * lambda[i]![k - 1]! - mu * t) / d[k]!
      lambda[i]![k - 1] = (B * t + mu * lambda[i]![k]!) / d[k + 1]!
    }
    d[k] = B
    k = Math.max(1, k - 1)
  }
  return b
}

/** Small integers, not all 0, with Σ weights[i]·result[i] = 0 in K: what somebody finds who may choose values after the challenge. */
export function smallRelation(weights: readonly K[]): bigint[] {
  const big = 2n ** 80n
  const n = weights.length
  const rows = [
    ...weights.map((weight, i) => [...Array.from({ length: n }, (_, j) => (i === j ? 1n : 0n)), big * weight[0], big * weight[1]]),
    [...new Array<bigint>(n).fill(0n), big * P, 0n],
    [...new Array<bigint>(n).fill(0n), 0n, big * P],
  ]
  const found = reduce(rows).find((row) => row[n] === 0n && row[n + 1] === 0n && row.some((value) => value !== 0n))
  if (!found) throw new Error('no relation')
  return found.slice(0, n)
}
