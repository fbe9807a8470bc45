import { keyAccount } from '@opengradient/client'
import { type Hex, hexToBytes, OgError } from '@opengradient/protocol'
import type { PrivateKeyAccount } from 'viem/accounts'

/** The account of a private key: 32 bytes in hex. @throws OgError `KEY_INVALID`, which does not say what was given */
export function privateKeyToAccount(key: Hex): PrivateKeyAccount {
  try {
    if (typeof key === 'string' && /^0x[0-9a-fA-F]{64}$/.test(key)) return keyAccount(hexToBytes(key.toLowerCase() as Hex, 32, 'key'))
  } catch {
    // Zero, or above the order of the curve; what the library says is not handed on with a key.
  }
  throw new OgError(
    'KEY_INVALID',
    "a private key is 32 bytes in hex, such as '0x…' with 64 digits, neither zero nor above the curve's order",
  )
}
