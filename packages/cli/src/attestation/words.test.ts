import type { Claims, Platform } from '@opengradient/attestation'
import { expect, it } from 'vitest'
import { evidenceWords } from './words.ts'

const HAS = { listed: true, bound: true }
const claims = (platform: Platform, over: Partial<Claims> = {}): Claims => ({
  ok: true,
  platform,
  trust: 'hardware',
  verifiedAt: 0,
  validUntil: 1,
  reportData: new Uint8Array(),
  measurements: {},
  debug: false,
  migratable: false,
  tcb: { status: 'Unrated', svn: {}, advisories: [] },
  platformId: '0x01',
  revocation: 'checked',
  certificates: [],
  facts: {},
  ...over,
})

it('what ran is said of enclaves alone; a TPM says what was started, and a GPU its firmware', () => {
  const said = (['snp', 'azure-snp-vtpm', 'tpm', 'nvidia-gpu'] as const).map((platform) => evidenceWords([claims(platform)], HAS).proves[0])
  expect(said).toEqual([
    'Code with this measurement ran in a genuine AMD SEV-SNP when the evidence was made.',
    'Code with this measurement ran in a genuine Azure confidential machine (AMD SEV-SNP) when the evidence was made.',
    'A machine had started code with this measurement when the evidence was made, as its genuine TPM 2.0 says.',
    'A genuine NVIDIA GPU ran firmware with these measurements when the evidence was made.',
  ])
})

it('every platform assumes its vendor and that nobody attacked the machine, and some more than that', () => {
  const more = (platform: Platform, over: Partial<Claims> = {}) =>
    evidenceWords([claims(platform, over)], HAS)
      .assumes.slice(1, -1)
      .join(' ')
  expect(evidenceWords([claims('snp')], HAS).assumes).toEqual([
    'AMD keeps its keys and makes its hardware as it says.',
    'Nobody with hands on the machine attacked it physically.',
  ])
  expect(more('tpm')).toMatch(/leaves its memory alone/)
  expect(more('azure-tdx-vtpm')).toMatch(/paravisor/)
  expect(more('nitro', { revocation: 'unpublished' })).toMatch(/publishes no revocation lists/)
  expect(more('snp', { revocation: 'unchecked' })).toMatch(/one was not given/)
})

it('debug mode is named, and that it keeps nothing from the host', () => {
  const { proves, unproven } = evidenceWords([claims('nitro', { debug: true })], HAS)
  expect(proves).toEqual(['Code with this measurement ran in a genuine AWS Nitro Enclave in debug mode when the evidence was made.'])
  expect(unproven.join(' ')).toMatch(/kept from the host: in debug mode/)
})

it('a GPU of development makes all of it development, and one without a list leaves that on trust', () => {
  const gpu = (over: Partial<Claims>) => evidenceWords([claims('snp'), claims('nvidia-gpu', over)], HAS)
  expect(gpu({ trust: 'development' }).proves.join(' ')).not.toMatch(/genuine/)
  expect(gpu({ trust: 'development' }).unproven[0]).toMatch(/That any hardware protects anything/)
  expect(gpu({ revocation: 'unchecked' }).assumes.join(' ')).toMatch(/one was not given/)
})
