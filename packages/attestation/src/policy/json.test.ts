import { isOgError, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { TCB_STATUSES } from '../result/claims.ts'
import { parsePolicy, parseStandingPolicy, policyBytes } from './json.ts'
import { type AllowedMeasurement, type AttestationPolicy, DEFAULT_POLICY } from './policy.ts'

const full: AttestationPolicy = {
  ...DEFAULT_POLICY,
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { Genoa: { microcode: 72, snp: 14 } } },
  measurements: [
    { platform: 'nitro', values: { pcr0: `0x${'a0'.repeat(48)}` }, notAfter: 1_800_000_000, build: 'https://example.org/build' },
  ],
  platformIds: { allow: ['0xc1'], deny: [] },
  revokedCertificates: [{ issuer: `0x${'11'.repeat(32)}`, serial: '0x07' }],
  maxAge: 300,
  gpu: { required: true, drivers: ['550.1'] },
  expect: { nonce: '0x01', issuedAt: 5 },
}

const [listed] = full.measurements as [AllowedMeasurement]
const [revoked] = full.revokedCertificates
const levels = (status: string) => ({ ...full, tcb: { ...full.tcb, statuses: ['UpToDate', status] } })
const least = (minSvn: object) => ({ ...full, tcb: { ...full.tcb, minSvn } })

const problem = (json: unknown, base?: AttestationPolicy): string => {
  try {
    parsePolicy(typeof json === 'string' ? json : JSON.stringify(json), base)
  } catch (error) {
    if (isOgError(error)) return `${error.code} ${error.message}`
    throw error
  }
  return 'accepted'
}

describe('a policy in JSON', () => {
  it.each([
    ['another member', { ...full, also: 1 }, /POLICY_MALFORMED policy\.also/],
    ['a member that is missing', { ...full, allowDebug: undefined }, /policy\.allowDebug/],
    ['a part that is missing', { ...full, tcb: { statuses: [] } }, /policy\.tcb\.graceDays/],
    ['a platform that there is not', { ...full, platforms: ['sev'] }, /policy\.platforms\[0\]/],
    ['a status that there is not', { ...full, tcb: { ...full.tcb, statuses: ['Fine'] } }, /policy\.tcb\.statuses\[0\]/],
    ['a text for a truth', { ...full, allowDebug: 'false' }, /policy\.allowDebug: expected true or false/],
    ['a number for a truth', { ...full, allowDevelopment: 0 }, /allowDevelopment/],
    ['a negative number', { ...full, maxAhead: -1 }, /maxAhead/],
    ['a fraction', { ...full, maxVmpl: 0.5 }, /maxVmpl/],
    ['null for an absent member', { ...full, maxAge: null }, /maxAge/],
    ['upper-case hex', { ...full, revokedMeasurements: ['0xAB'] }, /revokedMeasurements\[0\]/],
    ['half a byte', { ...full, revokedMeasurements: ['0xa'] }, /revokedMeasurements\[0\]/],
    ['an issuer that is no hash', { ...full, revokedCertificates: [{ issuer: '0x11', serial: '0x07' }] }, /issuer/],
    [
      'a measurement without its build',
      { ...full, measurements: [{ platform: 'nitro', values: {}, notAfter: 1 }] },
      /measurements\[0\]\.build/,
    ],
    ['another word for any', { ...full, measurements: 'all' }, /measurements/],
    ['an array for an object', { ...full, gpu: [] }, /policy\.gpu: expected an object/],
    ['a list that is too long', { ...full, platformIds: { deny: Array(1025).fill('0x01') } }, /platformIds\.deny/],
    ['least versions of GPUs, which state none', least({ 'nvidia-gpu': { record: 1 } }), /minSvn/],
    ['a name that is too long', { ...full, tcb: { ...full.tcb, minSvn: { ['x'.repeat(65)]: {} } } }, /minSvn/],
    ['a list', [full], /policy: expected an object/],
    // What would weaken it without a word.
    ['a level that nobody knows', levels('Unknown'), /policy\.tcb\.statuses\[1\]: expected UpToDate, /],
    ['a level that the vendor has revoked', levels('Revoked'), /policy\.tcb\.statuses\[1\]/],
    ['a level below all that the vendor describes', levels('Unsupported'), /policy\.tcb\.statuses\[1\]/],
    [
      'a family that no evidence names',
      { ...full, deniedFamilies: ['milan'] },
      /policy\.deniedFamilies\[0\]: expected Milan, Genoa, Turin/,
    ],
    ['a family of no GPU', { ...full, deniedFamilies: ['GH1000'] }, /policy\.deniedFamilies\[0\]/],
    ['least versions of no family', least({ genoa: { snp: 14 } }), /policy\.tcb\.minSvn\.genoa/],
    ['least versions of no part', least({ Genoa: {} }), /policy\.tcb\.minSvn\.Genoa: expected the least version of at least one part/],
    ['code to revoke that is no digest', { ...full, revokedMeasurements: ['0xab'] }, /revokedMeasurements\[0\]/],
    ['a machine without a name to deny', { ...full, platformIds: { deny: ['0x'] } }, /platformIds\.deny\[0\]/],
    ['a serial number that no certificate has', { ...full, revokedCertificates: [{ ...revoked, serial: '0x0007' }] }, /leading zeros/],
    ['engines that are no digest', { ...full, measurements: [{ ...listed, runtimes: ['0xbb'] }] }, /runtimes\[0\]/],
    ['milliseconds for the end of an entry', { ...full, measurements: [{ ...listed, notAfter: 1_800_000_000_000 }] }, /notAfter/],
    ['milliseconds ahead of the clock', { ...full, maxAhead: 300_000 }, /maxAhead: expected seconds, at most a day/],
    ['more than a year of age', { ...full, maxAge: 86_400_000 }, /maxAge/],
    ['more than a year without a list', { ...full, maxUnlistedLifetime: 86_400_000 }, /maxUnlistedLifetime/],
    ['grace in seconds', { ...full, tcb: { ...full.tcb, graceDays: 86_400 } }, /graceDays/],
    ['a privilege level that there is not', { ...full, maxVmpl: 4 }, /maxVmpl/],
    [
      'the driver of a GPU that names none',
      { ...full, gpu: { required: true, drivers: [''] } },
      /policy\.gpu\.drivers\[0\]: expected a version/,
    ],
    ['the VBIOS of a GPU that names none', { ...full, gpu: { required: true, vbios: [''] } }, /policy\.gpu\.vbios\[0\]/],
  ])('is refused with %s', (_, json, message) => {
    expect(problem(json)).toMatch(message)
  })

  it('is refused with a member twice, which two readers could read differently', () => {
    expect(problem(JSON.stringify(full).replace('{', '{"allowDebug":true,'))).toMatch(/^JSON_DUPLICATE_KEY/)
  })

  it('that a person writes may leave out members of the default, and nothing inside them', () => {
    expect(parsePolicy('{"platforms":["nitro"]}', DEFAULT_POLICY)).toEqual({ ...DEFAULT_POLICY, platforms: ['nitro'] })
    expect(problem({ tcb: {} }, DEFAULT_POLICY)).toMatch(/policy\.tcb\.statuses/)
    expect(problem({ x: 1 }, DEFAULT_POLICY)).toMatch(/policy\.x/)
    expect(problem({})).toMatch(/^POLICY_MALFORMED/)
  })

  it('has one form in bytes, which is read as it was', () => {
    for (const policy of [full, DEFAULT_POLICY]) expect(parsePolicy(policyBytes(policy))).toEqual(policy)
    const turned = Object.fromEntries(Object.entries(full).reverse()) as unknown as AttestationPolicy
    expect(policyBytes(turned)).toEqual(policyBytes(full))
    const unlimited = { ...full, maxUnlistedLifetime: Number.POSITIVE_INFINITY }
    expect(() => policyBytes(unlimited)).toThrow(/maxUnlistedLifetime/)
  })

  it('may say the utmost that there is', () => {
    const utmost = {
      ...full,
      deniedFamilies: ['Milan', 'Genoa', 'Turin', 'GH100', 'GB100A'],
      tcb: {
        statuses: TCB_STATUSES.filter((status) => !['Unknown', 'Revoked', 'Unsupported'].includes(status)),
        graceDays: 3660,
        minEvaluation: 17,
        minSvn: { Turin: { fmc: 0 }, tdx: { module: 1 }, 'azure-snp-vtpm': { snp: 0 } },
      },
      measurements: [{ ...listed, notAfter: 2 ** 33 - 1, runtimes: [`0x${'bb'.repeat(32)}`] }],
      revokedMeasurements: [`0x${'0a'.repeat(20)}`],
      platformIds: { allow: [], deny: ['0x00'] },
      revokedCertificates: [{ ...revoked, serial: '0x' }],
      maxUnlistedLifetime: 31_622_400,
      maxAge: 31_622_400,
      maxAhead: 86_400,
      maxVmpl: 3,
    }
    expect(problem(utmost)).toBe('accepted')
  })

  it('for whatever evidence comes expects no certain one, which would be compared with nothing', () => {
    expect(() => parseStandingPolicy(policyBytes(full))).toThrow(/policy\.expect/)
    const { expect: _, ...standing } = full
    expect(parseStandingPolicy(policyBytes(standing))).toEqual(standing)
    expect(parseStandingPolicy('{"platforms":["nitro"]}', DEFAULT_POLICY)).toEqual({ ...DEFAULT_POLICY, platforms: ['nitro'] })
  })

  it('never makes anything else than a policy or an error of ours', () => {
    fc.assert(
      fc.property(fc.constantFrom(...Object.keys(full)), fc.jsonValue({ maxDepth: 3 }), (member, value) => {
        const text = JSON.stringify({ ...full, [member]: value })
        if (problem(text) !== 'accepted') return
        const policy = parsePolicy(utf8(text))
        expect(parsePolicy(policyBytes(policy))).toEqual(policy)
      }),
      { numRuns: 500 },
    )
  })
})
