import { OgError } from '@opengradient/protocol'

/** Why a transaction does not enter the pool: `details.reason` of the error. */
export type RefusalReason =
  | 'gas_too_low'
  | 'gas_over_block'
  | 'nonce_too_low'
  | 'nonce_too_high'
  | 'nonce_max'
  | 'underpriced'
  | 'funds'
  | 'sender_is_contract'
  | 'sender_full'
  | 'sender_lent'
  | 'authority_reserved'
  | 'pool_full'

/**
 * A refused transaction. The messages begin with the phrases of geth, because viem, ethers, Hardhat and Foundry
 * recognise failures by them ("nonce too low", "replacement transaction underpriced", …).
 */
export function refuse(reason: RefusalReason, message: string, details: Record<string, unknown> = {}): OgError {
  return new OgError('CHAIN_TX_REJECTED', message, { details: { reason, ...details } })
}
