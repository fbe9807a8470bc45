import type { SdkLevel } from '../context.ts'

/** Levels at which requests are sealed to an enclave. `development` is one that no hardware protects. */
export type TeeLevel = 'tee' | 'development'

export const isTeeLevel = (level: SdkLevel): level is TeeLevel => level === 'tee' || level === 'development'

/** How the chain and receipts write it. */
export const LEVEL_NUMBER: Readonly<Record<TeeLevel, number>> = { tee: 1, development: 129 }
