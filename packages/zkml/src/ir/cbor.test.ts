import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { badIr } from './fail.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const decoded = (hex: string) => decodeCbor(bytesOf(hex), 2 ** 20, badIr)

describe('deterministic CBOR', () => {
  it('is read from bytes that another realm made', () => {
    const bytes = runInNewContext('Uint8Array.of(0xa1, 0x61, 0x61, 0x42, 1, 2)') as Uint8Array
    expect(decodeCbor(bytes, 9, badIr)).toEqual(new Map([['a', Uint8Array.of(1, 2)]]))
  })

  it.each([
    ['an integer with a longer head than it needs', '18 01', /is not the deterministic CBOR of its value/],
    ['a length with a longer head than it needs', '98 01 00', /is not the deterministic CBOR of its value/],
    ['a float', 'f9 3c00', /byte 0 begins a tag, a float/],
    ['a float64', 'fb 3ff0000000000000', /byte 0 begins a tag, a float/],
    ['true', 'f5', /byte 0 begins a tag, a float or a simple value/],
    ['null', 'f6', /byte 0 begins a tag/],
    ['a tag', 'c1 01', /byte 0 begins a tag/],
    ['a list of indefinite length', '9f 01 ff', /byte 0 has an indefinite or reserved length/],
    ['a text of indefinite length', '7f 61 61 ff', /byte 0 has an indefinite/],
    ['a reserved head', '1c', /byte 0 has an indefinite or reserved/],
    ['a break alone', 'ff', /byte 0 begins a tag/],
    ['nothing', '', /byte 0 is missing/],
    ['two items', '01 02', /byte 1 comes after the end/],
    ['keys out of order', 'a2 61 62 01 61 61 02', /is not the deterministic CBOR of its value/],
    ['a longer key before a shorter one', 'a2 62 6161 01 61 62 02', /is not the deterministic CBOR of its value/],
    ['a key twice', 'a2 61 61 01 61 61 02', /is not the deterministic CBOR of its value/],
    ['lists as keys', 'a2 80 01 81 01 01', /is not deterministic CBOR: \w/],
    ['an integer beyond 2^53', '1b 0020000000000000', /byte 0 has an argument beyond 2/],
    ['−2^53', '3b 001fffffffffffff', /is not deterministic CBOR: .*safe integer/],
    ['a map of one item and a half', 'a1 01', /byte 1 begins more items/],
    ['an item less than a list says, in a list', '82 81 82 01', /byte 3 begins more items/],
    ['an integer below −2^53', '3b 0020000000000000', /byte 0 has an argument beyond 2/],
    ['a list longer than the bytes', '9a ffffffff 01', /byte 5 begins more items than there are bytes left/],
    ['a map longer than the bytes', 'ba ffffffff 01', /byte 5 begins more items/],
    ['a text longer than the bytes', '7a ffffffff 61', /byte 5 begins a string longer than the bytes left/],
    ['a list of 2^53 items', '9b 001fffffffffffff', /byte 9 begins more items/],
    ['a text cut short', '62 61', /byte 1 begins a string longer/],
    ['a head cut short', '19 01', /byte 0 is cut short/],
    ['a list cut short', '82 01', /byte 1 begins more items/],
    ['a text that is not UTF-8', '61 ff', /is not the deterministic CBOR of its value/],
    ['a surrogate in UTF-8', '63 eda080', /is not the deterministic CBOR of its value/],
  ])('refuses %s', (_what, hex, why) => {
    expect(refusal(() => decoded(hex), 'ZK_BAD_IR').message).toMatch(why)
  })

  it('refuses more bytes than may be, and takes as many as may', () => {
    expect(decodeCbor(bytesOf('82 01 02'), 3, badIr)).toEqual([1, 2])
    expect(refusal(() => decodeCbor(bytesOf('82 01 02'), 2, badIr), 'ZK_BAD_IR').message).toMatch(/has 3 bytes, over the limit of 2/)
  })

  it('takes the largest integers that float64 counts', () => {
    expect(decoded('1b 001fffffffffffff')).toBe(2 ** 53 - 1)
    expect(decoded('3b 001ffffffffffffe')).toBe(-(2 ** 53) + 1)
  })

  it('does not take a machine without memory for a fault of the bytes', () => {
    const without = Object.assign(bytesOf('41 07'), {
      slice(): never {
        throw new RangeError('Array buffer allocation failed')
      },
    })
    expect(() => decodeCbor(without, 2, badIr)).toThrow(/^Array buffer allocation failed$/)
  })

  it('refuses deep nesting without recursion', () => {
    refusal(() => decodeCbor(new Uint8Array(1_000_000).fill(0x81), 2 ** 20, badIr), 'ZK_BAD_IR')
    refusal(() => decoded(`${'81'.repeat(9)}01`), 'ZK_BAD_IR')
    expect(decoded(`${'81'.repeat(8)}01`)).toEqual([[[[[[[[1]]]]]]]])
  })

  it('keeps a key __proto__ a key', () => {
    const key = Buffer.from('__proto__').toString('hex')
    expect(decoded(`a1 69 ${key} 01`)).toEqual(new Map([['__proto__', 1]]))
  })

  it('gives back every value of lists, maps, texts, bytes and integers', () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.maxSafeInteger(), fc.string(), fc.uint8Array(), tie('list'), tie('map')),
      list: fc.array(tie('value'), { maxLength: 5 }),
      map: fc.dictionary(fc.string({ minLength: 1 }), tie('value'), { maxKeys: 5 }).map((object) => new Map(Object.entries(object))),
    }))
    fc.assert(
      fc.property(value, (item) => {
        const bytes = encodeCbor(item)
        expect(encodeCbor(decodeCbor(bytes, 2 ** 20, badIr))).toEqual(bytes)
      }),
      { numRuns: 200 },
    )
  })

  it('answers random bytes with a value or a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          expect(encodeCbor(decodeCbor(bytes, 64, badIr))).toEqual(bytes)
        } catch (error) {
          expect(error).toMatchObject({ code: 'ZK_BAD_IR' })
        }
      }),
      { numRuns: 2000 },
    )
  })
})
