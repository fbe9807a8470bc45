/** What the pool holds and accepts. */
export interface PoolLimits {
  /** Transactions in the pool. */
  readonly maxTransactions: number
  /** Bytes of all transactions in the pool. */
  readonly maxBytes: number
  /** Transactions of one sender, executable and queued together. */
  readonly maxPerSender: number
  /** How far beyond the next executable nonce a queued transaction may lie. */
  readonly maxNonceGap: bigint
  /** A replacement raises both fees by at least this many percent. */
  readonly replacementPercent: bigint
  /** Seconds for which a transaction may wait behind a nonce gap. */
  readonly queuedSeconds: number
}

/** For a node that strangers reach. */
export const DEFAULT_POOL_LIMITS: PoolLimits = {
  maxTransactions: 10_000,
  maxBytes: 64 * 1024 * 1024,
  maxPerSender: 1_024,
  maxNonceGap: 1_024n,
  replacementPercent: 10n,
  queuedSeconds: 3 * 60 * 60,
}
