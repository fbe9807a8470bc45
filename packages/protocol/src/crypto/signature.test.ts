import { secp256k1 } from '@noble/curves/secp256k1.js'
import fc from 'fast-check'
import { recoverAddress as viemRecover } from 'viem'
import { privateKeyToAddress, sign as viemSign } from 'viem/accounts'
import { afterEach, describe, expect, it } from 'vitest'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { hash32 } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { addressOf, addressOfPublicKey, parseSignature, recoverAddress, setFastSecp256k1, signDigest } from './signature.ts'

const ORDER = secp256k1.Point.Fn.ORDER
const digest = hashOf('digest')
const key = hexToBytes(hashOf('key'))
const keys = fc.bigInt({ min: 1n, max: ORDER - 1n }).map((scalar) => hexToBytes(word(scalar)))

function word(value: bigint): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

function signatureOf(r: bigint, s: bigint, v: number): Hex {
  return `${word(r)}${word(s).slice(2)}${v.toString(16).padStart(2, '0')}` as Hex
}

/** r, s and v of our signature over `digest`. */
function parts(): { r: bigint; s: bigint; v: number } {
  const signature = signDigest(digest, key)
  return { r: BigInt(signature.slice(0, 66)), s: BigInt(`0x${signature.slice(66, 130)}`), v: Number.parseInt(signature.slice(130), 16) }
}

describe('signDigest and recoverAddress', () => {
  it('lead back to the address of the key, and agree with viem', async () => {
    await fc.assert(
      fc.asyncProperty(hash32, keys, async (digest, key) => {
        const signature = signDigest(digest, key)
        expect(recoverAddress(digest, signature)).toBe(addressOf(key))
        expect(addressOf(key)).toBe(privateKeyToAddress(bytesToHex(key)).toLowerCase())
        expect((await viemRecover({ hash: digest, signature })).toLowerCase()).toBe(addressOf(key))
        expect(signature).toBe(await viemSign({ hash: digest, privateKey: bytesToHex(key), to: 'hex' }))
      }),
      { numRuns: 20 },
    )
  })

  it('give another address for another digest', () => {
    const signature = signDigest(digest, key)
    expect(recoverAddress(hashOf('other digest'), signature)).not.toBe(addressOf(key))
  })

  it('use the recovery bit: the other v is another address', () => {
    const { r, s, v } = parts()
    expect(recoverAddress(digest, signatureOf(r, s, 55 - v))).not.toBe(addressOf(key))
  })

  it('refuse a signature that no key can have made', () => {
    // x = 5 is on no point of secp256k1.
    refusal(() => recoverAddress(digest, signatureOf(5n, 1n, 27)), 'SIGNATURE_INVALID')
  })

  it('refuse a digest that is not 32 bytes', () => {
    refusal(() => recoverAddress('0xab', signDigest(digest, key)), 'HEX_MALFORMED')
    refusal(() => signDigest('0xab', key), 'HEX_MALFORMED')
  })
})

describe('the one form of a signature', () => {
  it('refuses the malleable twin with s above half the order', () => {
    const { r, s, v } = parts()
    const twin = signatureOf(r, ORDER - s, 55 - v)
    refusal(() => recoverAddress(digest, twin), 'SIGNATURE_HIGH_S')
    refusal(() => parseSignature(twin), 'SIGNATURE_HIGH_S')
  })

  it('draws the line at exactly half the order', () => {
    const half = ORDER >> 1n
    expect(parseSignature(signatureOf(1n, half, 27))).toBe(signatureOf(1n, half, 27))
    refusal(() => parseSignature(signatureOf(1n, half + 1n, 27)), 'SIGNATURE_HIGH_S')
  })

  it.each([
    ['r is zero', signatureOf(0n, 1n, 27)],
    ['s is zero', signatureOf(1n, 0n, 27)],
    ['r is the order', signatureOf(ORDER, 1n, 27)],
    ['s is the order', signatureOf(1n, ORDER, 27)],
    ['v is 0', signatureOf(1n, 1n, 0)],
    ['v is 1', signatureOf(1n, 1n, 1)],
    ['v is 26', signatureOf(1n, 1n, 26)],
    ['v is 29', signatureOf(1n, 1n, 29)],
    ['64 bytes', signatureOf(1n, 1n, 27).slice(0, -2)],
    ['66 bytes', `${signatureOf(1n, 1n, 27)}00`],
    ['upper case', signatureOf(1n, 0xabcn, 27).replace('abc', 'ABC')],
    ['empty', '0x'],
    ['a number', 27],
    ['nothing', undefined],
  ])('refuses: %s', (_, value) => {
    refusal(() => parseSignature(value, 'batch.signature'), 'SIGNATURE_MALFORMED')
  })

  it('refuses a list that holds one: it is not text, though it reads the same', () => {
    expect(refusal(() => parseSignature([signDigest(digest, key)]), 'SIGNATURE_MALFORMED').message).toMatch('expected 0x')
  })

  it('accepts the largest r', () => {
    expect(parseSignature(signatureOf(ORDER - 1n, 1n, 28))).toBe(signatureOf(ORDER - 1n, 1n, 28))
  })
})

describe('keys', () => {
  it.each([
    ['zero', new Uint8Array(32)],
    ['the order', hexToBytes(word(ORDER))],
    ['31 bytes', new Uint8Array(31).fill(1)],
    ['33 bytes', new Uint8Array(33).fill(1)],
  ])('refuses a private key: %s', (_, bad) => {
    refusal(() => signDigest(digest, bad), 'KEY_INVALID')
    refusal(() => addressOf(bad), 'KEY_INVALID')
  })

  it('never puts the private key into an error', () => {
    const secret = new Uint8Array(33).fill(0xab)
    const error = refusal(() => signDigest(digest, secret), 'KEY_INVALID')
    expect(JSON.stringify(error)).not.toContain('abab')
  })

  it('takes uncompressed public keys only', () => {
    expect(addressOfPublicKey(secp256k1.getPublicKey(key, false))).toBe(addressOf(key))
    refusal(() => addressOfPublicKey(secp256k1.getPublicKey(key, true)), 'SIGNATURE_INVALID')
    refusal(() => addressOfPublicKey(secp256k1.getPublicKey(key, false).subarray(1)), 'SIGNATURE_INVALID')
    refusal(() => addressOfPublicKey(secp256k1.getPublicKey(key, false).with(0, 6)), 'SIGNATURE_INVALID')
    refusal(() => addressOfPublicKey(Uint8Array.of(...secp256k1.getPublicKey(key, false), 0)), 'SIGNATURE_INVALID')
  })
})

describe('a fast implementation', () => {
  afterEach(() => setFastSecp256k1())

  const fast = {
    recover: (digest: Uint8Array, signature: Uint8Array, recovery: 0 | 1): Uint8Array =>
      secp256k1.Signature.fromBytes(signature).addRecoveryBit(recovery).recoverPublicKey(digest).toBytes(false),
    sign: (digest: Uint8Array, privateKey: Uint8Array) => {
      const recovered = secp256k1.sign(digest, privateKey, { prehash: false, format: 'recovered' })
      return { signature: recovered.slice(1), recovery: recovered[0]! }
    },
    publicKey: (privateKey: Uint8Array) => secp256k1.getPublicKey(privateKey, false),
  }

  /** The same, and how often each part of it was asked. */
  function counted() {
    const calls = { recover: 0, sign: 0, publicKey: 0 }
    const counting: typeof fast = {
      recover: (...args) => {
        calls.recover++
        return fast.recover(...args)
      },
      sign: (...args) => {
        calls.sign++
        return fast.sign(...args)
      },
      publicKey: (...args) => {
        calls.publicKey++
        return fast.publicKey(...args)
      },
    }
    return { calls, counting }
  }

  it('is used once installed, and no longer when it is taken away', () => {
    const { calls, counting } = counted()
    setFastSecp256k1(counting)
    expect(calls).toEqual({ recover: 1, sign: 1, publicKey: 1 })
    expect(recoverAddress(digest, signDigest(digest, key))).toBe(addressOf(key))
    expect(calls).toEqual({ recover: 2, sign: 2, publicKey: 2 })
    setFastSecp256k1()
    expect(recoverAddress(digest, signDigest(digest, key))).toBe(addressOf(key))
    expect(calls).toEqual({ recover: 2, sign: 2, publicKey: 2 })
  })

  it('does not get to see what the strict parser refuses', () => {
    const { calls, counting } = counted()
    setFastSecp256k1(counting)
    const { r, s, v } = parts()
    refusal(() => recoverAddress(digest, signatureOf(r, ORDER - s, 55 - v)), 'SIGNATURE_HIGH_S')
    expect(calls.recover).toBe(1)
  })

  it.each<[string, Partial<typeof fast>]>([
    ['recovered key', { recover: (digest, signature, recovery) => fast.recover(digest, signature, recovery === 1 ? 0 : 1) }],
    ['signature', { sign: () => ({ signature: new Uint8Array(64).fill(1), recovery: 0 }) }],
    ['signature', { sign: (...args) => ({ ...fast.sign(...args), recovery: 1 }) }],
    ['public key', { publicKey: (privateKey) => secp256k1.getPublicKey(privateKey, true) }],
  ])('is refused for another %s, and what was installed before stays', (name, part) => {
    const { calls, counting } = counted()
    setFastSecp256k1(counting)
    expect(refusal(() => setFastSecp256k1({ ...fast, ...part }), 'CRYPTO_BACKEND').details).toEqual({ name })
    expect(recoverAddress(digest, signDigest(digest, key))).toBe(addressOf(key))
    expect(calls.sign).toBe(2)
  })

  it('cannot make a signature that is not in the one form', () => {
    const good = signDigest(digest, key)
    let known = true
    setFastSecp256k1({
      ...fast,
      sign: (...args) => (known ? fast.sign(...args) : { signature: new Uint8Array(64), recovery: 0 }),
    })
    expect(signDigest(digest, key)).toBe(good)
    known = false
    refusal(() => signDigest(digest, key), 'SIGNATURE_MALFORMED')
  })
})
