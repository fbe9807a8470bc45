import { createPublicKey, hash, verify } from 'node:crypto'
import { setFastHashes } from '../crypto/hash.ts'
import { type FastSecp256k1, setFastSecp256k1 } from '../crypto/signature.ts'
import { setFastEd25519 } from '../light/cometbft/signature.ts'
import { fastKeccak256 } from './keccak.ts'
import { type NativeSecp256k1, nativeSecp256k1 } from './secp256k1.ts'

export { AEAD_TAG, type Aead, fastAead } from './aead.ts'
export { fastKeccak256 } from './keccak.ts'
export { COMPILED_NATIVE } from './native.ts'
export { type NativeSecp256k1, nativeSecp256k1 } from './secp256k1.ts'
export { type TypedSigner, typedSigner } from './typedSigner.ts'

/** What this machine offers: `native` is libsecp256k1, `javascript` its thirty times slower fallback. */
export interface FastCrypto {
  readonly secp256k1: 'native' | 'javascript'
}

let installed: Promise<FastCrypto> | undefined

/**
 * Installs the fastest hashes and signatures of this machine for the whole process, once. Each has to give its known answers before it is used;
 * where there is no libsecp256k1, noble stays: slower, otherwise the same. A verdict takes a quarter of the time.
 */
export function installFastCrypto(): Promise<FastCrypto> {
  installed ??= install()
  return installed
}

async function install(): Promise<FastCrypto> {
  setFastHashes({ sha256: nodeSha256, keccak256: await fastKeccak256() })
  try {
    setFastEd25519(opensslEd25519)
  } catch {
    // OpenSSL has none in FIPS mode.
  }
  const native = nativeSecp256k1()
  if (!native) return { secp256k1: 'javascript' }
  setFastSecp256k1(curveOf(native))
  return { secp256k1: 'native' }
}

/** Back to noble, which runs in browsers. */
export function removeFastCrypto(): void {
  installed = undefined
  setFastHashes()
  setFastEd25519()
  setFastSecp256k1()
}

const curveOf = ({ recover, sign, publicKey }: NativeSecp256k1): FastSecp256k1 => ({
  recover,
  sign(digest, privateKey) {
    const signature = new Uint8Array(64)
    return { recovery: sign(digest, privateKey, signature), signature }
  },
  publicKey,
})

/** SHA-256 at once, and as text: Node takes three times as long for a hash object or a new buffer. Each digest is a fresh array. */
export function nodeSha256(bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary')
  const out = new Uint8Array(32)
  for (let i = 0; i < 32; i++) out[i] = text.charCodeAt(i)
  return out
}

/** What OpenSSL cannot read, it does not accept: noble has the last word. */
function opensslEd25519(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const x = Buffer.from(publicKey.buffer, publicKey.byteOffset, publicKey.byteLength).toString('base64url')
  try {
    return verify(null, message, createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }), signature)
  } catch {
    return false
  }
}
