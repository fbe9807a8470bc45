import { createHash } from 'node:crypto'
import { keccak_256 } from '@noble/hashes/sha3.js'
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { keccak256, keccak256Hex, setFastHashes, sha256, sha256Hex } from './hash.ts'

const nodeSha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest())

describe('hashes', () => {
  it('are the ones of the standards', () => {
    expect(sha256Hex(new Uint8Array())).toBe('0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
    expect(keccak256Hex(new Uint8Array())).toBe('0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470')
  })

  it('come as bytes and as hex', () => {
    const input = Uint8Array.of(1, 2, 3)
    expect(bytesToHex(sha256(input))).toBe(sha256Hex(input))
    expect(bytesToHex(keccak256(input))).toBe(keccak256Hex(input))
  })

  it('agree with Node on any input', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(sha256(bytes)).toEqual(nodeSha256(bytes))
      }),
    )
  })
})

describe('setFastHashes', () => {
  afterEach(() => setFastHashes())

  it('installs a faster function and goes back to noble', () => {
    let calls = 0
    setFastHashes({
      sha256: (bytes) => {
        calls++
        return nodeSha256(bytes)
      },
    })
    const installed = calls
    expect(sha256Hex(Uint8Array.of(5))).toBe(bytesToHex(nodeSha256(Uint8Array.of(5))))
    expect(calls).toBe(installed + 1)
    setFastHashes()
    sha256(Uint8Array.of(5))
    expect(calls).toBe(installed + 1)
  })

  it('leaves alone what is not given, so that two parts of a process can each install one', () => {
    let calls = 0
    const counted = (bytes: Uint8Array): Uint8Array => {
      calls++
      return nodeSha256(bytes)
    }
    setFastHashes({ sha256: counted })
    setFastHashes({ keccak256: (bytes) => keccak_256(bytes) })
    const before = calls
    sha256(Uint8Array.of(1))
    expect(calls).toBe(before + 1)
  })

  it('refuses a function that hashes differently and keeps the old one', () => {
    const before = keccak256Hex(Uint8Array.of(1))
    refusal(() => setFastHashes({ keccak256: nodeSha256 }), 'CRYPTO_BACKEND')
    refusal(() => setFastHashes({ sha256: (bytes) => keccak256(bytes) }), 'CRYPTO_BACKEND')
    expect(keccak256Hex(Uint8Array.of(1))).toBe(before)
    expect(sha256Hex(new Uint8Array())).toMatch(/^0xe3b0c442/)
  })
})
