import type { Address } from '@opengradient/protocol'
import { bytesToHex, concatBytes, hexToBytes, keccak256 } from '@opengradient/protocol'
import { ADDRESSES } from './addresses.ts'
import { word } from './storage.ts'

/** Creation code of an EIP-1167 clone of the till, as OpenZeppelin's `Clones` makes it. */
const CLONE_CODE = hexToBytes(
  `0x3d602d80600a3d3981f3363d3d373d3d3d363d73${ADDRESSES.tillImplementation.slice(2)}5af43d82803e903d91602b57fd5bf3`,
)

/**
 * The till of a node: the payee of everything that is paid to it. Computed like `Settlement` does (CREATE2 by `Settlement`,
 * salt = node), so it is right even for an account that never registered: check the registration before signing anything.
 */
export function tillOf(node: Address): Address {
  const salt = word(BigInt(node))
  const hash = keccak256(concatBytes(Uint8Array.of(0xff), hexToBytes(ADDRESSES.settlement), salt, keccak256(CLONE_CODE)))
  return bytesToHex(hash.subarray(12))
}
