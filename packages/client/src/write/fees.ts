/** What our transactions give whoever makes the block, wei per gas: as much as the base fee of a chain on which little happens. */
export const TIP = 100_000_000n

/** What the base fee may be above twice today's when a transaction's turn comes, wei per gas. */
const HEADROOM = 1_000_000_000n

/**
 * The most that our transactions pay for a gas, in wei: the base fee may double, and more where it is low, before their turn comes. What is
 * paid in the end is the base fee then, and `TIP`.
 *
 * @param header of the newest block
 */
export function mostGasPrice({ baseFeePerGas = 0n }: { readonly baseFeePerGas?: bigint | undefined }): bigint {
  return 2n * baseFeePerGas + HEADROOM
}

/**
 * `TIP` and about a hundredth more at most, drawn anew: two programs of one account that do the same at the same moment would else sign the same
 * transaction, and both be told that it was done, which it was once.
 */
export function drawnTip(): bigint {
  return TIP + BigInt(crypto.getRandomValues(new Uint32Array(1))[0]! >>> 12)
}
