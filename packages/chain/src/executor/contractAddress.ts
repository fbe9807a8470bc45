import { RLP } from '@ethereumjs/rlp'
import { type Address, bytesToHex, hexToBytes, keccak256 } from '@opengradient/protocol'

/** Where a contract created by a transaction of `sender` with this nonce lives. */
export function createContractAddress(sender: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(RLP.encode([hexToBytes(sender), nonce])).subarray(12))
}
