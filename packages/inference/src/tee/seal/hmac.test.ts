import { createHash, createHmac } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Hmac, hmacOnce, MAX_MESSAGE } from './hmac.ts'

const writer = (message: Uint8Array) => (out: Buffer, at: number) => {
  out.set(message, at)
  return at + message.length
}
const of = (mac: Hmac, message: Uint8Array) => mac.digest(writer(message))
const openssl = (key: Uint8Array, message: Uint8Array) => createHmac('sha256', key).update(message).digest()

test('the same as that of OpenSSL, for any key and messages, one after the other', () => {
  const property = fc.property(
    fc.uint8Array({ maxLength: 64 }),
    fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 5 }),
    (key, messages) => {
      const mac = new Hmac(key)
      for (const message of messages) {
        expect(of(mac, message)).toEqual(openssl(key, message))
        expect(hmacOnce(key, writer(message))).toEqual(openssl(key, message))
      }
    },
  )
  fc.assert(property, { numRuns: 200 })
})

test('two keys in turn do not mix', () => {
  const [one, two] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)]
  const [first, second] = [new Hmac(one), new Hmac(two)]
  for (const [mac, key] of [
    [first, one],
    [second, two],
    [first, one],
  ] as const)
    expect(of(mac, Uint8Array.of(9))).toEqual(openssl(key, Uint8Array.of(9)))
})

test('nothing of the key is left in it once it is erased', () => {
  const key = new Uint8Array(32).fill(7)
  const mac = new Hmac(key)
  mac.erase()
  const message = Uint8Array.of(1)
  expect(of(mac, message)).not.toEqual(openssl(key, message))
  const padded = (bytes: Uint8Array) => createHash('sha256').update(new Uint8Array(64)).update(bytes).digest()
  expect(of(mac, message)).toEqual(padded(padded(message)))
})

test('the longest message is taken, a longer one refused, and neither changes the next', () => {
  const mac = new Hmac(new Uint8Array(32))
  const longest = new Uint8Array(MAX_MESSAGE).fill(5)
  expect(of(mac, longest)).toEqual(openssl(new Uint8Array(32), longest))
  expect(() => of(mac, new Uint8Array(MAX_MESSAGE + 1))).toThrow(RangeError)
  expect(of(mac, new Uint8Array(3))).toEqual(openssl(new Uint8Array(32), new Uint8Array(3)))
})

test('nothing stays where messages are put together, even if one could not be written', () => {
  let memory: Buffer | undefined
  const leaving = (length: number) => (out: Buffer, at: number) => {
    memory = out
    out.fill(5, at, at + 100)
    if (length > 100) throw new RangeError('too long')
    return at + length
  }
  const mac = new Hmac(new Uint8Array(32).fill(9))
  mac.digest(leaving(100))
  expect(memory!.every((byte) => byte === 0)).toBe(true)
  expect(() => mac.digest(leaving(101))).toThrow('too long')
  expect(memory!.every((byte) => byte === 0)).toBe(true)
})
