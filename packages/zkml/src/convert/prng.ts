/** Uniform numbers in [0, 1), the same on every machine: xorshift32 from a seed, 24 bits each. */
export function prng(seed: number): () => number {
  let state = (seed | 0) === 0 ? 0x9e37_79b9 : seed | 0
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 8) / 2 ** 24
  }
}
