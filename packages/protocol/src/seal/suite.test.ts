import { createHmac, createPublicKey, diffieHellman, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { Aes128Gcm, CipherSuite, HkdfSha256 } from '@hpke/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { concatBytes, uintBytes, utf8 } from '../bytes/bytes.ts'
import { ShortHkdf } from './hkdf.ts'
import { hpkeSuite, suite } from './suite.ts'

const bytes = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(hex, 'hex'))
const hex = (value: ArrayBuffer): string => Buffer.from(value).toString('hex')

/** RFC 9180, A.1.1: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode. */
const RFC = {
  info: bytes('4f6465206f6e2061204772656369616e2055726e'),
  ikmE: bytes('7268600d403fce431561aef583ee1613527cff655c1343f29812e66706df3234'),
  ikmR: bytes('6db9df30aa07dd42ee5e8181afdb977e538f5e1fec8a06223f33f7013e525037'),
  pkRm: '3948cfe0ad1ddb695d780e59077195da6c56506b027329794ab02bca80815c4d',
  skRm: '4612c550263fc8ad58375df3f557aac531d26850903e55a9f23f21d8534e8ac8',
  enc: '37fda3567bdbd628e88668c3c8d7e97d1d1253b6d4ea6d44c150f741f1bf4431',
  plaintext: bytes('4265617574792069732074727574682c20747275746820626561757479'),
  sealed: [
    'f938558b5d72f1a23810b4be2ab4f84331acc02fc97babc53a52ae8218a355a96d8770ac83d07bea87e13c512a',
    'af2d7e9ac9ae7e270f46ba1f975be53c09f8d875bdc8535458c2494e8a6eab251c03d0c22a56b8ca42c2063b84',
  ],
}

/** Points of order 1, 2, 4 and 8, in the forms that exist (RFC 7748, section 7; curve and twist). */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
]

describe.each(['native', 'noble'] as const)('the curve of %s', (curve) => {
  it('gives the vectors of RFC 9180', async () => {
    const { kem } = await hpkeSuite(curve)
    const rfc = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes128Gcm() })
    const pair = await kem.deriveKeyPair(RFC.ikmR)
    expect(hex(await kem.serializePublicKey(pair.publicKey))).toBe(RFC.pkRm)
    expect(hex(await kem.serializePrivateKey(pair.privateKey))).toBe(RFC.skRm)
    const ekm = await kem.deriveKeyPair(RFC.ikmE)
    const sender = await rfc.createSenderContext({ recipientPublicKey: pair.publicKey, info: RFC.info, ekm })
    expect(hex(sender.enc)).toBe(RFC.enc)
    for (const [i, expected] of RFC.sealed.entries())
      expect(hex(await sender.seal(RFC.plaintext, new Uint8Array(utf8(`Count-${i}`))))).toBe(expected)
    const recipient = await rfc.createRecipientContext({ recipientKey: pair, enc: sender.enc, info: RFC.info })
    for (const [i, sealed] of RFC.sealed.entries())
      expect(new Uint8Array(await recipient.open(bytes(sealed), new Uint8Array(utf8(`Count-${i}`))))).toEqual(RFC.plaintext)
    const other = await rfc.createRecipientContext({ recipientKey: pair.privateKey, enc: sender.enc, info: RFC.info })
    expect(hex(await other.export(new Uint8Array(utf8('x')), 32))).toBe(hex(await sender.export(new Uint8Array(utf8('x')), 32)))
  })

  it('refuses points of low order, on both sides', async () => {
    const hpke = await hpkeSuite(curve)
    const pair = await hpke.kem.deriveKeyPair(RFC.ikmR)
    for (const point of LOW_ORDER) {
      const send = async () => hpke.createSenderContext({ recipientPublicKey: await hpke.kem.deserializePublicKey(bytes(point)) })
      await expect(send(), point).rejects.toThrow()
      await expect(hpke.createRecipientContext({ recipientKey: pair, enc: bytes(point) }), point).rejects.toThrow()
    }
  })

  it('refuses keys of another length', async () => {
    const { kem } = await hpkeSuite(curve)
    for (const length of [0, 31, 33]) {
      await expect(kem.deserializePublicKey(new Uint8Array(length))).rejects.toThrow()
      await expect(kem.deserializePrivateKey(new Uint8Array(length))).rejects.toThrow()
    }
  })

  it('is the one that multiplies', async () => {
    const imports = vi.spyOn(globalThis.crypto.subtle, 'importKey')
    const { kem } = await hpkeSuite(curve)
    await kem.deserializePublicKey(bytes(RFC.pkRm))
    expect(imports.mock.calls.length > 0).toBe(curve === 'native')
  })

  it('draws another key at each seal', async () => {
    const hpke = await hpkeSuite(curve)
    const { publicKey: recipientPublicKey } = await hpke.kem.generateKeyPair()
    const one = await hpke.createSenderContext({ recipientPublicKey })
    const two = await hpke.createSenderContext({ recipientPublicKey })
    expect(hex(one.enc)).not.toBe(hex(two.enc))
  })
})

afterEach(() => vi.restoreAllMocks())

describe('bytes are taken in any view of them', () => {
  const views = (value: Uint8Array): (DataView | Uint8Array)[] => {
    const wide = concatBytes(Uint8Array.of(1), value, Uint8Array.of(1))
    return [new DataView(wide.buffer, 1, value.length), wide.subarray(1, 1 + value.length)]
  }

  it('as keys in JavaScript', async () => {
    const { kem } = await hpkeSuite('noble')
    for (const view of views(bytes(RFC.pkRm)))
      expect(hex(await kem.serializePublicKey(await kem.deserializePublicKey(view as unknown as ArrayBuffer)))).toBe(RFC.pkRm)
    for (const view of views(RFC.ikmR)) {
      const { publicKey } = await kem.deriveKeyPair(view as unknown as ArrayBuffer)
      expect(hex(await kem.serializePublicKey(publicKey))).toBe(RFC.pkRm)
    }
  })

  it('by the key derivation', async () => {
    const kdf = new ShortHkdf()
    const whole = hex(await kdf.extract(RFC.info, RFC.ikmE))
    for (const view of views(RFC.ikmE)) expect(hex(await kdf.extract(RFC.info, view))).toBe(whole)
  })
})

describe('the suite multiplies', () => {
  /** How many keys a fresh suite gives to the Web Cryptography API when it reads one. */
  const given = async () => {
    vi.resetModules()
    const { kem } = await (await import('./suite.ts')).suite()
    const imports = vi.spyOn(globalThis.crypto.subtle, 'importKey')
    const before = imports.mock.calls.length
    await kem.deserializePublicKey(bytes(RFC.pkRm))
    return imports.mock.calls.length - before
  }

  it('through the Web Cryptography API where that knows the curve', async () => {
    expect(await given()).toBe(1)
  })

  it('in JavaScript where it does not', async () => {
    vi.spyOn(globalThis.crypto.subtle, 'importKey').mockRejectedValue(new DOMException('no such curve', 'NotSupportedError'))
    expect(await given()).toBe(0)
  })
})

it('the suite is RFC 9180 with X25519, HKDF-SHA256 and AES-256-GCM: an independent computation gives the same exports', async () => {
  const hpke = await suite()
  const { publicKey, privateKey } = generateKeyPairSync('x25519')
  const recipientPublicKey = await hpke.kem.deserializePublicKey(raw(publicKey))
  const info = new Uint8Array(utf8('some info'))
  const sender = await hpke.createSenderContext({ recipientPublicKey, info })
  const label = utf8('a label')
  const exported = new Uint8Array(await sender.export(new Uint8Array(label), 32))
  expect(exported).toEqual(byHand(privateKey, raw(publicKey), new Uint8Array(sender.enc), info, label))
})

const raw = (key: KeyObject): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(key.export({ format: 'jwk' }).x!, 'base64url'))

/** RFC 9180, 4.1, 5.1 and 5.3 with `node:crypto`, in the order of the text. */
function byHand(secret: KeyObject, pkRm: Uint8Array, enc: Uint8Array, info: Uint8Array, label: Uint8Array): Uint8Array {
  const kem = concatBytes(utf8('KEM'), uintBytes(0x20, 2))
  const whole = concatBytes(utf8('HPKE'), uintBytes(0x20, 2), uintBytes(1, 2), uintBytes(2, 2))
  const hmac = (key: Uint8Array, data: Uint8Array) => new Uint8Array(createHmac('sha256', key).update(data).digest())
  const extract = (suiteId: Uint8Array, salt: Uint8Array, name: string, ikm: Uint8Array) =>
    hmac(salt, concatBytes(utf8('HPKE-v1'), suiteId, utf8(name), ikm))
  const expand = (suiteId: Uint8Array, prk: Uint8Array, name: string, text: Uint8Array) =>
    hmac(prk, concatBytes(uintBytes(32, 2), utf8('HPKE-v1'), suiteId, utf8(name), text, Uint8Array.of(1)))
  const none = new Uint8Array()
  const point = createPublicKey({ format: 'jwk', key: { kty: 'OKP', crv: 'X25519', x: Buffer.from(enc).toString('base64url') } })
  const dh = new Uint8Array(diffieHellman({ privateKey: secret, publicKey: point }))
  const shared = expand(kem, extract(kem, none, 'eae_prk', dh), 'shared_secret', concatBytes(enc, pkRm))
  const context = concatBytes(Uint8Array.of(0), extract(whole, none, 'psk_id_hash', none), extract(whole, none, 'info_hash', info))
  const exporter = expand(whole, extract(whole, shared, 'secret', none), 'exp', context)
  return expand(whole, exporter, 'sec', label)
}
