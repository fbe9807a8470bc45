import { createRequire } from 'node:module'
import { hexToBytes } from '../bytes/hex.ts'
import { compiledNative, usable } from './native.ts'

/** libsecp256k1, as far as it is used. Lengths are those of the bytes that are asked for. */
export interface NativeSecp256k1 {
  /** `compiled` here from `native/`, or the binary of npm's `secp256k1`, which takes twice as long to sign. */
  readonly from: 'compiled' | 'prebuilt'
  /**
   * Signs a digest (32) by RFC 6979, with low s, and writes r ‖ s (64) to `signature`.
   * @returns the recovery id
   * @throws Error when the private key (32) is none
   */
  sign(digest: Uint8Array, privateKey: Uint8Array, signature: Uint8Array): number
  /** The public key (65, from 0x04) that made a signature (64) of a digest (32). @throws Error when no key fits */
  recover(digest: Uint8Array, signature: Uint8Array, recovery: number): Uint8Array
  /** The public key (65, from 0x04) of a private key (32). @throws Error when that is none */
  publicKey(privateKey: Uint8Array): Uint8Array
}

/** As far as it is used of `secp256k1/bindings.js`: the package's root would fall back to elliptic without a word. */
interface Prebuilt {
  ecdsaSign(digest: Uint8Array, privateKey: Uint8Array, options: undefined, output: Uint8Array): { readonly recid: number }
  ecdsaRecover(signature: Uint8Array, recovery: number, digest: Uint8Array, compressed: boolean): Uint8Array
  publicKeyCreate(privateKey: Uint8Array, compressed: boolean): Uint8Array
}

const require = createRequire(import.meta.url)
const POINT = 65

let found: { readonly native: NativeSecp256k1 | undefined } | undefined

/** The fastest libsecp256k1 that there is for this machine and that gives its known answers; nothing where there is none. Looked for once. */
export function nativeSecp256k1(): NativeSecp256k1 | undefined {
  found ??= { native: usable(compiled, givesKnownAnswers) ?? usable(prebuilt, givesKnownAnswers) }
  return found.native
}

/** What `native/gen.mjs` compiled. @throws Error where it did not */
export function compiled(): NativeSecp256k1 {
  const native = compiledNative()
  return {
    from: 'compiled',
    sign(digest, privateKey, signature) {
      const recovery = native.sign(digest, privateKey, signature)
      if (recovery < 0) throw new Error('this is no private key')
      return recovery
    },
    recover(digest, signature, recovery) {
      const publicKey = new Uint8Array(POINT)
      if (!native.recover(digest, signature, recovery, publicKey)) throw new Error('no public key fits')
      return publicKey
    },
    publicKey(privateKey) {
      const publicKey = new Uint8Array(POINT)
      if (!native.publicKey(privateKey, publicKey)) throw new Error('this is no private key')
      return publicKey
    },
  }
}

/** The binary that npm's `secp256k1` brings. */
export function prebuilt(): NativeSecp256k1 {
  const native = require('secp256k1/bindings.js') as Prebuilt
  return {
    from: 'prebuilt',
    sign: (digest, privateKey, signature) => native.ecdsaSign(digest, privateKey, undefined, signature).recid,
    recover: (digest, signature, recovery) => native.ecdsaRecover(signature, recovery, digest, false),
    publicKey: (privateKey) => native.publicKeyCreate(privateKey, false),
  }
}

/** A digest of ones signed with a key of twos, as noble signs it. */
const KNOWN = {
  signature:
    '0x9d0bad576719d32ae76bedb34c774866673cbde3f4e12951555c9408e6ce774b2876e7102f204f6bfee26c967c3926ce702cf97d4b010062e193f763190f6776',
  recovery: 0,
  publicKey:
    '0x044d4b6cd1361032ca9bd2aeb9d900aa4d45d9ead80ac9423374c451a7254d07662a3eada2d0fe208b6d257ceb0f064284662e857f57b66b54c198bd310ded36d0',
} as const

/** Whether the library signs, recovers and derives as it should, and takes no key of zeros. */
export function givesKnownAnswers(native: NativeSecp256k1): boolean {
  const [digest, privateKey, signature] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2), new Uint8Array(64)]
  const publicKey = hexToBytes(KNOWN.publicKey)
  return (
    native.sign(digest, privateKey, signature) === KNOWN.recovery &&
    same(signature, hexToBytes(KNOWN.signature)) &&
    same(native.recover(digest, signature, KNOWN.recovery), publicKey) &&
    same(native.publicKey(privateKey), publicKey) &&
    throws(() => native.publicKey(new Uint8Array(32)))
  )
}

const same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0

function throws(work: () => unknown): boolean {
  try {
    work()
    return false
  } catch {
    return true
  }
}
