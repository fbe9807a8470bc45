import { base64url, isMachineFault } from '@opengradient/protocol'
import { wellFormed } from './form.ts'
import type { SignatureCheck, SignatureClaim } from './types.ts'

const E_65537 = 'AQAB'
const SALT = { 'SHA-256': 32, 'SHA-384': 48, 'SHA-512': 64 } as const

/** Signatures through the Web Cryptography API, which browsers and Node have built in. */
export const webCryptoCheck: SignatureCheck = async (claim) => {
  if (!wellFormed(claim)) return false
  try {
    return await verify(claim)
  } catch (error) {
    if (isMachineFault(error)) throw error
    return false
  }
}

async function verify({ key, scheme, hash, signature, message }: SignatureClaim): Promise<boolean> {
  const { subtle } = globalThis.crypto
  if (key.kind === 'ec') {
    const imported = await subtle.importKey('raw', plain(key.point), { name: 'ECDSA', namedCurve: key.curve }, false, ['verify'])
    return subtle.verify({ name: 'ECDSA', hash }, imported, plain(signature), plain(message))
  }
  const name = scheme === 'pss' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5'
  const jwk = { kty: 'RSA', n: base64url(key.modulus), e: E_65537 }
  const imported = await subtle.importKey('jwk', jwk, { name, hash }, false, ['verify'])
  const algorithm = scheme === 'pss' ? { name, saltLength: SALT[hash] } : { name }
  return subtle.verify(algorithm, imported, plain(signature), plain(message))
}

/** A copy over memory of its own: the API refuses views of shared memory. */
const plain = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)
