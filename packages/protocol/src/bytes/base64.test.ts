import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../testkit/expect.testkit.ts'
import { base64, base64url, fromBase64, fromBase64url } from './base64.ts'

const KINDS = [
  { kind: 'base64', encode: base64, decode: fromBase64 },
  { kind: 'base64url', encode: base64url, decode: fromBase64url },
] as const

describe.each(KINDS)('$kind', ({ kind, encode, decode }) => {
  it('writes what Node writes and reads it back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const text = encode(bytes)
        expect(text).toBe(Buffer.from(bytes).toString(kind))
        expect(decode(text)).toEqual(bytes)
      }),
    )
  })

  it('accepts exactly what it would write: text is refused or comes back unchanged', () => {
    const near = fc.string({ unit: fc.constantFrom(...'AQgw+/-_=09z \n€'), maxLength: 9 })
    fc.assert(
      fc.property(fc.oneof(near, fc.string()), (text) => {
        let bytes: Uint8Array
        try {
          bytes = decode(text)
        } catch (error) {
          refusal(() => {
            throw error
          }, 'BASE64_MALFORMED')
          return
        }
        expect(encode(bytes)).toBe(text)
      }),
      { numRuns: 2000 },
    )
  })

  it('handles megabytes', () => {
    const bytes = new Uint8Array(3_000_001).map((_, i) => (i * 31) & 255)
    expect(Buffer.from(decode(encode(bytes))).equals(Buffer.from(bytes))).toBe(true)
  })

  it('names the field in a refusal', () => {
    expect(refusal(() => decode('!', 'execution'), 'BASE64_MALFORMED').message).toContain('execution')
  })
})

it.each(['QQ', 'QQ=', 'QR==', 'QUI', 'QUJ=', 'QQ==QQ==', '====', 'Q===', 'QQ==\n', 'Q-_Q', 'QQ=A'])('base64 refuses %j', (text) => {
  refusal(() => fromBase64(text), 'BASE64_MALFORMED')
})

it.each(['QQ==', 'QR', 'QUJ', 'Q', 'Q+/Q', 'QQQQQ', 'QQ Q'])('base64url refuses %j', (text) => {
  refusal(() => fromBase64url(text), 'BASE64_MALFORMED')
})
