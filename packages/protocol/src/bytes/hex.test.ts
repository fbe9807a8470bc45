import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../testkit/expect.testkit.ts'
import { bytesToHex, type Hex, hexLength, hexToBytes, parseAddress, parseHex, writeHex, ZERO_ADDRESS, ZERO_HASH } from './hex.ts'

describe('hex', () => {
  it('gives back the bytes it was made of', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const hex = bytesToHex(bytes)
        expect(hexToBytes(hex)).toEqual(bytes)
        expect(hexLength(hex)).toBe(bytes.length)
        expect(parseHex(hex)).toBe(hex)
        expect(hex).toBe(`0x${Buffer.from(bytes).toString('hex')}`)
      }),
    )
  })

  it('accepts exactly what it would write: text is refused or comes back unchanged', () => {
    const nearHex = fc.string({ unit: fc.constantFrom(...'0123456789abcdefABCDEFxg €\0'), maxLength: 12 }).map((text) => `0x${text}`)
    fc.assert(
      fc.property(fc.oneof(nearHex, fc.string()), (text) => {
        const valid = /^0x[0-9a-f]*$/.test(text) && text.length % 2 === 0
        if (valid) expect(bytesToHex(hexToBytes(text as Hex))).toBe(text)
        else {
          refusal(() => hexToBytes(text as Hex), 'HEX_MALFORMED')
          refusal(() => parseHex(text), 'HEX_MALFORMED')
        }
      }),
      { numRuns: 1000 },
    )
  })

  it.each(['', '0', '0x0', '0xAB', 'ab', '0Xab', '0xab\n', ' 0xab', '0x😀'])('refuses %j', (text) => {
    refusal(() => parseHex(text), 'HEX_MALFORMED')
    refusal(() => hexToBytes(text as Hex), 'HEX_MALFORMED')
  })

  it.each([undefined, null, 12, ['0xab'], { toString: () => '0xab' }])('refuses %j, which is no string', (value) => {
    refusal(() => parseHex(value), 'HEX_MALFORMED')
  })

  it('names the field, the length expected and what it got', () => {
    const error = refusal(() => parseHex('0xabcd', 32, 'receipt.modelId'), 'HEX_MALFORMED')
    expect(error.message).toBe('receipt.modelId: expected 0x and lower-case hex of 32 bytes, got 6 characters beginning "0xabcd".')
    expect(error.details).toEqual({ field: 'receipt.modelId', length: 32 })
  })

  it('demands the exact length where one is given', () => {
    expect(parseHex(ZERO_HASH, 32)).toBe(ZERO_HASH)
    expect(parseAddress(ZERO_ADDRESS)).toBe(ZERO_ADDRESS)
    refusal(() => parseHex(ZERO_HASH, 31), 'HEX_MALFORMED')
    refusal(() => parseAddress(ZERO_HASH), 'HEX_MALFORMED')
  })

  it('gives bytes of an exact length where one is given', () => {
    expect(hexToBytes('0xab01', 2)).toEqual(Uint8Array.of(0xab, 0x01))
    expect(refusal(() => hexToBytes('0xab01', 32, 'root'), 'HEX_MALFORMED').message).toContain('root')
  })

  it('refuses an address with a checksum: inside, addresses have one form', () => {
    refusal(() => parseAddress('0xCD2a3d9F938E13CD947Ec05AbC7FE734Df8DD826'), 'HEX_MALFORMED')
  })
})

describe('writeHex', () => {
  it('writes at the place given and nowhere else', () => {
    const buffer = new Uint8Array(4).fill(9)
    writeHex(buffer, 1, 2, '0xab01')
    expect(buffer).toEqual(Uint8Array.of(9, 0xab, 0x01, 9))
  })

  it('refuses hex of another length', () => {
    refusal(() => writeHex(new Uint8Array(4), 0, 2, '0xab'), 'HEX_MALFORMED')
    refusal(() => writeHex(new Uint8Array(4), 0, 2, '0xababab'), 'HEX_MALFORMED')
  })
})
