import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { base64url } from '../../bytes/base64.ts'
import { utf8 } from '../../bytes/bytes.ts'
import { canonicalJson } from '../../json/canonical.ts'
import { refusal } from '../../testkit/expect.testkit.ts'
import { anAttestation, attestations } from '../../testkit/tee.testkit.ts'
import { type AttestationEvidence, MAX_PLATFORM_EVIDENCE } from '../attestation.ts'
import { encodeCmw, parseCmw } from './cmw.ts'
import { MAX_CMW_BYTES } from './schema.ts'

type Members = Record<string, unknown>
const text = new TextDecoder().decode(encodeCmw(anAttestation()))
const json = (): Members => JSON.parse(text) as Members
const refused = (value: unknown) =>
  refusal(() => parseCmw(utf8(typeof value === 'string' ? value : canonicalJson(value))), 'ATTESTATION_MALFORMED')

const EVIDENCE = 'application/vnd.opengradient.evidence.'
const nothing = base64url(new Uint8Array())

describe('a collection is refused', () => {
  it.each([
    ['of another type', { __cmwc_t: 'tag:opengradient.ai,2026:attestation/2' }],
    ['without evidence', { evidence: undefined }],
    ['without keyset', { keyset: undefined }],
    ['without nonce', { nonce: undefined }],
    ['with a member more', { extra: ['application/octet-stream', nothing, 4] }],
    ['whose evidence is of no platform', { evidence: [EVIDENCE, nothing, 4] }],
    ['whose evidence is of a platform in upper case', { evidence: [`${EVIDENCE}TDX`, nothing, 4] }],
    ['whose evidence calls itself endorsements', { evidence: [`${EVIDENCE}tdx`, nothing, 2] }],
    ['whose evidence has a member more', { evidence: [`${EVIDENCE}tdx`, nothing, 4, 0] }],
    ['whose evidence is padded base64', { evidence: [`${EVIDENCE}tdx`, 'AA==', 4] }],
    ['whose evidence has unused bits set', { evidence: [`${EVIDENCE}tdx`, 'AB', 4] }],
    ['whose evidence is too long', { evidence: [`${EVIDENCE}tdx`, base64url(new Uint8Array(65_537)), 4] }],
    ['whose keyset is of another type', { keyset: ['application/json', nothing, 4] }],
    ['whose nonce is short', { nonce: ['application/octet-stream', base64url(new Uint8Array(31)), 4] }],
    ['with an empty event log', { eventLog: ['application/octet-stream', nothing, 4] }],
    ['with empty endorsements', { endorsements: {} }],
    ['with an empty list of certificates', { endorsements: { certificates: {} } }],
    ['with a list that begins at 1', { endorsements: { certificates: { 1: ['application/pkix-cert', nothing, 2] } } }],
    ['with a list labelled by words', { endorsements: { certificates: { leaf: ['application/pkix-cert', nothing, 2] } } }],
    ['with a CRL among the certificates', { endorsements: { certificates: { 0: ['application/pkix-crl', nothing, 2] } } }],
    ['with an unsigned file', { endorsements: { tcbInfo: { body: ['application/json', nothing, 2] } } }],
    ['with no GPU', { gpus: {} }],
    ['with a GPU of another platform', { gpus: { 0: { evidence: [`${EVIDENCE}tdx`, nothing, 4] } } }],
  ])('%s', (_, change) => {
    refused({ ...json(), ...change })
  })

  it('when it is not JSON, or has another form than its own', () => {
    for (const other of ['', '{', '[]', 'null', ` ${text}`, `${text}\n`, text.replace(',', ', ')]) refused(other)
    refused(JSON.stringify(Object.fromEntries(Object.entries(json()).reverse())))
    refused(text.replace('{', '{"evidence":[],'))
    refused(`{"x":"${'y'.repeat(MAX_CMW_BYTES)}"}`)
    expect(refused('{').message).toBe('CMW: Byte 1: Expected a key in double quotes.')
  })

  it('when there is more than fits', () => {
    const certificate = ['application/pkix-cert', nothing, 2]
    const many = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [i, certificate]))
    refused({ ...json(), endorsements: { certificates: many(17) } })
    const gpu = { evidence: [`${EVIDENCE}nvidia-gpu`, nothing, 4] }
    refused({ ...json(), gpus: Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, gpu])) })
    refusal(() => encodeCmw(anAttestation({ eventLog: new Uint8Array(400_000) })), 'ATTESTATION_MALFORMED')
    refusal(() => encodeCmw(anAttestation({ platform: 'No platform' })), 'ATTESTATION_MALFORMED')
  })
})

describe('a collection', () => {
  it('is read back', () => {
    fc.assert(
      fc.property(attestations, (value) => {
        expect(parseCmw(encodeCmw(value))).toEqual(value)
      }),
    )
  })

  it('may hold the longest evidence', () => {
    const evidence = new Uint8Array(MAX_PLATFORM_EVIDENCE).fill(7)
    expect(parseCmw(encodeCmw(anAttestation({ evidence }))).evidence).toEqual(evidence)
  })

  it('keeps lists of more than ten in order', () => {
    const crls = Array.from({ length: 16 }, (_, i) => Uint8Array.of(i))
    expect(parseCmw(encodeCmw(anAttestation({ endorsements: { crls } }))).endorsements).toEqual({ crls })
  })

  it('has no second form: whatever is read is written the same', () => {
    const edits = fc.array(fc.tuple(fc.nat(), fc.nat(127)), { minLength: 1, maxLength: 2 })
    fc.assert(
      fc.property(attestations, edits, (value, changes) => {
        const bytes = encodeCmw(value)
        for (const [at, byte] of changes) bytes[at % bytes.length] = byte
        let read: AttestationEvidence
        try {
          read = parseCmw(bytes)
        } catch {
          return
        }
        expect(encodeCmw(read)).toEqual(bytes)
      }),
      { numRuns: 500 },
    )
  })

  it('is of records as RFC 9999 has them: type, base64url, indicator bits', () => {
    expect(json().evidence).toEqual(['application/vnd.opengradient.evidence.tdx', 'BAUG', 4])
    expect((json().endorsements as Members).crls).toEqual({ 0: ['application/pkix-crl', 'CQ', 2] })
  })
})
