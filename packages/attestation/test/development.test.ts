import { developmentAttester, developmentCertificates, developmentRoots } from '@opengradient/attestation-dev'
import { bytesToHex, gpuNonce, type Hex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import {
  type AttestationPolicy,
  appraise,
  type Claims,
  DEFAULT_POLICY,
  MAIN_MEASUREMENT,
  nobleCheck,
  PLATFORMS,
  type Platform,
  VENDOR_ROOTS,
  verifyEvidence,
} from '../src/index.ts'

const NOW = 1_772_323_200
const SEED = 'a local network'
const DATA = Uint8Array.from({ length: 64 }, (_, i) => i + 1)
const roots = developmentRoots(SEED)

const evidenceOf = async (platform: Platform, options: { seed?: string; machine?: string; measurement?: Hex; now?: number } = {}) => {
  const { now = NOW, ...rest } = options
  return developmentAttester({ platform, seed: SEED, now: () => now, ...rest }).attest(DATA)
}
const verify = async (
  platform: Platform,
  made: Awaited<ReturnType<typeof evidenceOf>>,
  trusted = roots as typeof VENDOR_ROOTS,
  now = NOW,
) => verifyEvidence({ platform, bytes: made.evidence }, { now, roots: trusted, endorsements: made.endorsements, check: nobleCheck })

/** As strict as for hardware, but for the root. */
const policy = (platform: Platform, measurement: Hex, shown: Claims['measurements']): AttestationPolicy => ({
  ...DEFAULT_POLICY,
  platforms: [platform],
  allowDevelopment: true,
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { Genoa: { snp: 14, microcode: 72 } } },
  measurements: [{ platform, values: { ...shown, [MAIN_MEASUREMENT[platform]]: measurement }, notAfter: NOW + 1, build: 'none' }],
  maxAge: 60,
  expect: { reportData: bytesToHex(platform === 'nvidia-gpu' ? gpuNonce(DATA) : DATA), issuedAt: NOW },
})

describe.each(PLATFORMS)('development evidence of %s', (platform) => {
  it('is recognised by a verifier that has all roots in one list', async () => {
    const anchors = { anchors: developmentCertificates(SEED).map((certificate) => ({ certificate, trust: 'development' as const })) }
    const trusted = { aws: anchors, amd: anchors, intel: anchors, nvidia: anchors, tpm: anchors }
    expect(await verify(platform, await evidenceOf(platform), trusted)).toMatchObject({ ok: true, trust: 'development' })
  })

  it('has no trusted root for whoever trusts the vendors, or another seed', async () => {
    const made = await evidenceOf(platform)
    for (const trusted of [VENDOR_ROOTS, developmentRoots('another network')]) {
      const refused = await verify(platform, made, trusted)
      expect(refused).toMatchObject({ ok: false, code: expect.stringMatching(/^(UNTRUSTED_ROOT|CHAIN_INVALID)$/) })
    }
  })

  it('passes the strictest policy under its own roots, as development only', async () => {
    const attester = developmentAttester({ platform, seed: SEED, now: () => NOW })
    const made = await attester.attest(DATA)
    const claims = (await verify(platform, made)) as Claims
    expect(claims).toMatchObject({ ok: true, platform, trust: 'development', debug: false })
    expect(claims.validUntil).toBeGreaterThanOrEqual(NOW + 10_000)
    expect(appraise(claims, policy(platform, attester.measurement, claims.measurements))).toMatchObject({ ok: true, level: 'development' })
    expect(appraise(claims, { ...policy(platform, attester.measurement, claims.measurements), allowDevelopment: false }).code).toBe(
      'DEV_EVIDENCE',
    )
    expect(appraise(claims, policy(platform, `0x${'00'.repeat(48)}`, claims.measurements)).code).toBe('MEASUREMENT_UNKNOWN')
  })

  it('is the same on every run, and tells machines, measurements and times apart', async () => {
    const made = await evidenceOf(platform)
    expect(await evidenceOf(platform)).toEqual(made)
    const claims = (await verify(platform, made)) as Claims
    const other = (await verify(platform, await evidenceOf(platform, { machine: 'another' }))) as Claims
    expect(other.ok).toBe(true)
    expect(other.platformId).not.toBe(claims.platformId)
    const size = platform === 'sgx' || platform === 'tpm' ? 32 : 48
    const code: Hex = `0x${'c0'.repeat(size)}`
    const measured = developmentAttester({ platform, seed: SEED, measurement: code, now: () => NOW })
    const again = (await verify(platform, await measured.attest(DATA))) as Claims
    expect(again.measurements[MAIN_MEASUREMENT[platform]]).toBe(measured.measurement)
    expect(again.measurements[MAIN_MEASUREMENT[platform]]).not.toBe(claims.measurements[MAIN_MEASUREMENT[platform]])
    const year = NOW + 400 * 86_400
    expect(await verify(platform, made, roots, year)).toMatchObject({ ok: false })
    expect(await verify(platform, await evidenceOf(platform, { now: year }), roots, year)).toMatchObject({ ok: true })
  })

  it('is not made for no data, or for more than the formats hold', async () => {
    const attester = developmentAttester({ platform, seed: SEED })
    for (const length of [0, 65]) await expect(attester.attest(new Uint8Array(length))).rejects.toMatchObject({ code: 'ATTESTER_FAILED' })
    for (const measurement of ['0x', `0x${'00'.repeat(31)}`] as const)
      expect(() => developmentAttester({ platform, seed: SEED, measurement })).toThrow(expect.objectContaining({ name: 'OgError' }))
  })
})

describe('development roots', () => {
  it('are the same bytes for the same seed, and say what they are', () => {
    expect(developmentRoots(SEED)).toEqual(developmentRoots(SEED))
    for (const { anchors } of Object.values(roots)) {
      expect(anchors).toHaveLength(1)
      expect(anchors[0]!.trust).toBe('development')
      expect(new TextDecoder('latin1').decode(anchors[0]!.certificate)).toContain('DEVELOPMENT')
    }
  })
})
