/**
 * The least base fee of networks that are made here, wei per gas: a tenth of what the first block asks. A settlement takes
 * 0.00002 to 0.00004 OPG then, half of it tip, and who keeps half of every block full pays 260 OPG a day, more with every block that is fuller.
 */
export const DEFAULT_MIN_BASE_FEE = 100_000_000n
