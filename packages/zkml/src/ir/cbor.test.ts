import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../../../protocol/src/testkit/expect.testkit.ts'
import { decodeCbor, encodeCbor } from './cbor.ts'
import { badIr } from './fail.ts'

const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
const decoded = (hex: string) => decodeCbor(bytesOf(hex), 2 ** 20, badIr)

describe('deterministic CBOR', () => {
  it.each([
    ['an integer with a longer head than it needs', '18 01'],
    ['a length with a longer head than it needs', '98 01 00'],
    ['a float', 'f9 3c00'],
    ['a float64', 'fb 3ff0000000000000'],
    ['true', 'f5'],
    ['null', 'f6'],
    ['a tag', 'c1 01'],
    ['a list of indefinite length', '9f 01 ff'],
    ['a text of indefinite length', '7f 61 61 ff'],
    ['a reserved head', '1c'],
    ['a break alone', 'ff'],
    ['nothing', ''],
    ['two items', '01 02'],
    ['keys out of order', 'a2 61 62 01 61 61 02'],
    ['a longer key before a shorter one', 'a2 62 6161 01 61 62 02'],
    ['a key twice', 'a2 61 61 01 61 61 02'],
    ['lists as keys', 'a2 80 01 81 01 01'],
    ['an integer beyond 2^53', '1b 0020000000000000'],
    ['an integer below −2^53', '3b 0020000000000000'],
    ['a list longer than the bytes', '9a ffffffff 01'],
    ['a map longer than the bytes', 'ba ffffffff 01'],
    ['a text longer than the bytes', '7a ffffffff 61'],
    ['a list of 2^53 items', '9b 001fffffffffffff'],
    ['a text cut short', '62 61'],
    ['a head cut short', '19 01'],
    ['a list cut short', '82 01'],
    ['a text that is not UTF-8', '61 ff'],
    ['a surrogate in UTF-8', '63 eda080'],
  ])('refuses %s', (_what, hex) => {
    refusal(() => decoded(hex), 'ZK_BAD_IR')
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
