/** A reproducible stream of choices (splitmix64). Not for keys. */
export interface Random {
  /** 0 ≤ n < below. */
  below(below: number): number
  /** 0 ≤ n < below, up to 2^128. */
  bigBelow(below: bigint): bigint
  /** True once in `n` times on average. */
  oneIn(n: number): boolean
  pick<T>(choices: readonly T[]): T
}

export function createRandom(seed: bigint): Random {
  const mask = 2n ** 64n - 1n
  let state = seed & mask
  const split = () => {
    state = (state + 0x9e3779b97f4a7c15n) & mask
    let z = state
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & mask
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & mask
    return z ^ (z >> 31n)
  }
  const bigBelow = (below: bigint) => ((split() << 64n) | split()) % below
  const below = (limit: number) => Number(bigBelow(BigInt(limit)))
  return {
    below,
    bigBelow,
    oneIn: (n) => below(n) === 0,
    pick: (choices) => choices[below(choices.length)]!,
  }
}

/** The seed of a run: `OG_SEED` (decimal), to repeat one; otherwise drawn, and printed by the test. */
export function drawSeed(): bigint {
  const given = process.env.OG_SEED
  return given === undefined ? crypto.getRandomValues(new BigUint64Array(1))[0]! : BigInt(given)
}
