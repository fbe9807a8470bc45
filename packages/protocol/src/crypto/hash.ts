import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js'
import { keccak_256 as nobleKeccak256 } from '@noble/hashes/sha3.js'
import { bytesToHex, type Hex } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'

/** Bytes in, 32-byte digest out. */
export type HashFunction = (bytes: Uint8Array) => Uint8Array

/** Faster implementations for servers; browsers and tests use noble. */
export interface FastHashes {
  sha256?: HashFunction
  keccak256?: HashFunction
}

const ABC = Uint8Array.of(0x61, 0x62, 0x63)
const SHA256_ABC = '0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const KECCAK256_ABC = '0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'

let currentSha256: HashFunction = nobleSha256
let currentKeccak256: HashFunction = nobleKeccak256

/** SHA-256 (FIPS 180-4) of `bytes`, 32 bytes. */
export function sha256(bytes: Uint8Array): Uint8Array {
  return currentSha256(bytes)
}

/** Keccak-256 as Ethereum uses it (the padding before FIPS 202), 32 bytes. */
export function keccak256(bytes: Uint8Array): Uint8Array {
  return currentKeccak256(bytes)
}

/** `sha256` as hex: the form in which receipts and manifests hold it. */
export function sha256Hex(bytes: Uint8Array): Hex {
  return bytesToHex(currentSha256(bytes))
}

/** `keccak256` as hex. */
export function keccak256Hex(bytes: Uint8Array): Hex {
  return bytesToHex(currentKeccak256(bytes))
}

/**
 * Installs faster hash functions for the whole process; called by a server at its rim. Each must return a fresh array.
 * A function not given stays as it is; without any argument both go back to noble. One that fails its known answer is
 * refused with `CRYPTO_BACKEND`, and nothing is installed.
 */
export function setFastHashes(fast: FastHashes = { sha256: nobleSha256, keccak256: nobleKeccak256 }): void {
  const { sha256 = currentSha256, keccak256 = currentKeccak256 } = fast
  checkAnswer('sha256', sha256, SHA256_ABC)
  checkAnswer('keccak256', keccak256, KECCAK256_ABC)
  currentSha256 = sha256
  currentKeccak256 = keccak256
}

function checkAnswer(name: string, hash: HashFunction, expected: string): void {
  const answer = bytesToHex(hash(ABC))
  if (answer !== expected) {
    throw new OgError(
      'CRYPTO_BACKEND',
      `The ${name} given hashes "abc" to ${answer}; the right answer is ${expected}. Use noble instead.`,
      {
        details: { name, answer, expected },
      },
    )
  }
}
