export { forgetKept, keepPool, takeKept } from './kept.ts'
export { DEFAULT_POOL_LIMITS, type PoolLimits } from './limits.ts'
export { createPool } from './pool.ts'
export type { RefusalReason } from './refusal.ts'
