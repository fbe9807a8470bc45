import type { Address } from '@opengradient/protocol'

/** Everything that determines block 0. Amounts are wei, `time` unix seconds. */
export interface Genesis {
  readonly chainId: bigint
  readonly validator: Address
  readonly faucets: readonly { readonly address: Address; readonly amount: bigint }[]
  readonly time: bigint
}
