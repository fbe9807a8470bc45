import { createCipheriv, createDecipheriv } from 'node:crypto'
import { hexToBytes } from '../bytes/hex.ts'
import { compiledNative, usable } from './native.ts'

/** AES-256-GCM (NIST SP 800-38D): keys of 32 bytes, nonces of 12, and a tag of 16 behind what is sealed. The memory for what comes out is given. */
export interface Aead {
  /** `compiled` here from `native/`, or by way of `node:crypto`, which takes five times as long for a kilobyte. */
  readonly from: 'compiled' | 'node'
  /** @param sealed 16 bytes longer than `plain` */
  seal(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, plain: Uint8Array, sealed: Uint8Array): void
  /**
   * @param plain 16 bytes shorter than `sealed`; zeros if it does not open
   * @returns whether it was sealed with this key, nonce and additional data, and is as it was
   */
  open(key: Uint8Array, nonce: Uint8Array, additional: Uint8Array, sealed: Uint8Array, plain: Uint8Array): boolean
}

/** Bytes that what is sealed is longer. */
export const AEAD_TAG = 16

let found: Aead | undefined

/** The fastest AES-256-GCM that there is for this machine and that gives its known answers. Looked for once. */
export function fastAead(): Aead {
  found ??= usable(compiledAead, aeadKnownAnswers) ?? nodeAead
  return found
}

/** That of OpenSSL in one call, by way of what was compiled. @throws Error where nothing was */
export function compiledAead(): Aead {
  const { seal, open } = compiledNative()
  return {
    from: 'compiled',
    seal(key, nonce, additional, plain, sealed) {
      if (!seal(key, nonce, additional, plain, sealed)) throw new Error('OpenSSL does not seal')
    },
    open,
  }
}

/** That of `node:crypto`. */
export const nodeAead: Aead = {
  from: 'node',
  seal(key, nonce, additional, plain, sealed) {
    const cipher = createCipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(additional)
    const bytes = cipher.update(plain)
    cipher.final()
    sealed.set(bytes)
    sealed.set(cipher.getAuthTag(), bytes.length)
  },
  open(key, nonce, additional, sealed, plain) {
    const end = sealed.length - AEAD_TAG
    const cipher = createDecipheriv('aes-256-gcm', key, nonce)
    cipher.setAAD(additional)
    cipher.setAuthTag(sealed.subarray(end))
    const bytes = cipher.update(sealed.subarray(0, end))
    try {
      cipher.final()
      plain.set(bytes)
      return true
    } catch {
      plain.fill(0)
      return false
    } finally {
      bytes.fill(0)
    }
  },
}

/** Test case 16 of the specification of GCM (McGrew and Viega, 2005). */
const KNOWN = {
  key: 'feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308',
  nonce: 'cafebabefacedbaddecaf888',
  additional: 'feedfacedeadbeeffeedfacedeadbeefabaddad2',
  plain: 'd9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39',
  sealed:
    '522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b',
} as const

/** Whether it seals and opens as it should, twice, and does not open what was altered. */
export function aeadKnownAnswers(aead: Aead): boolean {
  const of = (name: keyof typeof KNOWN) => hexToBytes(`0x${KNOWN[name]}`)
  const [key, nonce, additional, plain, expected] = [of('key'), of('nonce'), of('additional'), of('plain'), of('sealed')]
  const altered = expected.map((byte, i) => (i === 0 ? byte ^ 1 : byte))
  const opens = (sealed: Uint8Array, out: Uint8Array) => aead.open(key, nonce, additional, sealed, out)
  return [1, 2].every(() => {
    const [sealed, opened] = [new Uint8Array(expected.length), new Uint8Array(plain.length)]
    aead.seal(key, nonce, additional, plain, sealed)
    if (Buffer.compare(sealed, expected) !== 0 || !opens(sealed, opened) || Buffer.compare(opened, plain) !== 0) return false
    return !opens(altered, opened) && opened.every((byte) => byte === 0)
  })
}
