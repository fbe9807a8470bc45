import { type NetworkFile, networkFileSchema, OgError, parseAs } from '@opengradient/protocol'
import * as t from '@opengradient/protocol/take'
import type { LocalAccount } from 'viem'
import { SDK_LEVELS, type SdkLevel, type SdkPolicy } from './context.ts'

// What a connection is made from, where the consequence of a mistake would be money, a level or a clock that is not kept.

/** @throws OgError `POLICY_LEVEL_UNMET` */
export const level: t.Take<SdkLevel> = (value) => {
  if (SDK_LEVELS.includes(value as SdkLevel)) return value as SdkLevel
  throw new OgError(
    'POLICY_LEVEL_UNMET',
    `level ${typeof value === 'string' ? JSON.stringify(value.slice(0, 60)) : t.kindOf(value)} is not offered by this version; there are ${SDK_LEVELS.join(', ')}`,
  )
}

/** @throws OgError `CONFIG_INVALID`, `POLICY_LEVEL_UNMET` */
export const policy: t.Take<SdkPolicy> = t.options({
  level,
  maxPrice: t.amount,
  maxPerDay: t.optional(t.amount),
  attestation: t.optional(t.members({})),
  fresh: t.optional(t.flag),
})

const account: t.Take<LocalAccount> = t.when(
  "one of viem, such as privateKeyToAccount('0x…')",
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'address' in value &&
    typeof value.address === 'string' &&
    'signTypedData' in value &&
    typeof value.signTypedData === 'function',
)

/** @throws OgError `NETWORK_FILE_INVALID` */
const network: t.Take<NetworkFile> = (value, name) =>
  parseAs(networkFileSchema, t.members({})(value, name), 'NETWORK_FILE_INVALID', 'the network file') as NetworkFile

const fetching = t.callable<typeof fetch>('globalThis.fetch')
const stores = t.list(t.url)

/** Members of `ConnectOptions`. */
export const CONNECT = {
  network,
  rpcUrl: t.optional(t.url),
  account: t.optional(account),
  policy,
  stores: t.optional(stores),
  upload: t.optional(t.members({ url: t.url, token: t.text('the one that the store was started with') })),
  ledger: t.optional(t.having('an object', 'take', 'giveBack', 'spent')),
  book: t.optional(t.having('an object', 'put', 'get', 'list')),
  fetch: t.optional(fetching),
  nodeHttp: t.optional(t.callable('webHttp(fetch)')),
  now: t.optional(t.callable('() => Date.now() / 1000')),
} as const
