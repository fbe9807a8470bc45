import { describe, expect, it } from 'vitest'
import { Refusal } from '../result/rejection.ts'
import { DerReader, readWhole, TAG } from './der.ts'
import { readBitBytes, readBoolean, readFlags, readOid, readSmall, readTime, readUnsigned } from './values.ts'

const reader = (hex: string): DerReader => new DerReader(Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex')))
const utc = (text: string): DerReader => reader(`17 ${text.length.toString(16).padStart(2, '0')} ${Buffer.from(text).toString('hex')}`)
const generalized = (text: string): DerReader =>
  reader(`18 ${text.length.toString(16).padStart(2, '0')} ${Buffer.from(text).toString('hex')}`)

describe('DER', () => {
  it('refuses lengths that are indefinite, not shortest, too long, or cut', () => {
    for (const hex of ['', '30', '3080 0000', '308101 00', '30820001 00', '3084 00000001 00', '3002 00', '3081', '3f00', '1f00'])
      expect(() => reader(hex).next(), hex).toThrow(Refusal)
    expect(reader('3003 020101').next(TAG.sequence).value.length).toBe(3)
  })

  it('refuses another tag than expected, and bytes left over', () => {
    expect(() => reader('0201 05').next(TAG.sequence)).toThrow(Refusal)
    expect(() => readWhole(Uint8Array.of(0x30, 0, 0), TAG.sequence, 'x')).toThrow(Refusal)
  })

  it('reads integers in their shortest form only, and never negative ones', () => {
    const read = (hex: string) => readUnsigned(reader(hex).next(TAG.integer), 2)
    for (const hex of ['0200', '0201 80', '0202 0001', '0204 00ffffff']) expect(() => read(hex), hex).toThrow(Refusal)
    expect([...read('0201 00')]).toEqual([])
    expect([...read('0203 00ffff')]).toEqual([255, 255])
    expect(readSmall(reader('0202 0100').next())).toBe(256)
  })

  it('reads booleans as 00 or FF only', () => {
    for (const hex of ['0100', '0101 01', '0102 ff00']) expect(() => readBoolean(reader(hex).next()), hex).toThrow(Refusal)
    expect(readBoolean(reader('0101 ff').next())).toBe(true)
  })

  it('reads object identifiers in their shortest form only', () => {
    for (const hex of ['0600', '0601 80', '0603 2a8001', '0602 2a80']) expect(() => readOid(reader(hex)), hex).toThrow(Refusal)
    expect(readOid(reader('0608 2a8648ce3d040302'))).toBe('1.2.840.10045.4.3.2')
    expect(readOid(reader('0603 550403'))).toBe('2.5.4.3')
    expect(readOid(reader('0602 8837'))).toBe('2.999')
    // A zero in the middle of an arc does not end it.
    expect(readOid(reader('0604 2a818001'))).toBe('1.2.16385')
  })

  it('reads bit strings without stray bits', () => {
    for (const hex of ['0300', '0302 0181']) expect(() => readBitBytes(reader(hex)), hex).toThrow(Refusal)
    for (const hex of ['0300', '0302 0106'.replace('06', '07'), '0302 0880', '0306 00ffffffffff'])
      expect(() => readFlags(reader(hex).next()), hex).toThrow(Refusal)
    expect([...readFlags(reader('0302 0106').next())]).toEqual([5, 6])
  })

  it('reads times in the one form of RFC 5280', () => {
    const bad = [
      '2603010000Z',
      '260301000000',
      '260301000000+0100',
      '261301000000Z',
      '260230000000Z',
      '260301240000Z',
      '260301006000Z',
      '260301000060Z',
    ]
    for (const text of bad) expect(() => readTime(utc(text)), text).toThrow(Refusal)
    for (const text of ['20260301000000Z', '20500101000000.5Z', '20500101000000'])
      expect(() => readTime(generalized(text)), text).toThrow(Refusal)
    expect(readTime(utc('260301000000Z'))).toBe(1_772_323_200)
    expect(readTime(utc('500101000000Z'))).toBe(Date.UTC(1950, 0, 1) / 1000)
    expect(readTime(generalized('99991231235959Z'))).toBe(Date.UTC(9999, 11, 31, 23, 59, 59) / 1000)
  })
})
