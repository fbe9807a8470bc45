/** A stream of 64-bit numbers from a seed that is printed, so that a failure can be had again: xorshift64*. */
export function drawSeed(seed = BigInt(Math.floor(Math.random() * 2 ** 31))): () => bigint {
  console.log(`seed ${seed}`)
  let state = BigInt.asUintN(64, seed * 0x9e3779b97f4a7c15n + 1n)
  return () => {
    state ^= state >> 12n
    state = BigInt.asUintN(64, state ^ (state << 25n))
    state ^= state >> 27n
    return BigInt.asUintN(64, state * 0x2545f4914f6cdd1dn)
  }
}
