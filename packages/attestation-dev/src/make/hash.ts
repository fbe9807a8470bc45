import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js'

const HASHES = { 'SHA-256': sha256, 'SHA-384': sha384, 'SHA-512': sha512 } as const

export type HashName = keyof typeof HASHES

export const digest = (hash: HashName, bytes: Uint8Array): Uint8Array => HASHES[hash](bytes)
