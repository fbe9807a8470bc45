import { base64, base64url, isOgError, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { binary, derList, timeOf } from './forms.ts'

const code = (work: () => unknown): string => {
  try {
    work()
  } catch (error) {
    if (isOgError(error)) return error.code
    throw error
  }
  return 'accepted'
}
const DER = Uint8Array.of(0x30, 3, 2, 1, 0x80)
const pem = (label: string, der: Uint8Array): string => `-----BEGIN ${label}-----\n${base64(der)}\n-----END ${label}-----\n`

describe('the forms in which files hold binary data', () => {
  it('are read alike, with line breaks or without', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (tail) => {
        const bytes = Uint8Array.of(0xff, ...tail)
        const hex = Buffer.from(bytes).toString('hex')
        const lines = (text: string) => `${text.replace(/.{64}/g, '$&\r\n')}\n`
        for (const text of [hex, `0x${hex}`, hex.toUpperCase(), lines(hex), base64(bytes), lines(base64(bytes)), base64url(bytes)])
          expect(binary(utf8(text), 'x')).toEqual(bytes)
        expect(binary(bytes, 'x')).toBe(bytes)
      }),
    )
  })

  it('leave JSON as it is: the verifier of its platform reads it', () => {
    const json = utf8('{"version":1}')
    expect(binary(json, 'x')).toBe(json)
  })

  it('are refused when the text is none of them', () => {
    for (const text of ['not base64!', 'QQ=', 'QR==', '0x123', '='])
      expect([text, code(() => binary(utf8(text), 'x'))]).toEqual([text, 'USAGE'])
  })
})

describe('files of certificates and lists', () => {
  it('hold one in DER, or several in PEM with text around them', () => {
    expect(derList(DER, 'x', 'CERTIFICATE')).toEqual([DER])
    expect(derList(utf8(base64(DER)), 'x', 'CERTIFICATE')).toEqual([DER])
    const text = `subject=leaf\n${pem('CERTIFICATE', DER)}\n${pem('CERTIFICATE', DER)}`
    expect(derList(utf8(text), 'x', 'CERTIFICATE')).toEqual([DER, DER])
    expect(derList(utf8(pem('X509 CRL', DER)), 'x', 'X509 CRL')).toEqual([DER])
  })

  it('are refused when they hold something else, nothing, or too much', () => {
    expect(code(() => derList(utf8(pem('PRIVATE KEY', DER)), 'x', 'CERTIFICATE'))).toBe('USAGE')
    expect(code(() => derList(utf8(pem('X509 CRL', DER)), 'x', 'CERTIFICATE'))).toBe('USAGE')
    expect(code(() => derList(utf8('-----BEGIN CERTIFICATE-----\n'), 'x', 'CERTIFICATE'))).toBe('USAGE')
    expect(code(() => derList(utf8(pem('CERTIFICATE', DER).repeat(33)), 'x', 'CERTIFICATE'))).toBe('USAGE')
  })
})

describe('the time of verification', () => {
  it.each([
    ['2026-02-12T18:00:00Z', 1_770_919_200],
    ['2026-02-12T19:00:00+01:00', 1_770_919_200],
    ['2026-02-12T18:00Z', 1_770_919_200],
    ['1770919200', 1_770_919_200],
  ])('%s', (text, seconds) => {
    expect(timeOf(text, 0)).toBe(seconds)
  })

  it('is the clock without one', () => expect(timeOf(undefined, 1_770_919_200_999)).toBe(1_770_919_200))

  it.each(['2026-02-12', '2026-02-12T18:00:00', 'yesterday', '-5', '2026-13-40T00:00:00Z', ''])('is not guessed from "%s"', (text) => {
    expect(code(() => timeOf(text, 0))).toBe('USAGE')
  })
})
