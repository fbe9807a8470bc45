import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from '@hpke/core'
import { loadNobleX25519 } from './noble.ts'

/** DHKEM(X25519, HKDF-SHA256) with the curve in JavaScript, for engines whose Web Cryptography API does not have it yet. */
class NobleKem extends DhkemX25519HkdfSha256 {
  constructor(curve: Awaited<ReturnType<typeof loadNobleX25519>>) {
    super()
    this._prim = curve(this._kdf)
  }
}

/** RFC 9180 base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM. `curve`: who multiplies points. */
export async function hpkeSuite(curve: 'native' | 'noble'): Promise<CipherSuite> {
  const kem = curve === 'native' ? new DhkemX25519HkdfSha256() : new NobleKem(await loadNobleX25519())
  return new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() })
}

let current: Promise<CipherSuite> | undefined

/** The suite over the fastest X25519 that this engine has. */
export function suite(): Promise<CipherSuite> {
  current ??= hasX25519().then((has) => hpkeSuite(has ? 'native' : 'noble'))
  return current
}

async function hasX25519(): Promise<boolean> {
  try {
    await globalThis.crypto.subtle.importKey('raw', Uint8Array.of(9, ...new Uint8Array(31)), 'X25519', true, [])
    return true
  } catch {
    return false
  }
}
