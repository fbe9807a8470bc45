import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { concatBytes, utf8 } from '../bytes/bytes.ts'
import { bytesToHex } from '../bytes/hex.ts'
import { canonicalJson } from '../json/canonical.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { aKeyset, keysets, NONCE } from '../testkit/tee.testkit.ts'
import { gpuNonce } from './gpuNonce.ts'
import { encodeKeyset, type Keyset, keysetDigest, MAX_KEYSET_BYTES, parseKeyset, reportDataOf } from './keyset.ts'

const json = (): Record<string, unknown> => JSON.parse(new TextDecoder().decode(encodeKeyset(aKeyset()))) as Record<string, unknown>
const refused = (value: unknown) =>
  refusal(() => parseKeyset(utf8(typeof value === 'string' ? value : canonicalJson(value))), 'KEYSET_MALFORMED')

describe('a keyset is refused', () => {
  it.each([
    ['of another version', { v: 2 }],
    ['with a member more', { extra: '1' }],
    ['whose chain is a number', { chainId: 5 }],
    ['whose chain does not fit 64 bits', { chainId: `${2n ** 64n}` }],
    ['with leading zeros', { notAfter: '01790000001' }],
    ['without a time', { notAfter: undefined }],
    ['that ends when it begins', { notAfter: '1790000000' }],
    ['that ends before it begins', { notAfter: '1789999999' }],
    ['of more than a day', { notAfter: '1790086401' }],
    ['of an address in upper case', { sign: `0x${'AB'.repeat(20)}` }],
    ['of a short key', { hpke: `0x${'11'.repeat(31)}` }],
    ['without models', { modelIds: [] }],
    ['of 65 models', { modelIds: Array.from({ length: 65 }, (_, i) => `0x${String(i).padStart(64, '0')}`) }],
    ['with a model twice', { modelIds: [hashOf('model'), hashOf('model')] }],
    ['with models out of order', { modelIds: [hashOf('model'), hashOf('other model')].sort().reverse() }],
  ])('%s', (_, change) => {
    refused({ ...json(), ...change })
  })

  it('when it is not JSON, or longer than any', () => {
    refused('')
    refused('{')
    refused('[]')
    refused('null')
    refused(`{"pad":"${'x'.repeat(MAX_KEYSET_BYTES)}"}`)
  })

  it('in any other form than its own: spaces, order, repeated members, a byte order mark', () => {
    const text = new TextDecoder().decode(encodeKeyset(aKeyset()))
    for (const other of [` ${text}`, `${text}\n`, text.replace(',', ', '), text.replace('{', '{"v":1,'), `\u{feff}${text}`]) refused(other)
    const reversed = Object.fromEntries(Object.entries(json()).reverse())
    refused(JSON.stringify(reversed))
  })

  it('when encoding, by the same rules', () => {
    const wrong: Partial<Keyset>[] = [{ notAfter: 0n }, { chainId: -1n }, { modelIds: [] }, { hpke: '0x00' }]
    for (const change of wrong) refusal(() => encodeKeyset(aKeyset(change)), 'KEYSET_MALFORMED')
  })
})

describe('a keyset', () => {
  it('is read back', () => {
    fc.assert(
      fc.property(keysets, (keyset) => {
        expect(parseKeyset(encodeKeyset(keyset))).toEqual(keyset)
      }),
    )
  })

  it('has no second form: whatever is read is written the same', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(127)), { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(keysets, edits, (keyset, changes) => {
        const bytes = encodeKeyset(keyset)
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        let read: Keyset
        try {
          read = parseKeyset(bytes)
        } catch {
          return
        }
        expect(encodeKeyset(read)).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('is never longer than what is read', () => {
    const modelIds = Array.from({ length: 64 }, (_, i) => hashOf(`${i}`)).sort()
    expect(encodeKeyset(aKeyset({ modelIds })).length).toBeLessThan(MAX_KEYSET_BYTES)
  })
})

describe('the report data', () => {
  const keyset = encodeKeyset(aKeyset())

  it('is SHA-512 of the label, the digest of the keyset and the nonce', () => {
    const inner = createHash('sha256').update(keyset).digest()
    const expected = createHash('sha512').update('opengradient/att/v1').update(inner).update(NONCE).digest()
    expect(bytesToHex(reportDataOf(keyset, NONCE))).toBe(`0x${expected.toString('hex')}`)
    expect(keysetDigest(keyset)).toBe(`0x${inner.toString('hex')}`)
  })

  it('gives the nonce of GPUs: SHA-256 of the label and the data', () => {
    const expected = createHash('sha256').update('gpu').update(reportDataOf(keyset, NONCE)).digest('hex')
    expect(bytesToHex(gpuNonce(reportDataOf(keyset, NONCE)))).toBe(`0x${expected}`)
  })

  it('changes with keyset and nonce', () => {
    const other = reportDataOf(encodeKeyset(aKeyset({ notAfter: 1_790_000_001n })), NONCE)
    const values = [reportDataOf(keyset, NONCE), other, reportDataOf(keyset, new Uint8Array(32))]
    expect(new Set(values.map(bytesToHex)).size).toBe(3)
  })

  it('needs a nonce of 32 bytes, so that no byte of it can move', () => {
    for (const length of [0, 31, 33, 64]) refusal(() => reportDataOf(keyset, new Uint8Array(length)), 'HEX_MALFORMED')
    refusal(() => reportDataOf(keyset, concatBytes(NONCE, NONCE)), 'HEX_MALFORMED')
  })
})

it('that is no JSON is refused with what JSON lacks', () => {
  expect(refusal(() => parseKeyset(utf8('{')), 'KEYSET_MALFORMED').message).toMatch(/^keyset: Byte 1: /)
})
