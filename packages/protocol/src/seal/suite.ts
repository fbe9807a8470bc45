import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256 } from '@hpke/core'
import { ShortHkdf } from './hkdf.ts'
import { loadNobleX25519 } from './noble.ts'

/** Identifies the KEM in its key derivation (RFC 9180, 4.1): "KEM" and its number. */
const KEM_SUITE = Uint8Array.of(0x4b, 0x45, 0x4d, 0x00, 0x20)

/** DHKEM(X25519, HKDF-SHA256) over the curve of the Web Cryptography API, or of `curve` in engines that do not have it yet. */
class Kem extends DhkemX25519HkdfSha256 {
  constructor(curve?: Awaited<ReturnType<typeof loadNobleX25519>>) {
    super()
    const kdf = new ShortHkdf()
    kdf.init(KEM_SUITE)
    this._kdf = kdf
    if (curve) this._prim = curve(kdf)
  }
}

/** RFC 9180 base mode with DHKEM(X25519, HKDF-SHA256), HKDF-SHA256 and AES-256-GCM. `curve`: who multiplies points. */
export async function hpkeSuite(curve: 'native' | 'noble'): Promise<CipherSuite> {
  const kem = new Kem(curve === 'native' ? undefined : await loadNobleX25519())
  return new CipherSuite({ kem, kdf: new ShortHkdf(), aead: new Aes256Gcm() })
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
