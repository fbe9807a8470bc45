import { sha256 } from '@noble/hashes/sha2.js'
import { boundToData, hclReport, pem } from '@opengradient/attestation-dev/make'
import { base64url, concatBytes } from '@opengradient/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { azureSnpVerifier, azureTdxVerifier } from '../../azure/verify.ts'
import { azureKeys, runtimeData } from '../../testkit/azure.testkit.ts'
import { NOW } from '../../testkit/ca.testkit.ts'
import { collateral, intelRoot, intelRoots, pck, pckCa, quote, tdBody } from '../../testkit/dcap.testkit.ts'
import { ark, arkCrl, ask, snpReport, snpRoots, vcek } from '../../testkit/snp.testkit.ts'
import { tpm2b } from '../../tpm/quote.ts'
import { DATA } from '../attest.testkit.ts'
import { u16 } from '../tpm/command.ts'
import { CC } from '../tpm/operations.ts'
import { answer, serveTpm, type TpmHandlers } from '../tpm/tpm.testkit.ts'
import { azureAttester } from './attester.ts'
import { holding, quoting, serveMetadata } from './azure.testkit.ts'

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

const text = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)
const data = runtimeData()
const TD_REPORT = concatBytes(Uint8Array.of(0x81), new Uint8Array(1183).fill(7))
const REPORTS = {
  snp: hclReport({ kind: 'snp', data, report: snpReport({ 80: boundToData(data) }) }),
  tdx: hclReport({ kind: 'tdx', data, report: TD_REPORT }),
}
const CERTIFICATES = { vcekCert: text(pem(vcek())), tcbm: 'DB18000000000004', certificateChain: text(pem(ask('Genoa'), ark('Genoa'))) }
const TD_QUOTE = quote({ body: tdBody({ 520: boundToData(data) }), certificates: pem(pck(), pckCa, intelRoot) })

const rsassa = (message: Uint8Array): Uint8Array => concatBytes(u16(0x14), u16(11), tpm2b(azureKeys.ak.raw(message, 'SHA-256')))
const PATHS = { certificates: '/metadata/THIM/amd/certification', quote: '/acc/tdquote' }

interface Machine {
  readonly hardware?: 'snp' | 'tdx'
  readonly report?: Uint8Array
  readonly tpm?: TpmHandlers
  readonly metadata?: Parameters<typeof serveMetadata>[0]
}

/** A machine of Azure, of which a test replaces some of what answers. */
async function machine({ hardware = 'snp', report = REPORTS[hardware], tpm = {}, metadata = {} }: Machine = {}) {
  const service = await serveMetadata({
    [PATHS.certificates]: () => ({ body: JSON.stringify(CERTIFICATES) }),
    [PATHS.quote]: () => ({ body: JSON.stringify({ quote: base64url(TD_QUOTE) }) }),
    ...metadata,
  })
  const served = await serveTpm({ ...holding(report), ...quoting(rsassa), ...tpm })
  stops.push(service.stop, served.stop)
  const options = { hardware, place: served.place, metadata: service.at, timeout: 20_000, endorsements: { crls: [arkCrl('Genoa')] } }
  return { asked: service.asked, attester: azureAttester(options) }
}

async function refusalOf(given: Machine): Promise<{ code: string; message: string }> {
  const { attester } = await machine(given)
  return attester.attest(DATA).then(
    () => ({ code: 'ok', message: '' }),
    ({ code, message }: { code: string; message: string }) => ({ code, message }),
  )
}

describe('a confidential machine of Azure', () => {
  it('with SNP gives evidence that verifies, bound to the digest of what was asked, with the certificates of its chip', async () => {
    const { attester, asked } = await machine()
    expect(attester).toMatchObject({ platform: 'azure-snp-vtpm', trust: 'hardware' })
    const { evidence, endorsements } = await attester.attest(DATA)
    expect(await azureSnpVerifier.verify(evidence, { now: NOW, roots: snpRoots('Genoa'), endorsements })).toMatchObject({
      ok: true,
      platform: 'azure-snp-vtpm',
      reportData: sha256(DATA),
      revocation: 'checked',
      measurements: { pcr0: `0x${'33'.repeat(32)}` },
    })
    expect(asked).toEqual([['GET', PATHS.certificates, 'true', '']])
    const short = await attester.attest(DATA.subarray(0, 32))
    expect(await azureSnpVerifier.verify(short.evidence, { now: NOW, roots: snpRoots('Genoa'), endorsements })).toMatchObject({
      reportData: DATA.subarray(0, 32),
    })
  })

  it('with TDX has its TD report quoted by the host', async () => {
    const { attester, asked } = await machine({ hardware: 'tdx' })
    expect(attester.platform).toBe('azure-tdx-vtpm')
    const { evidence } = await attester.attest(DATA)
    const claims = await azureTdxVerifier.verify(evidence, { now: NOW, roots: intelRoots, endorsements: collateral() })
    expect(claims).toMatchObject({ ok: true, platform: 'azure-tdx-vtpm', reportData: sha256(DATA) })
    expect(asked).toEqual([['POST', PATHS.quote, 'true', JSON.stringify({ report: base64url(TD_REPORT.subarray(0, 1024)) })]])
  })

  it('is none where the TPM holds no report of a paravisor, or one about other hardware', async () => {
    const none = { [CC.getCapability]: () => answer(0, concatBytes(Uint8Array.of(0), new Uint8Array([0, 0, 0, 1]), new Uint8Array(4))) }
    expect(await refusalOf({ tpm: none })).toMatchObject({ code: 'ATTESTER_UNAVAILABLE', message: /no confidential machine of Azure/ })
    expect(await refusalOf({ report: REPORTS.tdx })).toMatchObject({ code: 'ATTESTER_UNAVAILABLE', message: /is tdx, not snp/ })
    expect(await refusalOf({ hardware: 'tdx', report: REPORTS.snp })).toMatchObject({ code: 'ATTESTER_UNAVAILABLE' })
  })

  it('is refused a report that is none, and a signature of another kind', async () => {
    for (const report of [new Uint8Array(2600), REPORTS.snp.subarray(0, 1000), new Uint8Array(9000)])
      expect(await refusalOf({ report })).toMatchObject({ code: 'ATTESTER_FAILED' })
    const ecdsa = () => concatBytes(u16(0x18), u16(11), tpm2b(new Uint8Array(32)), tpm2b(new Uint8Array(32)))
    expect(await refusalOf({ tpm: quoting(ecdsa) })).toMatchObject({ code: 'ATTESTER_FAILED', message: /ecdsa with SHA-256/ })
  })

  it.each<[string, () => { status?: number; body: string }]>([
    ['an error', () => ({ status: 410, body: 'gone' })],
    ['no JSON', () => ({ body: 'gone' })],
    ['null', () => ({ body: 'null' })],
    ['nothing', () => ({ body: '{}' })],
    ['no certificates', () => ({ body: JSON.stringify({ ...CERTIFICATES, vcekCert: '' }) })],
    ['two chips', () => ({ body: JSON.stringify({ ...CERTIFICATES, vcekCert: CERTIFICATES.vcekCert.repeat(2) }) })],
    ['no chain', () => ({ body: JSON.stringify({ vcekCert: CERTIFICATES.vcekCert }) })],
    ['too much', () => ({ body: JSON.stringify({ ...CERTIFICATES, more: 'x'.repeat(65_536) }) })],
  ])('is refused when the metadata service answers %s', async (_, said) => {
    const { code, message } = await refusalOf({ metadata: { [PATHS.certificates]: said } })
    expect([code, message]).toEqual(['ATTESTER_FAILED', expect.stringContaining('The metadata service of Azure')])
  })

  it.each(['{}', '{"quote":1}', '{"quote":"?"}'])('with TDX is refused when the host quotes %s', async (body) => {
    const { code } = await refusalOf({ hardware: 'tdx', metadata: { [PATHS.quote]: () => ({ body }) } })
    expect(code).toBe('ATTESTER_FAILED')
  })

  it('is none where nobody answers for the metadata', async () => {
    const served = await serveTpm({ ...holding(REPORTS.snp), ...quoting(rsassa) })
    const gone = await serveMetadata({})
    gone.stop()
    stops.push(served.stop)
    const attester = azureAttester({ hardware: 'snp', place: served.place, metadata: gone.at })
    await expect(attester.attest(DATA)).rejects.toMatchObject({
      code: 'ATTESTER_UNAVAILABLE',
      message: expect.stringContaining('metadata'),
    })
  })
})
