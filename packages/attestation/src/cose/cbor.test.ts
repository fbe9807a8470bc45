import { hexToBytes } from '@opengradient/protocol'
import { decode, encode } from 'cborg'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Refusal } from '../result/rejection.ts'
import { readCbor } from './cbor.ts'

const hex = (digits: string): Uint8Array => hexToBytes(`0x${digits}`)
const read = (digits: string, indefinite = false): unknown => {
  try {
    return readCbor(hex(digits), { indefinite })
  } catch (error) {
    return error instanceof Refusal ? error.code : 'text'
  }
}

describe('CBOR', () => {
  it('is refused when a number or length is not in its shortest form, or beyond 2^53', () => {
    for (const digits of [
      '1817',
      '1900ff',
      '1a0000ffff',
      '1b00000000ffffffff',
      '5801ff',
      '780161',
      '980100',
      'b8010000',
      '1b0020000000000000',
    ])
      expect(read(digits), digits).toBe('MALFORMED')
    expect(read('1b001fffffffffffff')).toBe(Number.MAX_SAFE_INTEGER)
    for (const [digits, value] of [
      ['17', 23],
      ['1818', 24],
      ['18ff', 255],
      ['190100', 256],
      ['1a00010000', 65_536],
    ] as const)
      expect(read(digits), digits).toBe(value)
  })

  it('is refused when bytes are missing or left over', () => {
    for (const digits of ['', '18', '42ff', '8201', 'a101', '0000', '5bffffffffffffffff', '9a7fffffff', 'ba7fffffff'])
      expect(read(digits), digits).toBe('MALFORMED')
  })

  it('is refused with kinds of values that evidence never holds', () => {
    for (const digits of [
      '20',
      '3863',
      'c000',
      'd818',
      'f4',
      'f5',
      'f7',
      'f0',
      'f93c00',
      'fb3ff0000000000000',
      '1c',
      '1f',
      '5f4101ff',
      '7f6161ff',
      'ff',
    ])
      expect(read(digits, true), digits).toBe('MALFORMED')
  })

  it('is refused with a message that says where', () => {
    expect(() => readCbor(hex('8200f4'))).toThrow('CBOR: a value of the kind 244 at 2.')
    expect(() => readCbor(hex('820042'))).toThrow('CBOR: 2 bytes expected at 3.')
    expect(() => readCbor(hex('1c'.padEnd(64, '1')))).toThrow('CBOR: a length of the kind 28.')
  })

  it('is refused with the same key twice, or a key that is neither text nor number', () => {
    for (const digits of ['a201000100', 'a2616100616101', 'bf01000100ff', 'a1410000', 'a1800000', 'a1f600'])
      expect(read(digits, true), digits).toBe('MALFORMED')
    expect(read('a201006131f6')).toEqual(
      new Map<string | number, unknown>([
        [1, 0],
        ['1', null],
      ]),
    )
  })

  it('has lists and maps of indefinite length only where they are admitted', () => {
    expect([read('9f01ff'), read('bf0102ff')]).toEqual(['MALFORMED', 'MALFORMED'])
    expect([read('9f01ff', true), read('bf0102ff', true), read('9fff', true)]).toEqual([[1], new Map([[1, 2]]), []])
    for (const digits of ['9f01', 'bf01ff', 'bf0102', '9f']) expect(read(digits, true), digits).toBe('MALFORMED')
  })

  it('is refused when texts are not UTF-8, and keeps a byte order mark', () => {
    expect(() => readCbor(hex('61ff'))).toThrow()
    expect(read('63efbbbf')).toBe('\ufeff')
  })

  it('is refused when it is nested more than eight times', () => {
    expect(read(`${'81'.repeat(9)}00`)).toBe('MALFORMED')
    expect(read(`${'81'.repeat(100_000)}00`)).toBe('MALFORMED')
    expect(read(`${'81'.repeat(8)}00`)).not.toBe('MALFORMED')
    // Values of maps, and what stands in the place of a key.
    expect(read(`${'a100'.repeat(9)}00`)).toBe('MALFORMED')
    expect(read(`${'a1'.repeat(100_000)}00`)).toBe('MALFORMED')
    expect(read(`${'a100'.repeat(8)}00`)).not.toBe('MALFORMED')
  })

  it('is read as another implementation reads it', () => {
    const leaf = fc.oneof(fc.maxSafeNat(), fc.string(), fc.uint8Array({ maxLength: 300 }), fc.constant(null))
    const key = fc.oneof(fc.string(), fc.maxSafeNat())
    const map = (value: fc.Arbitrary<unknown>) => fc.array(fc.tuple(key, value)).map((entries) => new Map(entries))
    const value = fc.oneof(leaf, fc.array(leaf), map(leaf), map(fc.array(leaf)))
    fc.assert(
      fc.property(value, (value) => {
        const bytes = Uint8Array.from(encode(value))
        expect(readCbor(bytes)).toStrictEqual(decode(bytes, { useMaps: true }))
      }),
    )
  })
})
