import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { aBundle, hashOf, receiptKey } from '../testkit/samples.testkit.ts'
import { assembleBundle, type BundleParts } from './assemble.ts'

function parts(change: Partial<BundleParts> = {}): BundleParts {
  const { version: _version, signer: _signer, ...rest } = aBundle()
  return { ...rest, ...change }
}

describe('assembleBundle', () => {
  it('adds the version and whoever signed', () => {
    const bundle = assembleBundle(parts())
    expect(bundle.version).toBe(1)
    expect(bundle.signer).toBe(receiptKey.address)
  })

  it('takes the least there is: receipt, signature, execution, manifest', () => {
    const { request: _1, response: _2, payment: _3, inclusion: _4, chain: _5, ...least } = parts()
    expect(assembleBundle(least)).toMatchObject({ version: 1, signer: receiptKey.address })
  })

  it.each<[string, string, Partial<BundleParts>]>([
    ['another manifest', 'modelId', { manifest: utf8('{}') }],
    ['another author', 'modelId', { author: `0x${'11'.repeat(20)}` }],
    ['another execution record', 'executionHash', { execution: utf8('{}') }],
    ['another request', 'requestHash', { request: { ...aBundle().request!, body: utf8('other') } }],
    ['another response', 'responseHash', { response: { contentType: '', body: utf8('other') } }],
    ['another payment', 'paymentId', { payment: { ...aBundle().payment!, nonce: hashOf('other') } }],
    ['the leaf of another receipt', 'hash', { inclusion: { ...aBundle().inclusion!, leaf: hashOf('other') } }],
    ['a path to another root', 'batch', { inclusion: { ...aBundle().inclusion!, path: [hashOf('other')] } }],
  ])('refuses %s', (_, field, change) => {
    expect(refusal(() => assembleBundle(parts(change)), 'BUNDLE_INCONSISTENT').details.field).toBe(field)
  })

  it('refuses a signature that nobody can have made', () => {
    refusal(() => assembleBundle(parts({ signature: hashOf('none') })), 'SIGNATURE_MALFORMED')
  })
})
