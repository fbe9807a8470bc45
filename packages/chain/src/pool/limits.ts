/** What the pool holds and accepts. */
export interface PoolLimits {
  /** Transactions in the pool. */
  readonly maxTransactions: number
  /** Bytes of all transactions in the pool, where an authorization counts as `AUTHORIZATION_BYTES` more. */
  readonly maxBytes: number
  /** Transactions of one sender, executable and queued together. */
  readonly maxPerSender: number
  /** Of a sender whose account has lent itself to code, or may before its turn (EIP-7702): how many nonces from the account's on may be used. */
  readonly maxPerLent: bigint
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
  maxPerLent: 1n,
  maxNonceGap: 1_024n,
  replacementPercent: 10n,
  queuedSeconds: 3 * 60 * 60,
}
