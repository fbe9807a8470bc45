import {
  type Address,
  addressOf,
  bytesToHex,
  checkPrivateKey,
  encodeRlp,
  type Hex,
  hexToBytes,
  keccak256,
  signDigest,
} from '@opengradient/protocol'

/** A dynamic-fee transaction (EIP-1559). Fees in OPG wei per gas. */
export interface FeeTransaction {
  chainId: bigint
  nonce: number
  to: Address
  data: Uint8Array
  gas: bigint
  maxFeePerGas: bigint
  maxPriorityFeePerGas: bigint
}

/** A signed transaction and its hash. */
export interface RawTransaction {
  tx: Hex
  raw: Hex
}

/** The node's account, which pays for gas. */
export interface NodeAccount {
  readonly address: Address
  sign(transaction: FeeTransaction): RawTransaction
}

const TYPE = Uint8Array.of(2)

/**
 * An account from its private key. It signs with the process's hashes and signatures (native ones once `installFastCrypto` ran): a
 * transaction of 150 settlements is 125 kB, over which a wallet library would hold up requests for tens of milliseconds.
 */
export function nodeAccount(privateKey: Uint8Array): NodeAccount {
  checkPrivateKey(privateKey)
  return {
    address: addressOf(privateKey),
    sign: ({ chainId, nonce, to, data, gas, maxFeePerGas, maxPriorityFeePerGas }) => {
      const fields = [chainId, BigInt(nonce), maxPriorityFeePerGas, maxFeePerGas, gas].map(integer)
      const body = [...fields, hexToBytes(to), new Uint8Array(), data, []]
      const digest = keccak256(Buffer.concat([TYPE, encodeRlp(body)]))
      const signature = Buffer.from(signDigest(bytesToHex(digest), privateKey).slice(2), 'hex')
      const parts = [integer(BigInt(signature[64]! - 27)), trimmed(signature.subarray(0, 32)), trimmed(signature.subarray(32, 64))]
      const raw = Buffer.concat([TYPE, encodeRlp([...body, ...parts])])
      return { tx: bytesToHex(keccak256(raw)), raw: `0x${raw.toString('hex')}` }
    },
  }
}

/** An integer as RLP wants it: big-endian without leading zeros. */
function integer(value: bigint): Uint8Array {
  const text = value.toString(16)
  return value === 0n ? new Uint8Array() : Uint8Array.from(Buffer.from(text.length % 2 === 0 ? text : `0${text}`, 'hex'))
}

function trimmed(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(bytes.findIndex((byte) => byte !== 0))
}
