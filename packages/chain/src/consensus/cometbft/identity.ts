import { createHash } from 'node:crypto'
import { bytesToHex, type Hex, OgError } from '@opengradient/protocol'
import type { RequestOf } from './envelope.ts'

/** Version of the rules: raised when the same block would give another app hash. CometBFT writes it into each header. */
export const APP_VERSION = 1n

/** CometBFT's name of the network, which votes and handshakes of other networks do not have. */
export const engineChainId = (chainId: bigint): string => `og-${chainId}`

/** A consensus key as CometBFT's messages have it: ed25519 has 32 bytes, compressed secp256k1 33. Throws `INTERNAL` for other lengths. */
export function publicKeyOf(key: Uint8Array): { readonly ed25519: Uint8Array } | { readonly secp256k1: Uint8Array } {
  if (key.length === 32) return { ed25519: key }
  if (key.length === 33) return { secp256k1: key }
  throw new OgError('INTERNAL', `A consensus key has ${key.length} bytes: neither ed25519 (32) nor compressed secp256k1 (33).`)
}

/** The key in a message of CometBFT; undefined for a kind that this network does not use. */
export function keyBytesOf({ ed25519, secp256k1 }: RequestOf<'initChain'>['validators'][number]['pubKey']): Uint8Array | undefined {
  return ed25519 ?? secp256k1
}

/** CometBFT's address of a consensus key, 20 bytes: SHA-256 cut short for ed25519, RIPEMD-160 of SHA-256 for secp256k1. */
export function consensusAddress(key: Uint8Array): Hex {
  const digest = createHash('sha256').update(key).digest()
  const address = 'ed25519' in publicKeyOf(key) ? digest.subarray(0, 20) : createHash('ripemd160').update(digest).digest()
  return bytesToHex(address)
}
