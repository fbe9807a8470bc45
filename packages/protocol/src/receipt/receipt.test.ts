import fc from 'fast-check'
import { hashTypedData } from 'viem'
import { describe, expect, it } from 'vitest'
import { ZERO_ADDRESS, ZERO_HASH } from '../bytes/hex.ts'
import { receipts } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { aReceipt, DOMAIN, hashOf } from '../testkit/samples.testkit.ts'
import { eip712Domain } from './domain.ts'
import { parseReceipt, RECEIPT_TYPES, type Receipt, receiptHash, receiptInconsistency, receiptToJson } from './receipt.ts'

describe('receiptHash', () => {
  it('is what a wallet library computes from RECEIPT_TYPES', () => {
    fc.assert(
      fc.property(receipts, (receipt) => {
        const expected = hashTypedData({ domain: eip712Domain(DOMAIN), types: RECEIPT_TYPES, primaryType: 'Receipt', message: receipt })
        expect(receiptHash(receipt, DOMAIN)).toBe(expected)
      }),
    )
  })

  it('changes with every field', () => {
    const receipt = aReceipt()
    const changes: Partial<Receipt>[] = [
      ...(['requestId', 'paymentId', 'modelId', 'requestHash', 'responseHash', 'executionHash', 'proofRef'] as const).map((name) => ({
        [name]: hashOf('changed'),
      })),
      { level: 129 },
      { node: `0x${'11'.repeat(20)}` },
      { payer: `0x${'11'.repeat(20)}` },
      { price: receipt.price + 1n },
      { issuedAt: receipt.issuedAt + 1n },
    ]
    expect(changes).toHaveLength(Object.keys(receipt).length)
    const hashes = [{}, ...changes].map((change) => receiptHash({ ...receipt, ...change }, DOMAIN))
    expect(new Set(hashes).size).toBe(changes.length + 1)
  })

  it('changes with chain and contract', () => {
    const hash = receiptHash(aReceipt(), DOMAIN)
    expect(receiptHash(aReceipt(), { ...DOMAIN, chainId: DOMAIN.chainId + 1n })).not.toBe(hash)
    expect(receiptHash(aReceipt(), { ...DOMAIN, settlement: ZERO_ADDRESS })).not.toBe(hash)
  })

  it('refuses to hash what does not fit', () => {
    refusal(() => receiptHash(aReceipt({ price: -1n }), DOMAIN), 'TYPED_DATA_INVALID')
    refusal(() => receiptHash(aReceipt({ issuedAt: 1n << 64n }), DOMAIN), 'TYPED_DATA_INVALID')
    refusal(() => receiptHash(aReceipt({ modelId: '0x12' }), DOMAIN), 'HEX_MALFORMED')
  })
})

describe('a receipt in JSON', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(receipts, (receipt) => {
        expect(parseReceipt(JSON.parse(JSON.stringify(receiptToJson(receipt))))).toEqual(receipt)
      }),
    )
  })

  it.each([
    ['a missing field', { payer: undefined }],
    ['an unknown field', { extra: 1 }],
    ['a price as number', { price: 5 }],
    ['a price with leading zero', { price: '05' }],
    ['a price beyond 256 bits', { price: (1n << 256n).toString() }],
    ['a date beyond 64 bits', { issuedAt: (1n << 64n).toString() }],
    ['an unknown level', { level: 3 }],
    ['a level as text', { level: '0' }],
    ['an upper-case address', { node: `0x${'AB'.repeat(20)}` }],
    ['a short hash', { modelId: '0x12' }],
  ])('is refused with %s', (_, change) => {
    const json = JSON.parse(JSON.stringify({ ...receiptToJson(aReceipt()), ...change }))
    const error = refusal(() => parseReceipt(json), 'RECEIPT_MALFORMED')
    expect(error.message).toContain(Object.keys(change)[0])
  })

  it.each([null, undefined, 5, 'receipt', []])('is refused if it is %j', (json) => {
    refusal(() => parseReceipt(json), 'RECEIPT_MALFORMED')
  })
})

describe('receiptInconsistency', () => {
  const free = { payer: ZERO_ADDRESS, paymentId: ZERO_HASH, price: 0n }

  it.each<[string, Partial<Receipt>]>([
    ['paid', {}],
    ['free', free],
    ['with a proof at level zk', { level: 2, proofRef: hashOf('statement') }],
  ])('finds nothing in a receipt that is %s', (_, changes) => {
    expect(receiptInconsistency(aReceipt(changes))).toBeUndefined()
  })

  it.each<[string, Partial<Receipt>]>([
    ['a price without payer', { ...free, price: 1n }],
    ['a payer without price', { price: 0n }],
    ['a payment without payer', { ...free, paymentId: hashOf('payment') }],
    ['a payer without payment', { paymentId: ZERO_HASH }],
    ['a payer and a payment at no price', { price: 0n }],
    ['a proof at level signature', { proofRef: hashOf('proof') }],
    ['no proof at level tee', { level: 1 }],
    ['no proof at level development tee', { level: 129 }],
    ['no node', { node: ZERO_ADDRESS }],
  ])('names %s', (_, changes) => {
    expect(receiptInconsistency(aReceipt(changes))?.code).toBe('RECEIPT_INCONSISTENT')
  })
})
