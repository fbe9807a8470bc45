import { base64, utf8 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { readPem } from './pem.ts'

const block = (bytes: readonly number[]): string =>
  `-----BEGIN CERTIFICATE-----\n${base64(Uint8Array.from(bytes))}\n-----END CERTIFICATE-----\n`

describe('PEM', () => {
  it('refuses anything around the certificates, broken base64, and too many', () => {
    const good = block([1, 2, 3])
    for (const text of [
      `x${good}`,
      `${good}x`,
      good.replace('BEGIN', 'BEGIN '),
      good.replace('AQID', 'AQI'),
      good.replace('AQID', ''),
      good.repeat(9),
    ])
      expect(() => readPem(utf8(text)), text).toThrow()
    expect(() => readPem(utf8(`${good}\0\0`))).toThrow()
    expect(() => readPem(utf8(`${good}${'\n'.repeat(65_536)}`))).toThrow('more than 65536 bytes')
    expect(readPem(utf8(`${good}${'\n'.repeat(65_536 - good.length)}`))).toEqual([Uint8Array.of(1, 2, 3)])
  })

  it('reads certificates in order, with the NUL that quotes end in', () => {
    expect(readPem(utf8(`${block([1])}\n${block([2, 3])}\0`))).toEqual([Uint8Array.of(1), Uint8Array.of(2, 3)])
    expect(readPem(utf8(block([7]).trimEnd()))).toEqual([Uint8Array.of(7)])
    expect(readPem(new Uint8Array())).toEqual([])
  })
})
