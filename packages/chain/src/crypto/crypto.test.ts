import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak256, sha256 } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCrypto } from './crypto.ts'
import { nobleRecover } from './recover.ts'

const crypto = await loadCrypto()
const ORDER = secp256k1.Point.Fn.ORDER

/** What a recovery function does with an input: the key, or that it refuses. */
function outcome(recover: typeof nobleRecover, ...input: Parameters<typeof nobleRecover>): string {
  try {
    return Buffer.from(recover(...input)).toString('hex')
  } catch {
    return 'refused'
  }
}

function expectSame(...input: Parameters<typeof nobleRecover>): string {
  const native = outcome(crypto.recover, ...input)
  expect(native).toBe(outcome(nobleRecover, ...input))
  return native
}

const bytes32 = (value: bigint) => Uint8Array.from(Buffer.from(value.toString(16).padStart(64, '0'), 'hex'))
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 })
const privateKey = digest.filter((key) => secp256k1.utils.isValidSecretKey(key))

describe('hashes', () => {
  it('equal the reference on every length around the block sizes', () => {
    for (let length = 0; length < 300; length++) {
      const bytes = Uint8Array.from({ length }, (_, i) => (i * 31 + length) & 255)
      expect(crypto.keccak(bytes)).toEqual(keccak256(bytes))
      expect(crypto.sha256(bytes)).toEqual(sha256(bytes))
    }
  })

  it('give a fresh array each time', () => {
    const first = crypto.keccak(Uint8Array.of(1))
    const copy = first.slice()
    crypto.keccak(Uint8Array.of(2))
    expect(first).toEqual(copy)
  })
})

describe('public-key recovery', () => {
  it.runIf(process.platform === 'linux' && process.arch === 'x64')('runs natively on this machine', () => expect(crypto.native).toBe(true))

  it('finds the signer, with s low or high, exactly as noble does', () => {
    fc.assert(
      fc.property(digest, privateKey, fc.boolean(), (hash, key, high) => {
        const signature = secp256k1.Signature.fromBytes(secp256k1.sign(hash, key, { prehash: false, format: 'recovered' }), 'recovered')
        const s = high ? ORDER - signature.s : signature.s
        const bit = high ? 1 - signature.recovery! : signature.recovery!
        const found = expectSame(hash, 27n + BigInt(bit), bytes32(signature.r), bytes32(s))
        expect(found).toBe(Buffer.from(secp256k1.getPublicKey(key, false).subarray(1)).toString('hex'))
      }),
      { numRuns: 60 },
    )
  })

  it('agrees with noble on random and truncated scalars', () => {
    const scalar = fc.uint8Array({ minLength: 0, maxLength: 33 })
    fc.assert(
      fc.property(digest, scalar, scalar, fc.bigInt(0n, 40n), (hash, r, s, v) => void expectSame(hash, v, r, s)),
      { numRuns: 300 },
    )
  })

  it('agrees with noble on the edges of r and s', () => {
    const field = 2n ** 256n - 2n ** 32n - 977n
    const edges = [0n, 1n, 2n, ORDER / 2n, ORDER / 2n + 1n, ORDER - 1n, ORDER, ORDER + 1n, field - 1n, field, 2n ** 256n - 1n]
    for (const r of edges)
      for (const s of edges)
        for (const hash of [bytes32(0n), bytes32(1n), bytes32(ORDER), bytes32(2n ** 256n - 1n)])
          for (const v of [0n, 1n, 26n, 27n, 28n, 29n, 30n]) expectSame(hash, v, bytes32(r), bytes32(s))
  })

  it('reads EIP-155 v of a large chain id', () => {
    const chainId = 2n ** 50n + 12345n
    const signature = secp256k1.Signature.fromBytes(
      secp256k1.sign(bytes32(5n), bytes32(7n), { prehash: false, format: 'recovered' }),
      'recovered',
    )
    const v = chainId * 2n + 35n + BigInt(signature.recovery!)
    expect(expectSame(bytes32(5n), v, bytes32(signature.r), bytes32(signature.s), chainId)).not.toBe('refused')
    expect(expectSame(bytes32(5n), v, bytes32(signature.r), bytes32(signature.s), chainId + 1n)).toBe('refused')
  })
})
