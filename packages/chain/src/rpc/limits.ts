/** What one client may ask of the JSON-RPC server. Every limit answers with an error that names it. */
export interface RpcLimits {
  /** Bytes of one HTTP body or one WebSocket message. */
  readonly maxBodyBytes: number
  /** Calls in one batch. */
  readonly maxBatch: number
  /** Characters of one answer, or of all answers of a batch together. */
  readonly maxResponseChars: number
  /** Blocks that one log query may span. */
  readonly maxLogRange: number
  /** Logs that one query may return. */
  readonly maxLogs: number
  /** Filters that one WebSocket connection may hold; all HTTP clients share ten times as many, having no connection of their own. */
  readonly maxFilters: number
  /** Seconds after which a filter that nobody polls is forgotten. */
  readonly filterSeconds: number
  /** Subscriptions that one WebSocket connection may hold. */
  readonly maxSubscriptions: number
  /** WebSocket connections; of sockets of any kind there may be twice as many. */
  readonly maxConnections: number
  /** Bytes that may wait for a slow WebSocket client before its connection is closed. */
  readonly maxBacklogBytes: number
  /** Bytes that all clients together may hold: requests that wait, answers that are not taken, what filters and subscriptions name. Who holds the most is ended then. */
  readonly maxHeldBytes: number
  /** Gas that one `eth_call`, one estimate or all calls of one simulation may burn. */
  readonly maxCallGas: bigint
  /** Calls, estimates and access lists that run at the same time, of all clients together. */
  readonly maxCalls: number
  /** Calls, estimates and access lists that may wait for those. */
  readonly maxWaitingCalls: number
  /** Milliseconds that one of them may take, from when it begins; an estimate runs its message up to ten times. */
  readonly maxCallMilliseconds: number
  /** Simulations and traces that run at the same time, of all clients together. */
  readonly maxTraces: number
  /** Simulations and traces that may wait for those. */
  readonly maxWaitingTraces: number
  /** Milliseconds that one simulation or trace may take, from when it begins. */
  readonly maxTraceMilliseconds: number
  /** Log queries and fee histories that are worked on at the same time, of all clients together. */
  readonly maxScans: number
  /** Log queries and fee histories that may wait for those. */
  readonly maxWaitingScans: number
  /** Milliseconds that one of them may take, from when it begins. */
  readonly maxScanMilliseconds: number
  /** Blocks of one `eth_feeHistory`. */
  readonly maxFeeHistory: number
}

/** For a node that strangers reach. */
export const DEFAULT_RPC_LIMITS: RpcLimits = {
  maxBodyBytes: 5 * 1024 * 1024,
  maxBatch: 100,
  maxResponseChars: 25 * 1024 * 1024,
  maxLogRange: 10_000,
  maxLogs: 10_000,
  maxFilters: 100,
  filterSeconds: 300,
  maxSubscriptions: 100,
  maxConnections: 1_000,
  maxBacklogBytes: 16 * 1024 * 1024,
  maxHeldBytes: 256 * 1024 * 1024,
  maxCallGas: 60_000_000n,
  maxCalls: 1,
  maxWaitingCalls: 1_000,
  maxCallMilliseconds: 10_000,
  maxTraces: 2,
  maxWaitingTraces: 100,
  maxTraceMilliseconds: 5_000,
  maxScans: 2,
  maxWaitingScans: 100,
  maxScanMilliseconds: 10_000,
  maxFeeHistory: 1_024,
}
