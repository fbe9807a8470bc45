import { OgError } from '@opengradient/protocol'
import type { LocalAccount } from 'viem'
import { SDK_LEVELS, type SdkLevel, type SdkPolicy } from './context.ts'

// What an application without types may get wrong, where the consequence would be money, a level or a clock that is not kept.

/** A cap that is no amount caps nothing: compared with a text, or with nothing, no price is above it. @throws OgError `CONFIG_INVALID` */
export function requireCap(value: unknown, name: string): void {
  if (typeof value === 'bigint' && value >= 0n) return
  throw new OgError('CONFIG_INVALID', `${name} has to be an amount of OPG wei, such as opg('0.01'), a bigint; it is ${kindOf(value)}`)
}

/** @throws OgError `POLICY_LEVEL_UNMET` */
export function requireKnownLevel(level: SdkLevel): void {
  if (SDK_LEVELS.includes(level)) return
  throw new OgError(
    'POLICY_LEVEL_UNMET',
    `level ${JSON.stringify(level)} is not offered by this version; there are ${SDK_LEVELS.join(', ')}`,
  )
}

/** @throws OgError `CONFIG_INVALID`, `POLICY_LEVEL_UNMET` */
export function requirePolicy(policy: SdkPolicy): void {
  requireObject(policy, "policy, such as { level: 'signature', maxPrice: opg('0.01') },")
  requireKnownLevel(policy.level)
  requireCap(policy.maxPrice, 'policy.maxPrice')
  if (policy.maxPerDay !== undefined) requireCap(policy.maxPerDay, 'policy.maxPerDay')
}

/** @throws OgError `CONFIG_INVALID` */
export function requireAccount(account: LocalAccount | undefined): void {
  if (account === undefined || (typeof account?.address === 'string' && typeof account.signTypedData === 'function')) return
  throw new OgError('CONFIG_INVALID', `account has to be one of viem, such as privateKeyToAccount('0x…'); it is ${kindOf(account)}`)
}

/** @throws OgError `CONFIG_INVALID` */
export function requireTimeout(ms: unknown): void {
  if (typeof ms === 'number' && ms > 0 && Number.isFinite(ms)) return
  throw new OgError('CONFIG_INVALID', `timeoutMs has to be a number of milliseconds above zero; it is ${kindOf(ms)}`)
}

/** @throws OgError `CONFIG_INVALID` */
export function requireObject(value: unknown, name: string): void {
  if (typeof value === 'object' && value !== null) return
  throw new OgError('CONFIG_INVALID', `${name} has to be an object; it is ${kindOf(value)}`)
}

/** Never the value itself: it may be a secret in the wrong place. */
const kindOf = (value: unknown): string =>
  value === undefined ? 'missing' : value === null ? 'null' : typeof value === 'bigint' ? 'below zero' : `a ${typeof value}`
