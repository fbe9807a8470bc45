import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto'
import { base64, concatBytes, hexToBytes, OgError } from '@opengradient/protocol'
import { consensusAddress } from './identity.ts'

/** An ed25519 private key in PKCS #8 (RFC 8410) up to its 32 bytes. */
const PKCS8_PREFIX = hexToBytes('0x302e020100300506032b657004220420')
/** The same for a public key in SubjectPublicKeyInfo. */
const SPKI_PREFIX_BYTES = 12

/** The ed25519 public key, 32 bytes, of a seed of 32 bytes (RFC 8032). Throws `KEY_INVALID`. */
export function enginePublicKey(seed: Uint8Array): Uint8Array {
  return Uint8Array.from(createPublicKey(keyOf(seed)).export({ format: 'der', type: 'spki' }).subarray(SPKI_PREFIX_BYTES))
}

/** The ed25519 signature, 64 bytes, of a seed of 32 bytes (RFC 8032). Throws `KEY_INVALID`. Never over what CometBFT signs: votes are its alone. */
export const engineSign = (seed: Uint8Array, message: Uint8Array): Uint8Array => Uint8Array.from(sign(null, message, keyOf(seed)))

function keyOf(seed: Uint8Array): KeyObject {
  if (seed.length !== 32) throw new OgError('KEY_INVALID', `The seed of an ed25519 key has 32 bytes, not ${seed.length}.`)
  return createPrivateKey({ key: Buffer.from(concatBytes(PKCS8_PREFIX, seed)), format: 'der', type: 'pkcs8' })
}

/** How peers name a node, from the seed of its node key: the address of the public key, in hex without prefix. */
export const engineNodeId = (nodeSeed: Uint8Array): string => consensusAddress(enginePublicKey(nodeSeed)).slice(2)

/** The private key as CometBFT's JSON has it: the seed and the public key after each other. */
export const enginePrivateKey = (seed: Uint8Array): { readonly type: string; readonly value: string } => ({
  type: 'tendermint/PrivKeyEd25519',
  value: base64(concatBytes(seed, enginePublicKey(seed))),
})
