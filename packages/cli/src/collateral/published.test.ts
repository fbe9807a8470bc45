import { type Endorsements, type Platform, type Trusts, VENDOR_ROOTS } from '@opengradient/attestation'
import { bytesToHex } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { NOW } from '../../../attestation/src/testkit/ca.testkit.ts'
import {
  collateral,
  intelRoot,
  intelRoots,
  pckCa,
  pckCrl,
  qeIdentity,
  quote,
  rootCrl,
  signedFile,
  tcbInfo,
} from '../../../attestation/src/testkit/dcap.testkit.ts'
import { gpuChain, gpuCrls, gpuReport, gpuRoots } from '../../../attestation/src/testkit/nvidia.testkit.ts'
import { ark, arkCrl, ask, snpReport, vcek } from '../../../attestation/src/testkit/snp.testkit.ts'
import { akCertificate, tpmEvidence, tpmRoots } from '../../../attestation/src/testkit/tpm.testkit.ts'
import { fetchPublished } from './published.ts'
import { getter, type Services, VENDOR_SERVICES } from './services.ts'
import { intelFile, intelList, VendorServer } from './vendors.testkit.ts'

const vendor = new VendorServer()
let services: Services
beforeAll(async () => {
  const url = await vendor.start()
  services = { intel: url, amd: url, nvidia: url }
})
afterAll(() => vendor.close())

const ROOT = '/sgx/certification/v4/rootcacrl'
const PLATFORM = '/sgx/certification/v4/pckcrl?ca=platform&encoding=der'
const PROCESSOR = '/sgx/certification/v4/pckcrl?ca=processor&encoding=der'
const TCB = '/tdx/certification/v4/tcb?fmspc=b0c06f000000'
const IDENTITY = '/tdx/certification/v4/qe/identity'

const trusts: Trusts = { hardware: VENDOR_ROOTS, development: intelRoots }
const published = (
  platform: Platform,
  evidence: Uint8Array,
  endorsements: Endorsements = {},
  changes: Partial<Parameters<typeof fetchPublished>[1]> = {},
) => fetchPublished({ platform, evidence, endorsements }, { get: getter(fetch), services, trusts, now: NOW, ...changes })
const tdx = () => published('tdx', quote())

describe("Intel's service", () => {
  beforeAll(() => {
    vendor.answers.set(ROOT, { body: bytesToHex(rootCrl()).slice(2).toUpperCase() })
    vendor.answers.set(PLATFORM, intelList(pckCrl(), pckCa, intelRoot))
    // An authority that this platform is not of.
    vendor.answers.set(PROCESSOR, intelList(rootCrl(), intelRoot))
    vendor.answers.set(TCB, intelFile('tcbInfo', signedFile(tcbInfo('TDX'))))
    vendor.answers.set(IDENTITY, intelFile('enclaveIdentity', signedFile(qeIdentity('TD_QE'))))
  })

  it.each([
    ['a file with spaces', TCB, { body: '{ "tcbInfo":{},"signature":"00"}' }, 'COLLATERAL_MALFORMED', /without spaces/],
    [
      'a file under another name',
      TCB,
      { body: `{"enclaveIdentity":{},"signature":"${'0'.repeat(128)}"}` },
      'COLLATERAL_MALFORMED',
      /tcbInfo/,
    ],
    ['a file that is no text', TCB, { body: Uint8Array.of(0xff, 0xfe) }, 'COLLATERAL_MALFORMED', /text/],
    [
      'no chain beside a file',
      TCB,
      { body: `{"tcbInfo":{},"signature":"${'0'.repeat(128)}"}` },
      'COLLATERAL_MALFORMED',
      /tcb-info-issuer-chain/,
    ],
    ['half a percent sign', PLATFORM, { body: pckCrl(), headers: { 'SGX-PCK-CRL-Issuer-Chain': '%4' } }, 'COLLATERAL_MALFORMED', /PEM/],
    ['an empty chain', PLATFORM, { body: pckCrl(), headers: { 'SGX-PCK-CRL-Issuer-Chain': '' } }, 'COLLATERAL_MALFORMED', /PEM/],
    ['a page instead of a list', ROOT, { body: '<html>' }, 'COLLATERAL_MALFORMED', /DER or hex/],
    ['an error', IDENTITY, { status: 503, body: 'later' }, 'EVIDENCE_FETCH_FAILED', /503/],
    ['a redirect', IDENTITY, { status: 302, body: '', headers: { location: '/elsewhere' } }, 'EVIDENCE_FETCH_FAILED', /redirect/],
    ['more than a file may have', IDENTITY, { body: new Uint8Array(70_000) }, 'EVIDENCE_FETCH_FAILED', /65536/],
  ])('that gives %s is not believed', async (_, path, answer, code, message) => {
    const error = await vendor.saying(path, answer, () => tdx().catch((reason) => reason))
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
  })

  it('that is not there is said by its address', async () => {
    const gone = { ...services, intel: 'http://127.0.0.1:9' }
    await expect(published('tdx', quote(), {}, { services: gone })).rejects.toMatchObject({ code: 'EVIDENCE_FETCH_FAILED' })
  })

  it('that forges a file, or gives one of another time, leaves the evidence incomplete', async () => {
    const genuine = signedFile(tcbInfo('TDX'))
    const forged = intelFile('tcbInfo', { ...genuine, body: genuine.body.map((byte, i) => (i === 60 ? byte ^ 1 : byte)) })
    const found = await vendor.saying(TCB, forged, tdx)
    expect([found.complete, found.published.length, found.refused.length]).toEqual([false, 4, 2])
    const late = await published('tdx', quote(), {}, { now: NOW + 30 * 86_400 })
    expect(late.complete).toBe(false)
    expect(late.refused.length).toBeGreaterThanOrEqual(3)
  })

  it('gives what the quote needs, found genuine, and nothing about others', async () => {
    const { complete, published: files, refused, claims } = await tdx()
    expect(refused).toEqual([])
    expect(complete).toBe(true)
    expect(claims.tcb.status).toBe('Unknown')
    expect(files.map(({ verified: { kind, number } }) => [kind, number])).toEqual([
      ['crl', 5n],
      ['crl', 5n],
      // The processor authority's list, which here is the root's once more.
      ['crl', 5n],
      ['tcbInfo', 17n],
      ['qeIdentity', 16n],
    ])
    const own = collateral()
    expect(files[3]!.collateral).toEqual({ kind: 'tcbInfo', ...own.tcbInfo })
    expect(files[4]!.collateral).toEqual({ kind: 'qeIdentity', ...own.qeIdentity })
  })

  it('replaces what came with the evidence, which may be out of date', async () => {
    const stale = {
      ...collateral(),
      ...{ crls: [rootCrl(), Uint8Array.of(1)] },
      tcbInfo: signedFile(tcbInfo('TDX', { nextUpdate: '2020-01-01T00:00:00Z' })),
    }
    expect(await published('tdx', quote(), stale)).toMatchObject({ complete: true, refused: [] })
  })

  it('says when it has revoked the machine', async () => {
    const revoking = intelList(pckCrl([13]), pckCa, intelRoot)
    const found = await vendor.saying(PLATFORM, revoking, tdx)
    expect(found).toMatchObject({ complete: false, refused: [expect.stringMatching(/revoked/)] })
  })

  it('is asked about genuine evidence only', async () => {
    const before = vendor.asked.length
    const broken = quote()
    broken[100]! ^= 1
    await expect(published('tdx', broken)).rejects.toMatchObject({ code: expect.stringMatching(/^EVIDENCE_/) })
    await expect(published('tdx', quote(), {}, { trusts: { hardware: VENDOR_ROOTS } })).rejects.toMatchObject({
      code: 'EVIDENCE_UNTRUSTED_ROOT',
    })
    expect(vendor.asked.length).toBe(before)
  })
})

describe("AMD's service", () => {
  const root = ark('Genoa')
  const amd = { anchors: [{ certificate: root, trust: 'hardware' as const }], intermediates: [ask('Genoa')] }
  const changes = { trusts: { hardware: { ...VENDOR_ROOTS, amd } } }
  const CERTIFICATE = `/vcek/v1/Genoa/${'c1'.repeat(64)}?blSPL=7&teeSPL=0&snpSPL=14&ucodeSPL=72`
  beforeAll(() => {
    vendor.answers.set('/vcek/v1/Genoa/crl', { body: arkCrl('Genoa') })
    vendor.answers.set(CERTIFICATE, { body: vcek() })
  })

  it('gives the list, and the certificate of the chip where the host gave none', async () => {
    const found = await published('snp', snpReport(), {}, changes)
    expect(found).toMatchObject({ complete: true, refused: [], claims: { trust: 'hardware', family: 'Genoa' } })
    expect(found.certificate).toEqual(vcek())
    expect(found.published.map(({ collateral }) => collateral.certificates)).toEqual([[root]])
    const own = await published('snp', snpReport(), { certificates: [vcek()] }, changes)
    expect([own.complete, own.certificate]).toEqual([true, undefined])
  })

  it('gives another list about keys that clouds load, which has its own place on chain', async () => {
    vendor.answers.set('/vlek/v1/Genoa/crl', { body: arkCrl('Genoa') })
    const certificates = [vcek({ kind: 'VLEK' }), ask('Genoa', 'SEV-VLEK')]
    const report = snpReport({ 72: [1 << 2], 416: new Uint8Array(64) })
    const found = await published('snp', report, { certificates }, changes)
    expect(found).toMatchObject({ complete: true, refused: [], claims: { facts: { signer: 'vlek' } } })
    expect(found.published.map(({ collateral, verified }) => [collateral.kind, verified.kind])).toEqual([['vlekCrl', 'vlekCrl']])
    const [chips] = (await published('snp', snpReport(), {}, changes)).published
    expect(chips!.verified.key).not.toBe(found.published[0]!.verified.key)
  })

  it('that gives the certificate of another chip, or a list of another family, is not believed', async () => {
    const other = { body: vcek({ chip: new Uint8Array(64).fill(0xc2) }) }
    const error = await vendor.saying(CERTIFICATE, other, () => published('snp', snpReport(), {}, changes).catch((reason) => reason))
    expect(error).toMatchObject({ code: 'EVIDENCE_CHAIN_INVALID' })
    const milan = { body: arkCrl('Milan') }
    const found = await vendor.saying('/vcek/v1/Genoa/crl', milan, () => published('snp', snpReport(), {}, changes))
    expect([found.complete, found.published.length, found.refused.length]).toEqual([false, 0, 1])
  })

  it('cannot be asked where the report does not say which chip it is', async () => {
    await expect(published('snp', snpReport({ 0: [2], 392: [0, 0, 0] }), {}, changes)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(published('snp', snpReport({ 72: [0b0010] }), {}, changes)).rejects.toMatchObject({ code: 'USAGE' })
  })
})

describe("NVIDIA's lists", () => {
  it('are those of the root and of the family', async () => {
    const [l1, l2] = gpuCrls() as [Uint8Array, Uint8Array]
    vendor.answers.set('/crl/l1-root.crl', { body: l1 })
    vendor.answers.set('/crl/l2-gh100.crl', { body: l2 })
    const changes = { trusts: { hardware: VENDOR_ROOTS, development: gpuRoots } }
    const found = await published('nvidia-gpu', gpuReport(), { certificates: gpuChain() }, changes)
    expect([found.complete, found.published.length, found.refused]).toEqual([true, 2, []])
  })
})

it('of a TPM nobody publishes anything', async () => {
  const asked = published(
    'tpm',
    tpmEvidence(),
    { certificates: [akCertificate()] },
    { trusts: { hardware: VENDOR_ROOTS, development: tpmRoots } },
  )
  await expect(asked).rejects.toMatchObject({ code: 'USAGE' })
})

it('the services are those that their vendors document', () => {
  expect(Object.values(VENDOR_SERVICES).map((url) => new URL(url).host)).toEqual([
    'api.trustedservices.intel.com',
    'certificates.trustedservices.intel.com',
    'kdsintf.amd.com',
    'crl.ndis.nvidia.com',
  ])
})
