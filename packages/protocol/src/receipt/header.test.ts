import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64url, fromBase64url } from '../bytes/base64.ts'
import { signDigest } from '../crypto/signature.ts'
import { OgError } from '../error/error.ts'
import { receipts } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { aReceipt, DOMAIN, hashOf, receiptKey } from '../testkit/samples.testkit.ts'
import { decodeReceiptHeader, encodeReceiptHeader, RECEIPT_HEADER_LENGTH } from './header.ts'
import { receiptHash } from './receipt.ts'

const receipt = aReceipt()
const signature = signDigest(receiptHash(receipt, DOMAIN), receiptKey.privateKey)
const header = encodeReceiptHeader(receipt, signature)

/** The header with its bytes changed by `edit`. */
function edited(edit: (bytes: Uint8Array) => Uint8Array | undefined): string {
  const bytes = fromBase64url(header)
  return base64url(edit(bytes) ?? bytes)
}

describe('the OG-Receipt header', () => {
  it('gives back every receipt and its signature', () => {
    fc.assert(
      fc.property(receipts, (receipt) => {
        expect(decodeReceiptHeader(encodeReceiptHeader(receipt, signature))).toEqual({ receipt, signature })
      }),
    )
  })

  it('is 495 characters, well below what proxies allow', () => {
    expect(RECEIPT_HEADER_LENGTH).toBe(495)
    expect(header).toHaveLength(495)
  })

  it('has the layout of the specification', () => {
    const bytes = fromBase64url(encodeReceiptHeader(aReceipt({ level: 129, price: 0x0102n, issuedAt: 0x0304n }), signature))
    const hex = Buffer.from(bytes).toString('hex')
    const strip = (text: string): string => text.slice(2)
    const fields = ['requestId', 'paymentId', 'modelId', 'requestHash', 'responseHash', 'executionHash', 'proofRef'] as const
    expect(hex).toBe(
      [
        '01',
        ...fields.map((name) => strip(receipt[name])),
        '81',
        strip(receipt.node),
        strip(receipt.payer),
        '0102'.padStart(64, '0'),
        '0304'.padStart(16, '0'),
        strip(signature),
      ].join(''),
    )
  })

  it('shows any changed byte: another receipt, another signature, or a refusal', () => {
    fc.assert(
      fc.property(fc.nat(370), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = edited((bytes) => {
          bytes[at]! ^= flip
          return undefined
        })
        try {
          expect(decodeReceiptHeader(changed)).not.toEqual({ receipt, signature })
        } catch (error) {
          if (!(error instanceof OgError)) throw error
        }
      }),
      { numRuns: 500 },
    )
  })

  it('refuses to encode what does not fit', () => {
    refusal(() => encodeReceiptHeader(aReceipt({ price: 1n << 256n }), signature), 'NUMBER_MALFORMED')
    refusal(() => encodeReceiptHeader(aReceipt({ issuedAt: -1n }), signature), 'NUMBER_MALFORMED')
    refusal(() => encodeReceiptHeader(aReceipt({ node: '0x12' }), signature), 'HEX_MALFORMED')
    refusal(() => encodeReceiptHeader(receipt, hashOf('no signature')), 'HEX_MALFORMED')
  })
})

describe('a hostile OG-Receipt header', () => {
  it.each([
    ['empty', ''],
    ['a character short', header.slice(1)],
    ['a character long', `${header}A`],
    ['padded', `${header.slice(0, -1)}=`],
    ['of the standard alphabet', `+${header.slice(1)}`],
    ['with a space', ` ${header.slice(1)}`],
    ['of characters outside ASCII', `é${header.slice(1)}`],
    ['with bits that are not used', `${header.slice(0, -1)}${header.endsWith('B') ? 'C' : 'B'}`],
    ['with an unknown level', edited((bytes) => bytes.with(225, 3))],
  ])('is refused: %s', (_, text) => {
    refusal(() => decodeReceiptHeader(text), 'RECEIPT_MALFORMED')
  })

  it('is refused if its version is unknown, saying which', () => {
    const error = refusal(() => decodeReceiptHeader(edited((bytes) => bytes.with(0, 2))), 'RECEIPT_VERSION')
    expect(error.details).toEqual({ version: 2 })
  })

  it('is refused if its signature is not in the one form', () => {
    refusal(() => decodeReceiptHeader(edited((bytes) => bytes.with(370, 0))), 'SIGNATURE_MALFORMED')
    refusal(() => decodeReceiptHeader(edited((bytes) => bytes.fill(0xff, 338, 370))), 'SIGNATURE_MALFORMED')
    refusal(() => decodeReceiptHeader(edited((bytes) => bytes.fill(0xf0, 338, 370))), 'SIGNATURE_HIGH_S')
  })

  it('never gives anything but an OgError', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 490, maxLength: 500 }), (text) => {
        refusal(() => decodeReceiptHeader(text), 'RECEIPT_MALFORMED', 'RECEIPT_VERSION')
      }),
    )
  })
})
