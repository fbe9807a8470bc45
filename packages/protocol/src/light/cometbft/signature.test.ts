import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { afterEach, describe, expect, it } from 'vitest'
import { uintBytes, utf8 } from '../../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../../bytes/hex.ts'
import { signer } from '../../testkit/comet.testkit.ts'
import { refusal } from '../../testkit/expect.testkit.ts'
import { cometAddress, isSignedBy, setFastEd25519 } from './signature.ts'
import { SMALL_ORDER } from './smallOrder.testkit.ts'

const message = utf8('Zcash')

describe('an Ed25519 signature', () => {
  it('is judged as ZIP-215 has it: all 196 pairs of small-order points are valid with s = 0, which RFC 8032 refuses in part', () => {
    let strict = 0
    for (const key of SMALL_ORDER) {
      for (const r of SMALL_ORDER) {
        const signature: Hex = `0x${r}${'00'.repeat(32)}`
        expect(isSignedBy({ type: 'ed25519', key: `0x${key}` }, message, signature), `${key} ${r}`).toBe(true)
        if (ed25519.verify(hexToBytes(signature), message, hexToBytes(`0x${key}`), { zip215: false })) strict++
      }
    }
    expect(strict).toBeLessThan(196)
  })

  it('has its s below the order of the group, and a key that is a point', () => {
    const { validator, sign } = signer('a', 1)
    const signature = sign(message)
    const order = 2n ** 252n + 27742317777372353535851937790883648493n
    const s = hexToBytes(signature).slice(32).reverse()
    const raised = uintBytes(BigInt(bytesToHex(s)) + order, 32).reverse()
    expect(isSignedBy(validator, message, signature)).toBe(true)
    expect(isSignedBy(validator, message, `${signature.slice(0, 66)}${bytesToHex(raised).slice(2)}` as Hex)).toBe(false)
    expect(isSignedBy({ type: 'ed25519', key: `0x02${'00'.repeat(31)}` }, message, signature)).toBe(false)
  })
})

describe('a faster judge of Ed25519', () => {
  afterEach(() => setFastEd25519())

  const { validator, sign } = signer('a', 1)
  const strictly = (signature: Uint8Array, message: Uint8Array, key: Uint8Array) =>
    ed25519.verify(signature, message, key, { zip215: false })

  it('is believed where it accepts, and nobody is refused because it does', () => {
    let asked = 0
    setFastEd25519((...args) => {
      asked++
      return strictly(...args)
    })
    const installed = asked
    expect(isSignedBy(validator, message, sign(message))).toBe(true)
    const [key, r] = [SMALL_ORDER[1], SMALL_ORDER[12]]
    const signature: Hex = `0x${r}${'00'.repeat(32)}`
    expect(strictly(hexToBytes(signature), message, hexToBytes(`0x${key}`))).toBe(false)
    expect(isSignedBy({ type: 'ed25519', key: `0x${key}` }, message, signature)).toBe(true)
    expect(asked).toBe(installed + 2)
  })

  it('is refused if it accepts everything, or nothing', () => {
    for (const answer of [true, false]) refusal(() => setFastEd25519(() => answer), 'CRYPTO_BACKEND')
    expect(isSignedBy(validator, utf8('other'), sign(message))).toBe(false)
  })
})

describe('a secp256k1 signature', () => {
  const { validator, sign } = signer('b', 1, 'secp256k1')
  const signature = sign(message)

  it('has a low s, and a key that is a point', () => {
    const s = secp256k1.Point.Fn.ORDER - BigInt(`0x${signature.slice(66)}`)
    expect(isSignedBy(validator, message, signature)).toBe(true)
    expect(isSignedBy(validator, message, `${signature.slice(0, 66)}${s.toString(16).padStart(64, '0')}` as Hex)).toBe(false)
    expect(isSignedBy({ ...validator, key: `0x02${'ff'.repeat(32)}` }, message, signature)).toBe(false)
  })

  it('is of this message and this key', () => {
    expect(isSignedBy(validator, utf8('other'), signature)).toBe(false)
    expect(isSignedBy(signer('c', 1, 'secp256k1').validator, message, signature)).toBe(false)
    expect(isSignedBy(validator, message, `0x${'00'.repeat(64)}`)).toBe(false)
  })
})

it('signatures and keys of another length, as a node that lies may send them, are signatures of nobody', () => {
  for (const type of ['ed25519', 'secp256k1'] as const) {
    const { validator, sign } = signer('a', 1, type)
    const signature = sign(message)
    expect(isSignedBy(validator, message, signature)).toBe(true)
    for (const other of ['0x', signature.slice(0, -2), `${signature}00`] as Hex[])
      expect(isSignedBy(validator, message, other), `${type} ${other}`).toBe(false)
    for (const key of ['0x', validator.key.slice(0, -2), `${validator.key}00`] as Hex[])
      expect(isSignedBy({ type, key }, message, signature), `${type} ${key}`).toBe(false)
  }
})

it('the addresses of the two kinds of keys are hashed differently', () => {
  expect(cometAddress(signer('a', 1).validator)).toMatch(/^0x[0-9a-f]{40}$/)
  expect(cometAddress({ type: 'secp256k1', key: signer('a', 1).validator.key })).not.toBe(cometAddress(signer('a', 1).validator))
})
