import { concatBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'

/** How the nonce of an authorisation begins that is for one answer of level zk. */
const TAG = utf8('og:zk:v1')
const PREFIX = bytesToHex(TAG)
const SALT = utf8('opengradient/zk/salt/v1')

/** What a payment of level zk is for. */
export interface ZkPaidFor {
  readonly modelId: Hex
  readonly requestId: Hex
  /** Values of the inputs, as in the statement. */
  readonly x: Uint8Array
  /** Last word of the statement's context. */
  readonly salt: Hex
}

/**
 * The nonce with which a payer signs for an answer of level zk to this input and for nothing else: eight bytes that say so, and the first 24 of
 * `keccak256(abi.encode(modelId, requestId, keccak256(x), salt))`. `Settlement` takes no receipt of another level for it, and `HeldPayments`
 * no proof about another input. Nobody can try inputs by it who does not have the salt.
 */
export function zkNonce({ modelId, requestId, x, salt }: ZkPaidFor): Hex {
  const hash = keccak256(concatBytes(hexToBytes(modelId, 32), hexToBytes(requestId, 32), keccak256(x), hexToBytes(salt, 32)))
  return bytesToHex(concatBytes(TAG, hash.subarray(0, 32 - TAG.length)))
}

/** Whether a nonce is one of `zkNonce`; a random one is not. */
export const isZkNonce = (nonce: Hex): boolean => nonce.toLowerCase().startsWith(PREFIX)

/** The salt of the statement of a request: its caller and its node can compute it, others cannot. `secret`: the request secret, 32 bytes. */
export function zkSaltOf(secret: Uint8Array): Hex {
  return bytesToHex(keccak256(concatBytes(SALT, secret)))
}
