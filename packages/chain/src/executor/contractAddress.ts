import { type Address, bytesToHex, hexToBytes, keccak256 } from '@opengradient/protocol'
import { encodeRlp } from '../trie/encode.ts'

/** Where a contract created by a transaction of `sender` with this nonce lives. */
export function createContractAddress(sender: Address, nonce: bigint): Address {
  return bytesToHex(keccak256(encodeRlp([hexToBytes(sender), nonce])).subarray(12))
}
