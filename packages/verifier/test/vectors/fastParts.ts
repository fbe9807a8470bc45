import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { setFastHashes, setFastRecover, setFastSign } from '@opengradient/protocol'
import { createKeccak } from 'hash-wasm'

const keccak = await createKeccak(256)

/** Makes hashes and signatures fast; the answers stay the same. Where there is no libsecp256k1 for this machine noble stays, which is slower. */
export function setFastParts(): void {
  setFastHashes({
    sha256: (bytes) => new Uint8Array(createHash('sha256').update(bytes).digest()),
    keccak256: (bytes) => keccak.init().update(bytes).digest('binary'),
  })
  const native = nativeSecp256k1()
  if (!native) return
  setFastSign((digest, key) => {
    const { signature, recid } = native.ecdsaSign(digest, key)
    return { signature, recovery: recid }
  })
  setFastRecover((digest, signature, recovery) => native.ecdsaRecover(signature, recovery, digest, false))
}

/** Back to noble, which runs in browsers. */
export function setReferenceParts(): void {
  setFastHashes()
  setFastSign()
  setFastRecover()
}

function nativeSecp256k1(): typeof import('secp256k1') | undefined {
  try {
    return createRequire(import.meta.url)('secp256k1/bindings.js') as typeof import('secp256k1')
  } catch {
    return undefined
  }
}
