import { bytesToHex, type Hex } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { suite } from './suite.ts'
import type { WebCryptoKeyPair } from './webcrypto.ts'

/** An enclave's key for sealed requests. The private half lives in memory only, and is gone with this object. */
export interface SealKey {
  /** X25519, 32 bytes: goes into the keyset (`hpke`). */
  readonly publicKey: Hex
  readonly pair: WebCryptoKeyPair
}

/** The key that belongs to 32 random bytes (RFC 9180, DeriveKeyPair). The caller erases them afterwards. Throws `CHANNEL_KEY_INVALID`. */
export async function deriveSealKey(seed: Uint8Array): Promise<SealKey> {
  if (seed.length !== 32) throw new OgError('CHANNEL_KEY_INVALID', `A key is derived from 32 random bytes, not ${seed.length}.`)
  const { kem } = await suite()
  const pair = await kem.deriveKeyPair(new Uint8Array(seed))
  return { publicKey: bytesToHex(new Uint8Array(await kem.serializePublicKey(pair.publicKey))), pair }
}
