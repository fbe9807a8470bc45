import { createHash, randomBytes } from 'node:crypto'
import { bytesToHex, keccak256, sha256 } from '@opengradient/protocol'
import { keccak256 as viemKeccak256 } from 'viem'
import { beforeAll, expect, test } from 'vitest'
import { installFastCrypto } from './fastCrypto.ts'

beforeAll(installFastCrypto)

test('hashes of any length are those of other libraries, wherever the bytes lie', () => {
  for (let length = 0; length < 300; length++) {
    const own = new Uint8Array(randomBytes(length))
    const within = Buffer.from([1, 2, 3, ...own, 4]).subarray(3, 3 + length)
    for (const bytes of [own, within]) {
      expect(bytesToHex(keccak256(bytes)), `${length}`).toBe(viemKeccak256(own))
      expect(Buffer.from(sha256(bytes)), `${length}`).toEqual(createHash('sha256').update(own).digest())
    }
  }
})

test('a hash is not changed by those after it', () => {
  const [one, two] = [Uint8Array.of(1), Uint8Array.of(2)]
  const hashes = [keccak256(one), sha256(one)].map((hash) => [hash, Uint8Array.from(hash)] as const)
  keccak256(keccak256(two))
  sha256(sha256(two))
  for (const [hash, copy] of hashes) expect(hash).toEqual(copy)
})
