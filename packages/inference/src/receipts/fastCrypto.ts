import { hash } from 'node:crypto'
import { createRequire } from 'node:module'
import { setFastHashes, setFastRecover, setFastSign } from '@opengradient/protocol'
import { createKeccak } from 'hash-wasm'

type Secp256k1 = typeof import('secp256k1')

/** What this machine offers: `native` is the compiled libsecp256k1, `javascript` its thirty times slower fallback. */
export interface FastCrypto {
  secp256k1: 'native' | 'javascript'
}

/**
 * Installs the fastest hashes and signatures of this machine for the whole process. Each is compared with the reference before
 * it is used. Where there is no prebuilt libsecp256k1, noble stays: slower, otherwise the same.
 */
export async function installFastCrypto(): Promise<FastCrypto> {
  const keccak = await createKeccak(256)
  setFastHashes({
    sha256,
    keccak256: (bytes) => keccak.init().update(offHeap(bytes)).digest('binary'),
  })
  const native = nativeSecp256k1()
  if (!native) return { secp256k1: 'javascript' }
  setFastSign((digest, privateKey) => {
    const { signature, recid } = native.ecdsaSign(digest, privateKey)
    return { signature, recovery: recid }
  })
  setFastRecover((digest, signature, recovery) => native.ecdsaRecover(signature, recovery, digest, false))
  return { secp256k1: 'native' }
}

/** Up to here V8 keeps an array's bytes on its own heap. */
const SHORT = 64
const shorts = Array.from({ length: SHORT + 1 }, (_, length) => Buffer.alloc(length))

/** What is short is copied to where hash-wasm can read it: V8 would move each of its arrays there for good, and free it on other threads. */
function offHeap(bytes: Uint8Array): Uint8Array {
  if (bytes.length > SHORT) return bytes
  const copy = shorts[bytes.length]!
  copy.set(bytes)
  return copy
}

/** At once, and as text: Node takes three times as long for a hash object or a new buffer. */
function sha256(bytes: Uint8Array): Uint8Array {
  const text = hash('sha256', bytes, 'binary')
  const out = new Uint8Array(32)
  for (let i = 0; i < 32; i++) out[i] = text.charCodeAt(i)
  return out
}

/** The compiled library, if there is one for this machine. The binding itself: the package's root would fall back to elliptic without a word. */
export function nativeSecp256k1(): Secp256k1 | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js') as Secp256k1
  } catch {
    return undefined
  }
}
