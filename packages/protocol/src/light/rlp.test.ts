import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { OgError } from '../error/error.ts'
import { rlpItems, uintOf } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { decodeRlp, encodeRlp, type RlpItem, rlpBytes, rlpList, rlpUint } from './rlp.ts'

describe('RLP', () => {
  it('comes back as it was, and is what EthereumJS writes', () => {
    fc.assert(
      fc.property(rlpItems, (item) => {
        const encoded = encodeRlp(item)
        expect(decodeRlp(encoded)).toEqual(item)
        expect(encoded).toEqual(RLP.encode(item))
      }),
    )
  })

  it('holds every single byte', () => {
    for (let byte = 0; byte < 256; byte++) {
      const encoded = encodeRlp(Uint8Array.of(byte))
      expect(encoded).toEqual(RLP.encode(Uint8Array.of(byte)))
      expect(decodeRlp(encoded)).toEqual(Uint8Array.of(byte))
    }
  })

  it('holds long strings and long lists', () => {
    for (const length of [55, 56, 255, 256, 65535, 65536]) {
      const bytes = new Uint8Array(length).fill(0xee)
      expect(decodeRlp(encodeRlp(bytes))).toEqual(bytes)
      expect(decodeRlp(encodeRlp([bytes, []]))).toEqual([bytes, []])
      expect(encodeRlp([bytes])).toEqual(RLP.encode([bytes]))
    }
  })

  it('accepts exactly what it would write: bytes are refused or come back unchanged', () => {
    const heads = fc.constantFrom(0x00, 0x7f, 0x80, 0x81, 0x83, 0xb7, 0xb8, 0xb9, 0xbf, 0xc0, 0xc1, 0xc2, 0xf7, 0xf8, 0xf9, 0xff)
    fc.assert(
      fc.property(fc.array(fc.oneof(heads, fc.nat(255)), { maxLength: 12 }), (numbers) => {
        const bytes = Uint8Array.from(numbers)
        let item: ReturnType<typeof decodeRlp>
        try {
          item = decodeRlp(bytes)
        } catch (error) {
          if (!(error instanceof OgError)) throw error
          expect(error.code).toBe('RLP_MALFORMED')
          return
        }
        expect(encodeRlp(item)).toEqual(bytes)
      }),
      { numRuns: 5000 },
    )
  })

  it('is refused with what is wrong, and where', () => {
    for (const [bytes, problem] of [
      [[], 'byte 0: the item ends early'],
      [[1, 2, 3], 'byte 1: 2 bytes after the item'],
      [[0xb8], 'byte 0: the length ends early'],
      [[0xb8, 56], 'byte 0: the content is 56 bytes, only 0 are there'],
      [[0x83, 1, 2], 'byte 0: the content is 3 bytes, only 2 are there'],
      [[0xbd, 1, 0, 0, 0, 0, 0], 'byte 0: the content is 1099511627776 bytes, only 0 are there'],
      [[0xbe, 1, 0, 0, 0, 0, 0, 0], 'byte 0: the length is beyond 2^48'],
    ] as const)
      expect(refusal(() => decodeRlp(Uint8Array.from(bytes)), 'RLP_MALFORMED').message).toBe(`RLP, ${problem}.`)
  })

  it('with any one byte changed is refused or is another item', () => {
    fc.assert(
      fc.property(rlpItems, fc.nat(), fc.integer({ min: 1, max: 255 }), (item, pick, flip) => {
        const encoded = encodeRlp(item)
        encoded[pick % encoded.length]! ^= flip
        try {
          expect(decodeRlp(encoded)).not.toEqual(item)
        } catch (error) {
          if (!(error instanceof OgError)) throw error
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each<[string, Hex]>([
    ['nothing', '0x'],
    ['two items', '0x0102'],
    ['a small byte with a prefix', '0x8101'],
    ['a short string in the long form', '0xb801ff'],
    ['a length with a leading zero', `0xb90038${'ff'.repeat(56)}`],
    ['a length of 55 in the long form', `0xb837${'ff'.repeat(55)}`],
    ['a short list in the long form', '0xf80101'],
    ['a string that is cut', '0x83abcd'],
    ['a list that is cut', '0xc301'],
    ['an item that crosses the end of its list', '0xc283abcdef'],
    ['a long length that is cut', '0xb9ff'],
    ['a length of 2^63', `0xbf${'7f'.repeat(8)}`],
    ['a list length of 2^63', `0xff${'7f'.repeat(8)}`],
    ['bytes behind a list', '0xc000'],
  ])('refuses %s', (_, hex) => {
    refusal(() => decodeRlp(hexToBytes(hex)), 'RLP_MALFORMED')
  })

  it('refuses lists nested too deep instead of running out of stack', () => {
    let nested: RlpItem[] = []
    for (let i = 0; i < 1000; i++) nested = [nested]
    const deep = RLP.encode(nested)
    refusal(() => decodeRlp(deep), 'RLP_MALFORMED')
    refusal(() => decodeRlp(new Uint8Array(60_000).fill(0xc1)), 'RLP_MALFORMED')
  })

  it('allows the nesting that headers and trie nodes have', () => {
    const nested = (lists: number): RlpItem => (lists === 0 ? Uint8Array.of(1) : [nested(lists - 1)])
    expect(decodeRlp(encodeRlp(nested(64)))).toEqual(nested(64))
    refusal(() => decodeRlp(encodeRlp(nested(65))), 'RLP_MALFORMED')
  })
})

describe('fields', () => {
  it('of integers have no leading zeros and a largest length', () => {
    fc.assert(
      fc.property(uintOf(64), (value) => {
        const hex = value === 0n ? '' : value.toString(16)
        const bytes = hexToBytes(`0x${hex.length % 2 ? '0' : ''}${hex}`)
        expect(rlpUint(bytes, 'nonce', 8)).toBe(value)
        refusal(() => rlpUint(Uint8Array.of(0, ...bytes), 'nonce', 9), 'RLP_MALFORMED')
      }),
    )
    refusal(() => rlpUint(new Uint8Array(9).fill(1), 'nonce', 8), 'RLP_MALFORMED')
    refusal(() => rlpUint(Uint8Array.of(0), 'nonce', 8), 'RLP_MALFORMED')
  })

  it('are bytes or lists as expected, and there', () => {
    expect(bytesToHex(rlpBytes(Uint8Array.of(1, 2), 'root', 2))).toBe('0x0102')
    expect(rlpList([Uint8Array.of(1)], 'header')).toHaveLength(1)
    refusal(() => rlpBytes([], 'root'), 'RLP_MALFORMED')
    refusal(() => rlpBytes(undefined, 'root'), 'RLP_MALFORMED')
    expect(refusal(() => rlpBytes(Uint8Array.of(1), 'root', 2), 'RLP_MALFORMED').message).toContain('root')
    refusal(() => rlpList(Uint8Array.of(1), 'header'), 'RLP_MALFORMED')
    refusal(() => rlpList(undefined, 'header'), 'RLP_MALFORMED')
  })
})
