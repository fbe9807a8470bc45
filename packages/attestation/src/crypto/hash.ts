import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'
import type { HashName } from './types.ts'

const HASHES = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 } as const

/** The digest of the bytes. */
export function digest(hash: HashName, bytes: Uint8Array): Uint8Array {
  return HASHES[hash](bytes)
}

/** Bytes of a digest. */
export function digestSize(hash: HashName): number {
  return HASHES[hash].outputLen
}
