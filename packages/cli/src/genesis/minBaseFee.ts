/**
 * The least base fee of networks that are made here, wei per gas: a tenth of what the first block asks. A settlement takes some 0.00001 OPG
 * then, and who keeps half of every block full pays 260 OPG a day, more with every block that is fuller.
 */
export const DEFAULT_MIN_BASE_FEE = 100_000_000n
