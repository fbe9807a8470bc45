import { describe, expect, it } from 'vitest'
import { utf8 } from '../bytes/bytes.ts'
import { signDigest } from '../crypto/signature.ts'
import { requestHashOf, responseHashOf } from '../receipt/ids.ts'
import { receiptHash } from '../receipt/receipt.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { aBundle, DOMAIN, hashOf, receiptKey } from '../testkit/samples.testkit.ts'
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

describe('an answer to a sealed request', () => {
  const seal = { requestSalt: hashOf('request salt'), responseSalt: hashOf('response salt') }
  const tee = { cmw: utf8('{}') }

  /** The sample as the enclave would have answered it: hashes with salts, and signed anew. */
  function sealed(level: 0 | 1 | 2 | 129, change: Partial<BundleParts> = {}): BundleParts {
    const { inclusion: _, ...rest } = parts()
    const receipt = {
      ...rest.receipt,
      level,
      proofRef: hashOf('keyset'),
      requestHash: requestHashOf(rest.request!, seal.requestSalt),
      responseHash: responseHashOf(rest.response!.body, seal.responseSalt),
    }
    return { ...rest, receipt, signature: signDigest(receiptHash(receipt, DOMAIN), receiptKey.privateKey), tee, seal, ...change }
  }

  it('holds its salts, and is put together at levels tee and development', () => {
    for (const level of [1, 129] as const) expect(assembleBundle(sealed(level))).toMatchObject({ seal, tee })
  })

  it.each<[string, Partial<BundleParts>]>([
    ['requestHash', { seal: { ...seal, requestSalt: hashOf('other') } }],
    ['responseHash', { seal: { ...seal, responseSalt: hashOf('other') } }],
    ['requestHash', { request: { ...aBundle().request!, body: utf8('other') } }],
  ])('is refused if its %s is of other salts or bytes', (field, change) => {
    expect(refusal(() => assembleBundle(sealed(1, change)), 'BUNDLE_INCONSISTENT').details.field).toBe(field)
  })

  it('is refused without its salts, and salts are at every other level', () => {
    const { seal: _, ...without } = sealed(1)
    expect(refusal(() => assembleBundle(without), 'BUNDLE_INCONSISTENT').details.field).toBe('requestHash')
    for (const level of [0, 2] as const)
      expect(refusal(() => assembleBundle(sealed(level)), 'BUNDLE_INCONSISTENT').details).toEqual({ field: 'level', part: 'seal' })
  })
})
