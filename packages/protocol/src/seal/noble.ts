import type { KdfInterface } from '@hpke/core'
import { utf8 } from '../bytes/bytes.ts'
import type { WebCryptoKey, WebCryptoKeyPair } from './webcrypto.ts'

/** A key that the Web Cryptography API never sees; `@hpke/core` only hands it back to us. */
interface RawKey {
  readonly raw: Uint8Array
}

const wrap = (raw: Uint8Array): WebCryptoKey => ({ raw }) satisfies RawKey as unknown as WebCryptoKey
const unwrap = (key: WebCryptoKey): Uint8Array => (key as unknown as RawKey).raw
const plain = (bytes: Uint8Array): ArrayBuffer => new Uint8Array(bytes).buffer

/** The library hands on plain memory, whatever view of it was passed. */
const memory = (bytes: ArrayBufferLike | ArrayBufferView): Uint8Array => new Uint8Array(bytes as ArrayBuffer)

function fixed(key: ArrayBufferLike | ArrayBufferView): Uint8Array {
  const bytes = memory(key).slice()
  if (bytes.length !== 32) throw new Error('An X25519 key has 32 bytes.')
  return bytes
}

/** Loads the curve (`@noble/curves`), which nobody with a current browser needs; gives the group operations of the KEM over it. */
export async function loadNobleX25519() {
  const { x25519 } = await import('@noble/curves/ed25519.js')
  return (kdf: KdfInterface) => {
    const pairOf = (secret: Uint8Array): WebCryptoKeyPair => ({ privateKey: wrap(secret), publicKey: wrap(x25519.getPublicKey(secret)) })
    return {
      serializePublicKey: async (key: WebCryptoKey) => plain(unwrap(key)),
      deserializePublicKey: async (key: ArrayBufferLike | ArrayBufferView) => wrap(fixed(key)),
      serializePrivateKey: async (key: WebCryptoKey) => plain(unwrap(key)),
      deserializePrivateKey: async (key: ArrayBufferLike | ArrayBufferView) => wrap(fixed(key)),
      importKey: async (_format: 'raw' | 'jwk', key: ArrayBuffer | object) => wrap(fixed(key as ArrayBuffer)),
      generateKeyPair: async () => pairOf(x25519.utils.randomSecretKey()),
      /** RFC 9180, 7.1.3. */
      deriveKeyPair: async (ikm: ArrayBufferLike | ArrayBufferView) => {
        const extracted = await kdf.labeledExtract(new Uint8Array(), utf8('dkp_prk'), memory(ikm))
        return pairOf(new Uint8Array(await kdf.labeledExpand(extracted, utf8('sk'), new Uint8Array(), 32)))
      },
      derivePublicKey: async (key: WebCryptoKey) => wrap(x25519.getPublicKey(unwrap(key))),
      /** Throws for points of low order, whose product says nothing about the other side. */
      dh: async (secret: WebCryptoKey, point: WebCryptoKey) => plain(x25519.getSharedSecret(unwrap(secret), unwrap(point))),
    }
  }
}
