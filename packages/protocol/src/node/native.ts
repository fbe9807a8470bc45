import { randomBytes } from 'node:crypto'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

/** What the library that is compiled from `native/` exports: whoever calls it gives the memory for what comes out. */
export interface Native {
  sign(digest: Uint8Array, privateKey: Uint8Array, signature: Uint8Array): number
  signTyped(domain: Uint8Array, struct: Uint8Array, privateKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): number
  recover(digest: Uint8Array, signature: Uint8Array, recovery: number, publicKey: Uint8Array): boolean
  publicKey(privateKey: Uint8Array, publicKey: Uint8Array): boolean
  seal(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, sealed: Uint8Array): boolean
  open(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, plain: Uint8Array): boolean
  keccak256(data: Uint8Array, digest: Uint8Array): boolean
}

/** Where that library is, if it was compiled. */
export const COMPILED_NATIVE = fileURLToPath(new URL(`../../native/dist/native-${process.platform}-${process.arch}.node`, import.meta.url))

let loaded: Native | undefined

/** The compiled library of this thread. @throws Error where there is none */
export function compiledNative(): Native {
  loaded ??= load()
  return loaded
}

/** What can be loaded and gives its known answers. */
export function usable<T>(load: () => T, givesKnownAnswers: (loaded: T) => boolean): T | undefined {
  try {
    const loaded = load()
    return givesKnownAnswers(loaded) ? loaded : undefined
  } catch {
    return undefined
  }
}

function load(): Native {
  const native = createRequire(import.meta.url)(COMPILED_NATIVE) as Native & { randomize(seed: Uint8Array): boolean }
  if (!native.randomize(randomBytes(32))) throw new Error('the secrets of libsecp256k1 cannot be blinded')
  return native
}
