const BPS = 10_000n

/**
 * The lowest price at which `Settlement` can pay the author's floor and the protocol's fee, OPG wei: royalties are at most half of
 * a price and fees at most a tenth, so only the floor can be too high. Anything at or above it settles.
 */
export function leastPrice(minRoyalty: bigint, feeBps: number): bigint {
  if (minRoyalty === 0n) return 0n
  const rest = BPS - BigInt(feeBps)
  return (minRoyalty * BPS + rest - 1n) / rest
}
