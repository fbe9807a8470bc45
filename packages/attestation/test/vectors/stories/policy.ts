import { bytesToHex, gpuNonce, type Hex, utf8 } from '@opengradient/protocol'
import { digest } from '../../../src/crypto/hash.ts'
import type { AttestationPolicy } from '../../../src/index.ts'
import { NOW } from '../../../src/testkit/ca.testkit.ts'
import { name } from '../../../src/testkit/der.testkit.ts'
import { nitroEvidence, nitroRoots, PCR0 } from '../../../src/testkit/nitro.testkit.ts'
import { gpuChain, gpuCrls, gpuKeys, gpuLeaf, gpuReport, gpuRoots } from '../../../src/testkit/nvidia.testkit.ts'
import { akCertificate, tpmEvidence, tpmRoot, tpmRoots } from '../../../src/testkit/tpm.testkit.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const story = tell(HONEST.nitro)
const PCR = bytesToHex(PCR0)
const BUILD = 'https://example.org/builds/1'
const MACHINE = bytesToHex(utf8('i-0123456789abcdef0'))
const entry = { platform: 'nitro' as const, values: { pcr0: PCR }, notAfter: NOW + 1, build: BUILD }
const under = (policy: Partial<AttestationPolicy>, code?: Story['code']): Case => ({ policy, ...(code ? { code } : {}) })
const listed = (changes: object, code?: Story['code']): Case => under({ measurements: [{ ...entry, ...changes }] }, code)
const zone = bytesToHex(digest('SHA-256', name('zone')))
const rootName = bytesToHex(digest('SHA-256', name('nitro root')))
const expecting = (expect: NonNullable<AttestationPolicy['expect']>, code?: Story['code']): Case => under({ expect }, code)
const report = bytesToHex(utf8('report data'))
const dated = (seconds: number): { evidence: Uint8Array } => ({ evidence: nitroEvidence({ timestamp: seconds * 1000 }) })
const tpm: Case = { platform: 'tpm', evidence: tpmEvidence(), roots: tpmRoots, endorsements: { certificates: [akCertificate(), tpmRoot] } }

const own = gpuNonce(utf8('report data'))
const gpu = (nonce = own, o: { leaf?: Uint8Array; by?: typeof gpuKeys.gpu; crls?: Uint8Array[] } = {}) => ({
  evidence: gpuReport({ nonce, ...(o.by ? { by: o.by } : {}) }),
  endorsements: { certificates: gpuChain(o.leaf), crls: o.crls ?? gpuCrls() },
})
const second = gpu(own, { leaf: gpuLeaf({ key: gpuKeys.other, serial: 6 }), by: gpuKeys.other })
const GPU_ID = bytesToHex(digest('SHA-256', gpuKeys.gpu.key.kind === 'ec' ? gpuKeys.gpu.key.point : new Uint8Array()))
const both = { ...nitroRoots, ...gpuRoots }
const withGpu = (gpus: Story['gpus'] & object, policy: Partial<AttestationPolicy> = {}, code?: Story['code']): Case => ({
  gpus,
  roots: both,
  policy: { gpu: { required: true }, ...policy },
  ...(code ? { code } : {}),
})
const brom = bytesToHex(digest('SHA-256', name('GH100 A01 GSP BROM')))
const hardware = (roots: typeof nitroRoots) => ({
  aws: { anchors: roots.aws.anchors.map((anchor) => ({ ...anchor, trust: 'hardware' as const })) },
})

export const policy: readonly Story[] = [
  story('policy-listed', 'The code is on the list, whose entry counts for one more second.', listed({})),
  story(
    'policy-listed-twice',
    'Another entry of the list is expired; this one is not.',
    under({ measurements: [{ ...entry, notAfter: NOW }, entry] }),
  ),
  story('policy-listed-more', 'The entry asks for two registers.', listed({ values: { pcr0: PCR, pcr1: `0x${'a1'.repeat(48)}` } })),
  story('policy-machine', 'The machine is on the list of allowed ones.', under({ platformIds: { allow: [MACHINE], deny: [] } })),
  story(
    'policy-expected',
    'Report data and nonce are the expected ones.',
    expecting({ reportData: report, nonce: bytesToHex(utf8('nonce')) }),
  ),
  story('policy-age', 'Exactly as old as the policy allows.', under({ maxAge: 60 })),
  story('policy-age-by-nonce', 'Evidence that states no time, and a nonce drawn exactly as long ago as the policy allows.', {
    ...tpm,
    ...under({ maxAge: 60, revocation: 'optional', expect: { issuedAt: NOW - 60 } }),
  }),
  story(
    'policy-lifetime',
    'A leaf that lives exactly as long as is allowed where nobody publishes lists.',
    under({ maxUnlistedLifetime: 10_800 }),
  ),
  story(
    'policy-other-certificate',
    'The policy revokes another serial of this issuer, and this serial of another issuer.',
    under({
      revokedCertificates: [
        { issuer: zone, serial: '0x08' },
        { issuer: `0x${'00'.repeat(32)}`, serial: '0x07' },
      ],
    }),
  ),
  story('policy-gpu', 'A GPU that answers this enclave.', withGpu([gpu()])),
  story('policy-two-gpus', 'Two GPUs.', withGpu([gpu(), second])),
  story('policy-gpu-not-required', 'A GPU that nobody asked for.', withGpu([gpu()], { gpu: { required: false } })),
  story(
    'policy-gpu-platform',
    'The list of platforms and machines is about enclaves, not about GPUs.',
    withGpu([gpu()], { platforms: ['nitro'], platformIds: { allow: [MACHINE], deny: [] } }),
  ),
  story('policy-gpu-of-development', 'Hardware with a GPU under a development root is of development.', {
    ...withGpu([gpu()]),
    roots: { ...hardware(nitroRoots), ...gpuRoots },
  }),

  story(
    'policy-development',
    'Evidence under a development root, and the policy allows none.',
    under({ allowDevelopment: false }, 'DEV_EVIDENCE'),
  ),
  story('policy-platform', 'A platform that the policy does not name.', under({ platforms: ['tdx', 'snp'] }, 'PLATFORM_DENIED')),
  story('policy-unlisted', 'The code is not on the list.', listed({ values: { pcr0: `0x${'00'.repeat(48)}` } }, 'MEASUREMENT_UNKNOWN')),
  story('policy-empty-list', 'A list without entries.', under({ measurements: [] }, 'MEASUREMENT_UNKNOWN')),
  story('policy-entry-expired', 'The entry of the code counts until this second.', listed({ notAfter: NOW }, 'MEASUREMENT_UNKNOWN')),
  story('policy-entry-of-another-platform', 'The entry is for another platform.', listed({ platform: 'sgx' }, 'MEASUREMENT_UNKNOWN')),
  story(
    'policy-entry-without-main',
    'The entry does not name the code itself.',
    listed({ values: { pcr1: `0x${'a1'.repeat(48)}` } }, 'MEASUREMENT_UNKNOWN'),
  ),
  story(
    'policy-entry-more',
    'The entry asks for a register that has another value.',
    listed({ values: { pcr0: PCR, pcr1: PCR } }, 'MEASUREMENT_UNKNOWN'),
  ),
  story(
    'policy-entry-absent',
    'The entry asks for a register that the evidence does not have.',
    listed({ values: { pcr0: PCR, pcr15: PCR } }, 'MEASUREMENT_UNKNOWN'),
  ),
  story(
    'policy-entry-inherited',
    'The entry asks for a register by a name that objects have anyway.',
    listed({ values: { pcr0: PCR, constructor: PCR } }, 'MEASUREMENT_UNKNOWN'),
  ),
  story('policy-no-provenance', 'The entry does not say from which build the code comes.', listed({ build: '' }, 'PROVENANCE_INVALID')),
  story('policy-revoked', 'The code was revoked.', under({ revokedMeasurements: [PCR] }, 'MEASUREMENT_REVOKED')),
  story(
    'policy-revoked-other-register',
    'The value of another register was revoked.',
    under({ revokedMeasurements: [`0x${'a1'.repeat(48)}`] }, 'MEASUREMENT_REVOKED'),
  ),
  story('policy-machine-denied', 'The machine is denied.', under({ platformIds: { deny: [MACHINE] } }, 'PLATFORM_DENIED')),
  story(
    'policy-machine-unlisted',
    'The machine is not on the list of allowed ones.',
    under({ platformIds: { allow: [report], deny: [] } }, 'PLATFORM_DENIED'),
  ),
  story(
    'policy-certificate',
    'The policy revokes the leaf’s certificate.',
    under({ revokedCertificates: [{ issuer: zone, serial: '0x07' }] }, 'CERT_REVOKED'),
  ),
  story(
    'policy-authority',
    'The policy revokes the authority’s certificate.',
    under({ revokedCertificates: [{ issuer: rootName, serial: '0x07' }] }, 'CERT_REVOKED'),
  ),
  story(
    'policy-lifetime-over',
    'A leaf that lives a second longer than is allowed where nobody publishes lists.',
    under({ maxUnlistedLifetime: 10_799 }, 'CRL_MISSING'),
  ),
  story('policy-binding', 'Other report data is expected.', expecting({ reportData: bytesToHex(utf8('report date')) }, 'BINDING_MISMATCH')),
  story(
    'policy-binding-beginning',
    'Report data is expected that goes on.',
    expecting({ reportData: `${report}00` as Hex }, 'BINDING_MISMATCH'),
  ),
  story('policy-nonce', 'Another nonce is expected.', expecting({ nonce: report }, 'NONCE_MISMATCH')),
  story('policy-nonce-absent', 'A nonce is expected, and there is none.', {
    evidence: nitroEvidence({ nonce: null }),
    ...expecting({ nonce: bytesToHex(utf8('nonce')) }, 'NONCE_MISMATCH'),
  }),
  story('policy-old', 'A second older than the policy allows.', under({ maxAge: 59 }, 'STALE_EVIDENCE')),
  story('policy-old-by-nonce', 'Evidence that states no time, and a nonce a second older than the policy allows.', {
    ...tpm,
    ...under({ maxAge: 60, revocation: 'optional', expect: { issuedAt: NOW - 61 } }, 'STALE_EVIDENCE'),
  }),
  story('policy-age-unknown', 'Evidence that states no time, under a policy that limits its age.', {
    ...tpm,
    ...under({ maxAge: 60, revocation: 'optional' }, 'STALE_EVIDENCE'),
  }),
  story('policy-ahead', 'The clock of the evidence is ahead by a second too many.', { ...dated(NOW + 301), code: 'STALE_EVIDENCE' }),
  story('policy-gpu-missing', 'A GPU is required, and there is none.', under({ gpu: { required: true } }, 'GPU_MISSING')),
  story(
    'policy-gpu-of-another',
    'The GPU answers another enclave.',
    withGpu([gpu(gpuNonce(utf8('other data')))], {}, 'GPU_BINDING_MISMATCH'),
  ),
  story(
    'policy-gpu-unbound',
    'The GPU answers the enclave’s report data itself, not its digest.',
    withGpu([gpu(digest('SHA-256', utf8('report data')))], {}, 'GPU_BINDING_MISMATCH'),
  ),
  story(
    'policy-second-gpu-of-another',
    'The second GPU answers another enclave.',
    withGpu([second, gpu(new Uint8Array(32))], {}, 'GPU_BINDING_MISMATCH'),
  ),
  story('policy-gpu-twice', 'The same GPU twice.', withGpu([gpu(), gpu()], {}, 'GPU_BINDING_MISMATCH')),
  story('policy-gpu-forged', 'The report of a GPU by another key.', withGpu([gpu(own, { by: gpuKeys.other })], {}, 'SIGNATURE_INVALID')),
  story('policy-gpu-development', 'Hardware with a GPU under a development root, and the policy allows none.', {
    ...withGpu([gpu()], { allowDevelopment: false }),
    roots: { ...hardware(nitroRoots), ...gpuRoots },
    code: 'DEV_EVIDENCE',
  }),
  story(
    'policy-gpu-family',
    'A GPU of a family that the policy denies.',
    withGpu([gpu()], { deniedFamilies: ['GH100'] }, 'PLATFORM_DENIED'),
  ),
  story('policy-gpu-denied', 'A GPU that the policy denies.', withGpu([gpu()], { platformIds: { deny: [GPU_ID] } }, 'PLATFORM_DENIED')),
  story('policy-gpu-lists', 'A GPU without NVIDIA’s lists.', withGpu([gpu(own, { crls: [] })], {}, 'CRL_MISSING')),
  story(
    'policy-gpu-certificate',
    'The policy revokes the GPU’s certificate.',
    withGpu([gpu()], { revokedCertificates: [{ issuer: brom, serial: '0x05' }] }, 'CERT_REVOKED'),
  ),
  story(
    'policy-gpu-driver',
    'The GPU’s driver is not one of the policy’s.',
    withGpu([gpu()], { gpu: { required: true, drivers: [] } }, 'GPU_DRIVER_DENIED'),
  ),
  story(
    'policy-without-any',
    'The strictest policy: nobody listed the code.',
    under({ measurements: [], platforms: ['nitro', 'snp', 'tdx'] }, 'MEASUREMENT_UNKNOWN'),
  ),
]
