import { createCipheriv, scryptSync } from 'node:crypto'
import { inspect } from 'node:util'
import { bytesToHex, concatBytes, hexToBytes, keccak256, OgError } from '@opengradient/protocol'
import { decryptKeystoreJson, encryptKeystoreJson, Wallet } from 'ethers'
import { describe, expect, test } from 'vitest'
import { decryptKey, encryptKey, parseKeystore, parsePrivateKey } from './keystore.ts'

const COST = 1 << 10
const KEY = hexToBytes('0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d')
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value))
const codeOf = async (action: () => unknown) => {
  try {
    await action()
  } catch (error) {
    return error instanceof OgError ? error.code : error
  }
  return 'nothing was thrown'
}

describe('version 3 keystores', () => {
  test('a key comes back with its password, and with no other', async () => {
    const keystore = parseKeystore(encode(await encryptKey(KEY, 'correct horse', COST)))
    expect(await decryptKey(keystore, 'correct horse')).toEqual(KEY)
    expect(await codeOf(() => decryptKey(keystore, 'correct horsf'))).toBe('KEYSTORE_PASSWORD')
  })

  test('parameters that RFC 7914 excludes are refused by name', async () => {
    const keystore = await encryptKey(KEY, 'password', COST)
    const weak = { ...keystore, crypto: { ...keystore.crypto, kdfparams: { ...keystore.crypto.kdfparams, n: 1 << 18, r: 1 } } }
    expect(await codeOf(() => decryptKey(weak, 'password'))).toBe('KEYSTORE_INVALID')
  })

  test('ethers reads what we write, and we read what ethers writes', async () => {
    const ours = await encryptKey(KEY, 'shared secret', COST)
    expect((await decryptKeystoreJson(JSON.stringify(ours), 'shared secret')).privateKey).toBe(bytesToHex(KEY))
    const theirs = await encryptKeystoreJson(new Wallet(bytesToHex(KEY)), 'shared secret', { scrypt: { N: COST } })
    expect(bytesToHex(await decryptKey(parseKeystore(encode(JSON.parse(theirs))), 'shared secret'))).toBe(bytesToHex(KEY))
  })

  test('a file whose key is not that of its address is refused', async () => {
    const keystore = { ...(await encryptKey(KEY, 'password', COST)), address: '00'.repeat(20) }
    expect(await codeOf(() => decryptKey(keystore, 'password'))).toBe('KEYSTORE_INVALID')
  })

  test('what is no private key inside is refused without a word of it', async () => {
    const nothing = await encryptKey(KEY, 'password', COST)
    const { kdfparams, cipherparams } = nothing.crypto
    const derived = scryptSync('password', Buffer.from(kdfparams.salt, 'hex'), 32, { N: kdfparams.n, r: kdfparams.r, p: kdfparams.p })
    const inside = Buffer.from('ff'.repeat(32), 'hex')
    const ciphertext = createCipheriv('aes-128-ctr', derived.subarray(0, 16), Buffer.from(cipherparams.iv, 'hex')).update(inside)
    const mac = bytesToHex(keccak256(concatBytes(derived.subarray(16, 32), ciphertext))).slice(2)
    const file = { ...nothing, crypto: { ...nothing.crypto, ciphertext: ciphertext.toString('hex'), mac } }
    const error = await decryptKey(file, 'password').catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'KEYSTORE_INVALID' })
    expect(inspect(error, { depth: 9 })).not.toMatch(/f{64}|1157920892373161954235709850086879078532699846656/)
  })

  test.each([
    ['not JSON', new TextEncoder().encode('hello')],
    ['null', encode(null)],
    ['another version', encode({ version: 1 })],
    [
      'a work factor that would take the memory of the machine',
      encode({ version: 3, id: '', address: '00'.repeat(20), crypto: { kdf: 'scrypt', kdfparams: { n: 2 ** 40 } } }),
    ],
    ['70 kB', new Uint8Array(70_000)],
  ])('%s is refused before any work is done', async (_name, bytes) => {
    expect(await codeOf(() => parseKeystore(bytes))).toBe('KEYSTORE_INVALID')
  })
})

describe('private keys', () => {
  test('hex with or without 0x, with spaces around', () => {
    expect(parsePrivateKey(`  ${bytesToHex(KEY).slice(2).toUpperCase()}\n`)).toEqual(KEY)
  })

  test.each(['', '0x12', 'zz'.repeat(32), '00'.repeat(32), 'ff'.repeat(32)])('%j is refused, and not repeated in the error', (text) => {
    try {
      parsePrivateKey(text)
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ code: 'KEY_INVALID' })
      if (text.length > 4) expect(String(error)).not.toContain(text)
    }
  })
})
