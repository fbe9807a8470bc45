import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import type { Address } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { keccak256 } from './hash.ts'
import { addressOf } from './signature.ts'

/** Which development account plays which part on a local network. */
export const DEV_ACCOUNTS = { user: 0, nodeOperator: 1, faucet: 2, validator: 3, receiptKey: 4 } as const

/** An account whose private key everybody can compute. */
export interface DevAccount {
  /** 32 bytes; public knowledge. */
  readonly privateKey: Uint8Array
  /** Computed when it is asked for: many need the key alone. */
  readonly address: Address
}

const LABEL = utf8('OpenGradient local development account')

/**
 * The development account `index` of the local chain `chainId`: its private key is
 * `keccak256(label ‖ u64be chainId ‖ u32be index)`. The key depends on the chain, and every local genesis draws its own
 * chainId, so what it signs means nothing elsewhere. Never use it on a public network: anybody can spend from it.
 */
export function devAccount(chainId: number | bigint, index: number): DevAccount {
  if (BigInt(chainId) <= 0n) throw new OgError('NUMBER_MALFORMED', `chainId: ${chainId} is not a chain id.`)
  const privateKey = keccak256(concatBytes(LABEL, uintBytes(chainId, 8, 'chainId'), uintBytes(index, 4, 'index')))
  return {
    privateKey,
    get address() {
      return addressOf(privateKey)
    },
  }
}
