import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { uintOf } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { bytesToUint, concatBytes, equalBytes, joinBytes, uintBytes, utf8, writeUint } from './bytes.ts'

describe('concatBytes', () => {
  it('puts the parts one after another', () => {
    expect(concatBytes(Uint8Array.of(1, 2), new Uint8Array(), Uint8Array.of(3))).toEqual(Uint8Array.of(1, 2, 3))
    expect(concatBytes()).toEqual(new Uint8Array())
  })

  it('gives a new array, so that changing it leaves the part alone', () => {
    const part = Uint8Array.of(1)
    concatBytes(part)[0] = 9
    expect(part[0]).toBe(1)
  })
})

describe('joinBytes', () => {
  it('takes lists of any length, where a call would have too many arguments', () => {
    expect(joinBytes(Array.from({ length: 300_000 }, () => Uint8Array.of(7)))).toEqual(new Uint8Array(300_000).fill(7))
  })
})

describe('equalBytes', () => {
  it('compares length and every byte', () => {
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2, 3))).toBe(false)
    expect(equalBytes(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2))).toBe(false)
    expect(equalBytes(new Uint8Array(), new Uint8Array())).toBe(true)
  })
})

describe('utf8', () => {
  it('encodes text with characters of every length', () => {
    expect([...utf8('aé€😀')]).toEqual([0x61, 0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9f, 0x98, 0x80])
  })

  it.each(['\ud800', 'a\udc00b', '😀\ud83d'])('refuses a lone surrogate instead of replacing it (%j)', (text) => {
    refusal(() => utf8(text), 'TEXT_NOT_UTF8')
  })
})

describe('unsigned integers', () => {
  it('come back from their bytes at any width that holds them', () => {
    fc.assert(
      fc.property(uintOf(256), fc.integer({ min: 32, max: 40 }), (value, length) => {
        const bytes = uintBytes(value, length)
        expect(bytes.length).toBe(length)
        expect(bytesToUint(bytes)).toBe(value)
      }),
    )
  })

  it('are big-endian', () => {
    expect(uintBytes(0x0102n, 4)).toEqual(Uint8Array.of(0, 0, 1, 2))
    expect(uintBytes(2 ** 32, 8)).toEqual(Uint8Array.of(0, 0, 0, 1, 0, 0, 0, 0))
  })

  it('are refused when they do not fit, down to one bit', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), (length) => {
        const limit = 1n << BigInt(8 * length)
        expect(bytesToUint(uintBytes(limit - 1n, length))).toBe(limit - 1n)
        refusal(() => uintBytes(limit, length, 'price'), 'NUMBER_MALFORMED')
      }),
    )
  })

  it.each([-1, -1n, 1.5, Number.NaN, 2 ** 53])('refuse %s, which is no whole number of this kind', (value) => {
    const error = refusal(() => uintBytes(value, 32, 'price'), 'NUMBER_MALFORMED')
    expect(error.message).toContain('price')
    expect(error.details.bits).toBe(256)
  })

  it('overwrite what was in the buffer and nothing beside it', () => {
    const buffer = new Uint8Array(6).fill(0xff)
    writeUint(buffer, 1, 4, 7)
    expect(buffer).toEqual(Uint8Array.of(0xff, 0, 0, 0, 7, 0xff))
  })
})
