import { bytesToHex, concatBytes, gpuNonce, type Hex, sha256 } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { digest } from '../crypto/hash.ts'
import type { Claims } from '../result/claims.ts'
import { DAY, NOW } from '../testkit/ca.testkit.ts'
import type { TpmQuote } from '../tpm/quote.ts'
import { matchRegisters } from '../tpm/registers.ts'
import { appraise, validUntil } from './appraise.ts'
import { type AllowedMeasurement, type AttestationPolicy, DEFAULT_POLICY, MAIN_MEASUREMENT } from './policy.ts'

const M: Hex = `0x${'3e'.repeat(48)}`
const entry: AllowedMeasurement = { platform: 'snp', values: { measurement: M }, notAfter: NOW + DAY, build: 'https://builds.example/1' }

/** Claims that are as good as they get. */
const claims = (changes: Partial<Claims> = {}): Claims => ({
  ok: true,
  platform: 'snp',
  trust: 'hardware',
  family: 'Genoa',
  verifiedAt: NOW,
  validUntil: NOW + DAY,
  reportData: Uint8Array.of(1, 2, 3),
  measurements: { measurement: M, hostData: `0x${'00'.repeat(32)}` },
  debug: false,
  migratable: false,
  tcb: { status: 'Unrated', svn: { bootloader: 7, snp: 14, microcode: 72 }, advisories: [] },
  platformId: '0xc1',
  revocation: 'checked',
  certificates: [{ issuer: '0xaa', serial: '0x01', notBefore: NOW - DAY, notAfter: NOW + DAY }],
  facts: { vmpl: '0', smt: 'yes', aliasCheck: 'no' },
  ...changes,
})

/** The default policy with what governance must fill in. */
const policy = (changes: Partial<AttestationPolicy> = {}): AttestationPolicy => ({
  ...DEFAULT_POLICY,
  measurements: [entry],
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { Genoa: { bootloader: 7, snp: 14, microcode: 72 } } },
  ...changes,
})
const tcb = (changes: Partial<AttestationPolicy['tcb']>): Partial<AttestationPolicy> => ({ tcb: { ...policy().tcb, ...changes } })
const code = (c: Partial<Claims>, p: Partial<AttestationPolicy> = {}, gpus: Claims[] = []): string =>
  appraise(claims(c), policy(p), gpus).code ?? 'ok'

const tdx = (changes: Partial<Claims['tcb']> = {}): Partial<Claims> => ({
  platform: 'tdx',
  measurements: { mrtd: M, rtmr1: M, rtmr2: M },
  tcb: { status: 'UpToDate', svn: {}, evaluation: 17, advisories: [], ...changes },
})
const tdxPolicy = (changes: Partial<AttestationPolicy['tcb']> = {}): Partial<AttestationPolicy> => ({
  measurements: [{ ...entry, platform: 'tdx', values: { mrtd: M, rtmr1: M, rtmr2: M } }],
  tcb: { ...DEFAULT_POLICY.tcb, ...changes },
})

describe('the default policy', () => {
  it('refuses debug, migration, Milan, unknown levels, missing lists, unknown code and development roots', () => {
    expect(code({ debug: true })).toBe('DEBUG_ENABLED')
    expect(code({ migratable: true })).toBe('POLICY_BITS')
    expect(code({ facts: { vmpl: '1' } })).toBe('POLICY_BITS')
    expect(code({ family: 'Milan' })).toBe('PLATFORM_DENIED')
    expect(code({ platform: 'tpm' })).toBe('PLATFORM_DENIED')
    expect(code({ platform: 'sgx' })).toBe('PLATFORM_DENIED')
    expect(code({ revocation: 'unchecked' })).toBe('CRL_MISSING')
    expect(code({ trust: 'development' })).toBe('DEV_EVIDENCE')
    expect(code(tdx({ status: 'Unknown' }), tdxPolicy())).toBe('COLLATERAL_MISSING')
    for (const status of ['OutOfDate', 'Revoked', 'Unsupported', 'ConfigurationNeeded', 'SWHardeningNeeded'] as const)
      expect(code(tdx({ status }), tdxPolicy())).toBe('TCB_REJECTED')
    expect(appraise(claims(), DEFAULT_POLICY).code).toBe('TCB_REJECTED')
    expect(appraise(claims(), { ...DEFAULT_POLICY, tcb: policy().tcb }).code).toBe('MEASUREMENT_UNKNOWN')
  })

  it('accepts what has none of these faults', () => {
    expect(appraise(claims(), policy())).toMatchObject({ ok: true, level: 'tee' })
    expect(code(tdx(), tdxPolicy())).toBe('ok')
  })
})

describe('development evidence', () => {
  it('never reads as tee, also when only the GPU is under a development root', () => {
    expect(appraise(claims({ trust: 'development' }), policy({ allowDevelopment: true }))).toMatchObject({ ok: true, level: 'development' })
    const gpu = gpuClaims({ trust: 'development' })
    expect(appraise(claims(), policy({ allowDevelopment: true }), [gpu])).toMatchObject({ ok: true, level: 'development' })
    expect(code({}, {}, [gpu])).toBe('DEV_EVIDENCE')
  })
})

describe('security levels', () => {
  it('must reach every least version number, and SNP needs an entry for its family', () => {
    expect(code({}, tcb({ minSvn: {} }))).toBe('TCB_REJECTED')
    expect(code({}, tcb({ minSvn: { Turin: {} } }))).toBe('TCB_REJECTED')
    expect(code({}, tcb({ minSvn: { Genoa: { snp: 15 } } }))).toBe('TCB_REJECTED')
    expect(code({}, tcb({ minSvn: { Genoa: { unheard: 0 } } }))).toBe('TCB_REJECTED')
    expect(code({}, tcb({ minSvn: { snp: { snp: 14 } } }))).toBe('ok')
    expect(code({ platform: 'azure-snp-vtpm' }, { ...tcb({ minSvn: {} }), platforms: ['azure-snp-vtpm'] })).toBe('TCB_REJECTED')
  })

  it('may be behind for the days of grace, and not a second longer', () => {
    const behind = (days: number) => tdx({ status: 'OutOfDate', behindSince: NOW - days * DAY })
    expect(code(behind(9), tdxPolicy({ graceDays: 10 }))).toBe('ok')
    expect(code(behind(10), tdxPolicy({ graceDays: 10 }))).toBe('TCB_REJECTED')
    expect(code(tdx({ status: 'OutOfDate' }), tdxPolicy({ graceDays: 10 }))).toBe('TCB_REJECTED')
    const unconfigured = tdx({ status: 'OutOfDateConfigurationNeeded', behindSince: NOW })
    expect(code(unconfigured, tdxPolicy({ graceDays: 10 }))).toBe('TCB_REJECTED')
    expect(code(unconfigured, tdxPolicy({ graceDays: 10, statuses: ['UpToDate', 'ConfigurationNeeded'] }))).toBe('ok')
    expect(code(tdx({ status: 'Revoked', behindSince: NOW }), tdxPolicy({ graceDays: 10 }))).toBe('TCB_REJECTED')
    const configurable = tdxPolicy({ graceDays: 10, statuses: ['UpToDate', 'ConfigurationNeeded'] })
    expect(code(tdx({ status: 'Revoked', behindSince: NOW }), configurable)).toBe('TCB_REJECTED')
  })

  it('must come from an evaluation that is new enough', () => {
    expect(code(tdx(), tdxPolicy({ minEvaluation: 18 }))).toBe('COLLATERAL_STALE')
    expect(code(tdx(), tdxPolicy({ minEvaluation: 17 }))).toBe('ok')
  })
})

describe('measurements', () => {
  it('must all be equal to one entry that names the code, of the same platform, before its end', () => {
    const other: Hex = `0x${'00'.repeat(48)}`
    const only = (changes: Partial<AllowedMeasurement>) => ({ measurements: [{ ...entry, ...changes }] })
    expect(code({}, only({ values: { measurement: other } }))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({}, only({ values: { measurement: M, hostData: other } }))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({}, only({ values: { measurement: M, absent: other } }))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({}, only({ values: {} }))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({}, only({ values: { hostData: `0x${'00'.repeat(32)}` } }))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({}, only({ platform: 'tdx' }))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({}, only({ notAfter: NOW }))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({}, only({ notAfter: NOW + 1 }))).toBe('ok')
    expect(code({}, only({ build: '' }))).toBe('PROVENANCE_INVALID')
    // Raw evidence says nothing of engines, and so not that they are the listed ones.
    const engines: AllowedMeasurement = { ...entry, runtimes: [`0x${'bb'.repeat(32)}`] }
    expect(code({}, only(engines))).toBe('MEASUREMENT_UNKNOWN')
    const foreign: AllowedMeasurement = { ...entry, platform: 'tdx' }
    const says = (...measurements: AllowedMeasurement[]) => appraise(claims(), policy({ measurements })).message
    const [unlisted, others] = [
      'The code that runs is not on the list, or its entry has expired.',
      'not with the engines that it says it runs',
    ]
    expect([says(), says(foreign)]).toEqual([unlisted, unlisted])
    for (const list of [[engines], [foreign, engines]]) expect(says(...list)).toContain(others)
  })

  it('of firmware alone do not name the code that it starts: an entry has to name the registers', () => {
    const listed = (platform: Claims['platform'], shown: Claims['measurements'], ...names: string[]) =>
      listedFor(platform, platform, shown, names)
    const listedFor = (
      entryOf: Claims['platform'],
      platform: Claims['platform'],
      shown: Claims['measurements'],
      names: readonly string[],
    ) => {
      const values = Object.fromEntries(names.map((name) => [name, shown[name]!]))
      const open = { platforms: [platform], tcb: { ...policy().tcb, statuses: ['UpToDate', 'Unrated'] as const } }
      return code({ platform, measurements: shown }, { ...open, measurements: [{ ...entry, platform: entryOf, values }] })
    }
    const unused: Hex = `0x${'00'.repeat(48)}`
    const domain = { mrtd: M, rtmr0: M, rtmr1: M, rtmr2: M, rtmr3: unused }
    for (const names of [['mrtd'], ['mrtd', 'rtmr1'], ['mrtd', 'rtmr2'], ['mrtd', 'rtmr0', 'rtmr3']])
      expect(listed('tdx', domain, ...names)).toBe('MEASUREMENT_UNKNOWN')
    expect(listed('tdx', domain, 'mrtd', 'rtmr1', 'rtmr2')).toBe('ok')
    // A system that starts whatever it is given, and measures that into the last register.
    const starter = { ...domain, rtmr3: M }
    expect(listed('tdx', starter, 'mrtd', 'rtmr1', 'rtmr2')).toBe('MEASUREMENT_UNKNOWN')
    expect(listed('tdx', starter, 'mrtd', 'rtmr0', 'rtmr1', 'rtmr2', 'mrservicetd')).toBe('MEASUREMENT_UNKNOWN')
    expect(listed('tdx', starter, 'mrtd', 'rtmr1', 'rtmr2', 'rtmr3')).toBe('ok')
    const paravisor = { measurement: M, mrtd: M, pcrDigest: M, pcr4: M, pcr11: M }
    for (const [platform, main] of [
      ['azure-snp-vtpm', 'measurement'],
      ['azure-tdx-vtpm', 'mrtd'],
    ] as const) {
      expect(listed(platform, paravisor, main)).toBe('MEASUREMENT_UNKNOWN')
      expect(listed(platform, paravisor, main, 'pcrDigest')).toBe('MEASUREMENT_UNKNOWN')
      expect(listed(platform, paravisor, main, 'pcr11')).toBe('ok')
    }
    // The entry of a platform where the main measurement is enough allows nothing on one where it is not.
    expect(listedFor('snp', 'azure-snp-vtpm', paravisor, ['measurement'])).toBe('MEASUREMENT_UNKNOWN')
  })

  it('say what an entry that would allow them does not name', () => {
    const unused: Hex = `0x${'00'.repeat(48)}`
    const says = (platform: Claims['platform'], measurements: Claims['measurements'], ...names: string[]) => {
      const values = Object.fromEntries(names.map((name) => [name, measurements[name]!]))
      const open = { platforms: [platform], tcb: { ...policy().tcb, statuses: ['UpToDate', 'Unrated'] as const } }
      return appraise(claims({ platform, measurements }), policy({ ...open, measurements: [{ ...entry, platform, values }] })).message
    }
    const domain = { mrtd: M, rtmr0: M, rtmr1: M, rtmr2: M, rtmr3: M, mrservicetd: unused }
    expect(says('tdx', domain, 'rtmr1', 'rtmr2')).toContain('does not name mrtd:')
    expect(says('tdx', domain, 'mrtd', 'rtmr1')).toContain('does not name rtmr2:')
    expect(says('tdx', domain, 'mrtd', 'rtmr1', 'rtmr2')).toContain('does not name rtmr3:')
    expect(says('tdx', { ...domain, mrservicetd: M }, 'mrtd', 'rtmr1', 'rtmr2', 'rtmr3')).toContain('does not name mrservicetd:')
    expect(says('azure-tdx-vtpm', { mrtd: M, pcr4: M }, 'mrtd')).toContain('does not name a register of the virtual TPM')
    expect(says('tpm', { pcrDigest: M, pcr0: M, pcr4: M }, 'pcrDigest', 'pcr0')).toContain('does not name pcr4:')
    expect(says('tdx', domain, 'mrtd', 'rtmr1', 'rtmr2', 'rtmr3')).toBeUndefined()
  })

  it('of a TPM are not its digest alone: another system fills registers that are free with the values of others', () => {
    const [firmware, loader, kernel] = [1, 2, 3].map((byte) => new Uint8Array(32).fill(byte)) as [Uint8Array, Uint8Array, Uint8Array]
    const values = [firmware, loader, kernel]
    const pcrDigest = digest('SHA-256', concatBytes(...values))
    const quoted = (...registers: number[]) =>
      matchRegisters({ selections: [{ hash: 'SHA-256', registers }], pcrDigest } as unknown as TpmQuote, values, 'SHA-256')
    const honest = quoted(0, 4, 9)
    // Registers 16 and 23 are reset and extended by whatever runs.
    const forged = quoted(0, 16, 23)
    expect(forged.pcrDigest).toBe(honest.pcrDigest)
    const listing = (values: Readonly<Record<string, Hex>>) => ({
      platforms: ['tpm' as const],
      measurements: [{ ...entry, platform: 'tpm' as const, values }],
    })
    const digestAlone = listing({ pcrDigest: honest.pcrDigest! })
    for (const measurements of [honest, forged]) expect(code({ platform: 'tpm', measurements }, digestAlone)).toBe('MEASUREMENT_UNKNOWN')
    const half = listing({ pcrDigest: honest.pcrDigest!, pcr0: honest.pcr0! })
    expect(code({ platform: 'tpm', measurements: forged }, half)).toBe('MEASUREMENT_UNKNOWN')
    expect(code({ platform: 'tpm', measurements: forged }, listing(honest))).toBe('MEASUREMENT_UNKNOWN')
    expect(code({ platform: 'tpm', measurements: honest }, listing(honest))).toBe('ok')
  })

  it('are refused once revoked, whatever the list says', () => {
    expect(code({}, { revokedMeasurements: [M] })).toBe('MEASUREMENT_REVOKED')
    expect(code({}, { revokedMeasurements: [M], measurements: 'any' })).toBe('MEASUREMENT_REVOKED')
  })

  it('have a main one on every platform', () => {
    expect(Object.values(MAIN_MEASUREMENT).every((name) => name !== '')).toBe(true)
  })
})

describe('machines and certificates', () => {
  it('are refused by deny list, and when an allow list does not name them', () => {
    expect(code({}, { platformIds: { deny: ['0xc1'] } })).toBe('PLATFORM_DENIED')
    expect(code({}, { platformIds: { allow: ['0xc2'], deny: [] } })).toBe('PLATFORM_DENIED')
    expect(code({}, { platformIds: { allow: ['0xc1'], deny: [] } })).toBe('ok')
    expect(code({}, { platformIds: { allow: ['0xc1'], deny: ['0xc1'] } })).toBe('PLATFORM_DENIED')
  })

  it('are refused when the policy revokes issuer and serial, and only both together', () => {
    expect(code({}, { revokedCertificates: [{ issuer: '0xaa', serial: '0x01' }] })).toBe('CERT_REVOKED')
    expect(
      code(
        {},
        {
          revokedCertificates: [
            { issuer: '0xaa', serial: '0x02' },
            { issuer: '0xab', serial: '0x01' },
          ],
        },
      ),
    ).toBe('ok')
  })

  it('of a vendor without lists must be short-lived', () => {
    const lives = (seconds: number): Partial<Claims> => ({
      revocation: 'unpublished',
      certificates: [{ issuer: '0xaa', serial: '0x01', notBefore: NOW, notAfter: NOW + seconds }],
    })
    expect(code(lives(DAY + 1))).toBe('CRL_MISSING')
    expect(code({ revocation: 'unpublished', certificates: [] })).toBe('CRL_MISSING')
    expect(code(lives(DAY))).toBe('ok')
  })
})

describe('settings of SNP', () => {
  it('are refused where the policy says so', () => {
    expect(code({}, { allowSmt: false })).toBe('POLICY_BITS')
    expect(code({}, { requireAliasCheck: true })).toBe('POLICY_BITS')
    expect(code({ facts: { vmpl: '2' } }, { maxVmpl: 2 })).toBe('ok')
    expect(code({ facts: { vmpl: '3' } }, { maxVmpl: 2 })).toBe('POLICY_BITS')
  })
})

describe('what was accepted holds', () => {
  const until = (c: Partial<Claims>, p: Partial<AttestationPolicy> = {}, gpus: Claims[] = []) => validUntil(claims(c), policy(p), gpus)
  const accepted = (c: Partial<Claims>, p: Partial<AttestationPolicy>, at: number) => code({ ...c, verifiedAt: at }, p) === 'ok'

  it('until the first of its parts ends: certificates and lists, also of GPUs, and the entry of its code', () => {
    expect(until({})).toBe(NOW + DAY)
    expect(until({ validUntil: NOW + 50 })).toBe(NOW + 50)
    expect(until({}, {}, [gpuClaims({ validUntil: NOW + 40 })])).toBe(NOW + 40)
    expect(until({}, { measurements: [{ ...entry, notAfter: NOW + 30 }] })).toBe(NOW + 30)
    const firmware: AllowedMeasurement = { ...entry, platform: 'nvidia-gpu', values: { record: M }, notAfter: NOW + 20 }
    const gpu = gpuClaims({ measurements: { record: M } })
    expect(code({}, { measurements: [entry, firmware] }, [gpu])).toBe('ok')
    expect(until({}, { measurements: [entry, firmware] }, [gpu])).toBe(NOW + 20)
  })

  it('until the evidence is too old for the policy, by its own clock or by that of its nonce', () => {
    const byNonce = { maxAge: 60, expect: { issuedAt: NOW - 10 } }
    expect(until({}, byNonce)).toBe(NOW + 51)
    expect([accepted({}, byNonce, NOW + 50), accepted({}, byNonce, NOW + 51)]).toEqual([true, false])
    expect(until({ issuedAt: NOW - 20 }, { maxAge: 60, expect: { issuedAt: NOW } })).toBe(NOW + 41)
  })

  it('until the days of grace are over, for hardware that has nothing but them', () => {
    const behind = tdx({ status: 'OutOfDate', behindSince: NOW - DAY + 100 })
    expect(until(behind, tdxPolicy({ graceDays: 1 }))).toBe(NOW + 100)
    expect([0, 1].map((late) => accepted(behind, tdxPolicy({ graceDays: 1 }), NOW + 99 + late))).toEqual([true, false])
    const allowed = tdxPolicy({ graceDays: 1, statuses: ['UpToDate', 'OutOfDate'] })
    expect(until(behind, allowed)).toBe(NOW + DAY)
    expect(until(tdx({ status: 'OutOfDate' }), tdxPolicy({ graceDays: 1 }))).toBe(NOW + DAY)
  })
})

describe('binding and age', () => {
  it('compare report data and nonce as a whole', () => {
    expect(code({}, { expect: { reportData: '0x0102' } })).toBe('BINDING_MISMATCH')
    expect(code({}, { expect: { reportData: '0x010203' } })).toBe('ok')
    expect(code({}, { expect: { nonce: '0x01' } })).toBe('NONCE_MISMATCH')
    expect(code({ nonce: Uint8Array.of(2) }, { expect: { nonce: '0x01' } })).toBe('NONCE_MISMATCH')
    expect(code({ nonce: Uint8Array.of(1) }, { expect: { nonce: '0x01' } })).toBe('ok')
  })

  it('take the SHA-256 of the report data for them where a TPM was asked, which may take no more, and nowhere else', () => {
    const whole = Uint8Array.from({ length: 64 }, (_, i) => i)
    const expect64 = { expect: { reportData: bytesToHex(whole) } }
    for (const platform of ['tpm', 'azure-snp-vtpm', 'azure-tdx-vtpm', 'snp', 'tdx', 'nitro'] as const) {
      const bound = (reportData: Uint8Array) => code({ platform, reportData }, { ...expect64, platforms: [platform], measurements: 'any' })
      const throughTpm = platform === 'tpm' || platform.startsWith('azure')
      expect([platform, bound(sha256(whole))]).toEqual([platform, throughTpm ? 'ok' : 'BINDING_MISMATCH'])
      expect([platform, bound(whole)]).toEqual([platform, 'ok'])
      for (const other of [sha256(whole.subarray(1)), sha256(sha256(whole)), whole.subarray(0, 32), new Uint8Array()])
        expect([platform, bound(other)]).toEqual([platform, 'BINDING_MISMATCH'])
    }
    const short = { expect: { reportData: '0x010203' } } as const
    expect(
      code({ platform: 'tpm', reportData: sha256(Uint8Array.of(1, 2, 3)) }, { ...short, platforms: ['tpm'], measurements: 'any' }),
    ).toBe('BINDING_MISMATCH')
  })

  it('refuse what is too old, from the future, or of unknown age when the policy limits it', () => {
    expect(code({}, { maxAge: 60 })).toBe('STALE_EVIDENCE')
    expect(code({}, { maxAge: 60, expect: { issuedAt: NOW - 60 } })).toBe('ok')
    expect(code({}, { maxAge: 60, expect: { issuedAt: NOW - 61 } })).toBe('STALE_EVIDENCE')
    expect(code({ issuedAt: NOW - 61 }, { maxAge: 60, expect: { issuedAt: NOW } })).toBe('STALE_EVIDENCE')
    const { message } = appraise(claims({ issuedAt: NOW - 61 }), policy({ maxAge: 60 }))
    expect(message).toBe('The evidence is 61 seconds old; 60 are allowed.')
    expect(code({ issuedAt: NOW + 301 })).toBe('STALE_EVIDENCE')
    expect(code({ issuedAt: NOW + 300 })).toBe('ok')
    expect(code({ validUntil: NOW - 1 })).toBe('STALE_EVIDENCE')
  })
})

/** A GPU that answered the nonce of the claims above. */
function gpuClaims(changes: Partial<Claims> = {}): Claims {
  const { family: _, ...rest } = claims()
  return {
    ...rest,
    platform: 'nvidia-gpu',
    family: 'GH100',
    reportData: gpuNonce(Uint8Array.of(1, 2, 3)),
    platformId: '0x99',
    facts: { driver: '550.90.07', vbios: '96.00.9F.00.01' },
    ...changes,
  }
}

describe('GPUs', () => {
  it('must be there when the policy asks for one', () => {
    expect(code({}, { gpu: { required: true } })).toBe('GPU_MISSING')
    expect(code({}, { gpu: { required: true } }, [claims()])).toBe('GPU_MISSING')
    expect(code({}, { gpu: { required: true } }, [gpuClaims()])).toBe('ok')
  })

  it('are GPUs: other chips of their maker, such as switches, are certified under the same root', () => {
    const { family: _, ...switches } = gpuClaims()
    expect(code({}, { gpu: { required: true } }, [switches])).toBe('PLATFORM_DENIED')
  })

  it('must answer the nonce of this enclave, each its own', () => {
    expect(code({}, {}, [gpuClaims({ reportData: new Uint8Array(32) })])).toBe('GPU_BINDING_MISMATCH')
    expect(code({ reportData: Uint8Array.of(9) }, {}, [gpuClaims()])).toBe('GPU_BINDING_MISMATCH')
    expect(code({}, {}, [gpuClaims(), gpuClaims()])).toBe('GPU_BINDING_MISMATCH')
    expect(code({}, {}, [gpuClaims(), gpuClaims({ platformId: '0x98' })])).toBe('ok')
  })

  it('are asked with the nonce of the whole report data, where a TPM signs a digest of them', () => {
    const whole = Uint8Array.from({ length: 64 }, (_, i) => i)
    const enclave = { platform: 'azure-snp-vtpm', reportData: sha256(whole) } as const
    const answered = (nonce: Uint8Array) =>
      code(enclave, { platforms: ['azure-snp-vtpm'], measurements: 'any', expect: { reportData: bytesToHex(whole) } }, [
        gpuClaims({ reportData: nonce }),
      ])
    expect(answered(gpuNonce(whole))).toBe('ok')
    expect(answered(gpuNonce(sha256(whole)))).toBe('GPU_BINDING_MISMATCH')
  })

  it('must meet the parts of the policy that are about them', () => {
    expect(code({}, { gpu: { required: true, drivers: ['1'] } }, [gpuClaims()])).toBe('GPU_DRIVER_DENIED')
    expect(code({}, { gpu: { required: true, vbios: ['1'] } }, [gpuClaims()])).toBe('GPU_DRIVER_DENIED')
    expect(code({}, { gpu: { required: true, drivers: ['550.90.07'], vbios: ['96.00.9F.00.01'] } }, [gpuClaims()])).toBe('ok')
    expect(code({}, {}, [gpuClaims({ revocation: 'unchecked' })])).toBe('CRL_MISSING')
    expect(code({}, { deniedFamilies: ['GH100'] }, [gpuClaims()])).toBe('PLATFORM_DENIED')
    expect(code({}, { platformIds: { deny: ['0x99'] } }, [gpuClaims()])).toBe('PLATFORM_DENIED')
    expect(code({}, { platformIds: { allow: ['0xc1'], deny: [] } }, [gpuClaims()])).toBe('ok')
    expect(code({}, {}, [gpuClaims({ verifiedAt: NOW - 1 })])).toBe('STALE_EVIDENCE')
    expect(code({}, { revokedMeasurements: ['0x77'] }, [gpuClaims({ measurements: { record: '0x77' } })])).toBe('MEASUREMENT_REVOKED')
  })
})
