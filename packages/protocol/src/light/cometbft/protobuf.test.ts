import { describe, expect, it } from 'vitest'
import { utf8 } from '../../bytes/bytes.ts'
import { bytesToHex } from '../../bytes/hex.ts'
import { bytesField, delimited, fixed64Field, messageField, varintField } from './protobuf.ts'

describe('a field', () => {
  it.each([
    [0, '0x'],
    [1, '0x0801'],
    [127, '0x087f'],
    [128, '0x088001'],
    [150, '0x089601'],
    [300, '0x08ac02'],
    [2n ** 63n - 1n, '0x08ffffffffffffffff7f'],
  ])('of the number %s is written as %s', (value, bytes) => {
    expect(bytesToHex(varintField(1, value))).toBe(bytes)
  })

  it('of fixed size has eight bytes, the lowest first', () => {
    expect(bytesToHex(fixed64Field(2, 0x0102))).toBe('0x110201000000000000')
    expect(bytesToHex(fixed64Field(2, 0))).toBe('0x')
  })

  it('of text has its length; nothing is left out, a message that holds nothing is not', () => {
    expect(bytesToHex(bytesField(2, utf8('testing')))).toBe('0x120774657374696e67')
    expect(bytesToHex(bytesField(2, utf8('')))).toBe('0x')
    expect(bytesToHex(messageField(2, utf8('')))).toBe('0x1200')
    expect(bytesToHex(bytesField(1, new Uint8Array(128)).subarray(0, 4))).toBe('0x0a800100')
  })
})

it('a delimited message has its length in front, even if that is zero', () => {
  expect(bytesToHex(delimited(varintField(1, 1)))).toBe('0x020801')
  expect(bytesToHex(delimited(utf8('')))).toBe('0x00')
})
