import { type Address, bytesToHex, type DevAccount, devAccount, type Hex, hexToBytes, keccak256 } from '@opengradient/protocol'
import secp256k1 from 'secp256k1'
import { serializeTransaction } from 'viem'

/** libsecp256k1: a benchmark signs tens of thousands of transactions. */
const { ecdsaSign } = secp256k1

export const CHAIN_ID = 2n ** 40n + 9n
/** Unix seconds. */
export const GENESIS_TIME = 1_780_000_000n
export const OPG = 10n ** 18n

export interface Call {
  /** Absent: makes a contract. */
  readonly to?: Address
  readonly gas: bigint
  readonly value?: bigint
  readonly data?: Hex
}

/** An account that counts its own nonce. */
export interface Wallet {
  readonly address: Address
  readonly key: DevAccount
  /** The signed transaction with the next nonce. */
  send(call: Call): Promise<Uint8Array>
}

export function wallet(index: number): Wallet {
  const key = devAccount(CHAIN_ID, index)
  let nonce = 0
  return {
    address: key.address,
    key,
    send: async (call) => {
      const transaction = {
        type: 'eip1559',
        chainId: Number(CHAIN_ID),
        nonce: nonce++,
        maxFeePerGas: 10n ** 12n,
        maxPriorityFeePerGas: 1n,
        ...call,
      } as const
      const digest = keccak256(hexToBytes(serializeTransaction(transaction)))
      const { signature, recid } = ecdsaSign(digest, key.privateKey)
      const [r, s] = [bytesToHex(signature.slice(0, 32)), bytesToHex(signature.slice(32))]
      return hexToBytes(serializeTransaction(transaction, { r, s, yParity: recid }))
    },
  }
}

/** New ones for each chain, because each counts its nonce. */
export const wallets = (count: number): Wallet[] => Array.from({ length: count }, (_, i) => wallet(100 + i))

let made = 0
/** An address that nobody had before. */
export const fresh = (): Address => `0x${(++made).toString(16).padStart(40, 'a')}`
