import type { Block } from '@ethereumjs/block'
import type { Address } from '@opengradient/protocol'
import type { AccountOverride, BlockOverride, CallRequest, CallResult, ChainLog } from '../chain.ts'

/** A message of a simulated block. Without a nonce it takes the sender's next one. */
export type SimulatedMessage = CallRequest & { readonly nonce?: bigint }

/** A block to make up: what its header says, what is different before it begins, and what is called in it. */
export interface SimulatedBlockRequest {
  readonly block: BlockOverride
  readonly overrides: ReadonlyMap<Address, AccountOverride>
  readonly calls: readonly SimulatedMessage[]
}

export interface SimulationRequest {
  readonly blocks: readonly SimulatedBlockRequest[]
  /** Moves of the coin are reported as ERC-20 transfers of 0xeeee…, in the logs of the calls (not in the receipts). */
  readonly traceTransfers: boolean
  /** Nonces and base fees count, as they do for transactions. */
  readonly validation: boolean
}

/** What one simulation may use up. */
export interface SimulationLimits {
  /** Gas of all calls together. */
  readonly gas: bigint
  /** Milliseconds. */
  readonly milliseconds: number
}

/** What one call did. `maxUsedGas` is the gas before refunds: what the limit had to be. */
export interface SimulatedCall extends Omit<CallResult, 'logs' | 'accessList'> {
  readonly maxUsedGas: bigint
  readonly logs: readonly ChainLog[]
}

/** A block that never was, with its hash and roots as if it had been. Its transactions are unsigned and know their senders. */
export interface SimulatedBlock {
  readonly block: Block
  readonly calls: readonly SimulatedCall[]
}

/** More blocks than this after the base are refused, those that fill gaps included. */
export const MAX_SIMULATED_BLOCKS = 256
