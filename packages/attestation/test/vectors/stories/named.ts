import { bytesToHex, concatBytes, encodeKeyset, gpuNonce, type Hex, reportDataOf, utf8 } from '@opengradient/protocol'
import { digest } from '../../../src/crypto/hash.ts'
import type { AllowedMeasurement, AttestationPolicy, Platform } from '../../../src/index.ts'
import { issue, LEAF, NOW } from '../../../src/testkit/ca.testkit.ts'
import { collateral, intelRoot, pck, pckCa, pem, quote, signedFile, tcbInfo } from '../../../src/testkit/dcap.testkit.ts'
import { oid, seq } from '../../../src/testkit/der.testkit.ts'
import { flip } from '../../../src/testkit/flip.testkit.ts'
import { OTHER as ENGINES, KEYSET, NODE, NONCE } from '../../../src/testkit/keyset.testkit.ts'
import { nitroEvidence, nitroKeys, nitroRoot, nitroRoots, PCR0 } from '../../../src/testkit/nitro.testkit.ts'
import { gpuChain, gpuCrls, gpuLeaf, gpuReport, gpuRoots } from '../../../src/testkit/nvidia.testkit.ts'
import { REGISTERS, tpmRoot } from '../../../src/testkit/tpm.testkit.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const TD = quote()
const tdx = tell({ ...HONEST.tdx, evidence: TD })
const tpm = tell(HONEST.tpm)
const azure = tell(HONEST.azureSnp)

const REGISTER = Object.fromEntries(REGISTERS.map((value, i) => [`pcr${i}`, bytesToHex(value)]))
const PCRS: Readonly<Record<string, Hex>> = { pcrDigest: bytesToHex(digest('SHA-256', concatBytes(...REGISTERS))), ...REGISTER }
const inTd = (at: number): Hex => bytesToHex(TD.subarray(48 + at, 48 + at + 48))
/** What the sample of each platform measures, by name. */
const MEASURED: Partial<Record<Platform, Readonly<Record<string, Hex>>>> = {
  tdx: { mrtd: inTd(136), rtmr0: inTd(328), rtmr1: inTd(376), rtmr2: inTd(424), rtmr3: inTd(472) },
  tpm: PCRS,
  'azure-snp-vtpm': { measurement: `0x${'3e'.repeat(48)}`, ...PCRS },
}
/** A list whose entry has the right values of these. */
const naming = (platform: Platform, names: readonly string[], of = platform): Case => {
  const values = Object.fromEntries(names.map((name) => [name, MEASURED[platform]![name]!]))
  return { policy: { measurements: [{ platform: of, values, notAfter: NOW + 1, build: 'https://example.org/builds/1' }] } }
}
const unknown = (change: Case): Case => ({ ...change, code: 'MEASUREMENT_UNKNOWN' })

const OTHERS = `0x${'cc'.repeat(32)}` as const
const BYTES = encodeKeyset(KEYSET)
const BOUND = nitroEvidence({ user_data: reportDataOf(BYTES, NONCE), nonce: null })
const running = tell({
  platform: 'nitro',
  evidence: BOUND,
  roots: nitroRoots,
  envelope: { keyset: BYTES, nonce: NONCE, expect: { chainId: 5n, node: NODE } },
})
const sha1 = issue({
  subject: 'enclave',
  issuer: 'zone',
  key: nitroKeys.leaf,
  by: { ...nitroKeys.zone, algorithm: seq(oid('1.2.840.10045.4.1')) },
  ...LEAF,
})
const bare = tell({ platform: 'nitro', evidence: nitroEvidence(), roots: { ...nitroRoots, ...gpuRoots } })
/** A list with an entry of the same code for each of these sets of engines. */
const engines = (...sets: readonly (readonly Hex[])[]): Case => {
  const entry: AllowedMeasurement = { platform: 'nitro', values: { pcr0: bytesToHex(PCR0) }, notAfter: NOW + 100, build: 'b' }
  return { policy: { measurements: sets.map((runtimes, i) => ({ ...entry, runtimes, notAfter: NOW + 100 + i })) } }
}

const published = tcbInfo('TDX') as { tcbLevels: readonly [object, object] }
const [best, behind] = published.tcbLevels
/** A platform that has reached the second level of Intel's file, of this status, under days of grace. */
const behindAs = (tcbStatus: string, ...statuses: AttestationPolicy['tcb']['statuses']): Case => ({
  evidence: quote({ certificates: pem(pck({ pceSvn: 10 }), pckCa, intelRoot) }),
  endorsements: collateral({ tcbInfo: signedFile(tcbInfo('TDX', { tcbLevels: [best, { ...behind, tcbStatus }] })) }),
  policy: { tcb: { statuses, graceDays: 400, minEvaluation: 0, minSvn: {} } },
})

/** Which code an entry of the policy's list names, with which engines, and what grace is for; and which of two faults is the reason. */
export const named: readonly Story[] = [
  tdx('entry-registers', 'The entry names the firmware and the registers of what it starts.', naming('tdx', ['mrtd', 'rtmr1', 'rtmr2'])),
  tpm('entry-registers', 'The entry names every register that the quote covers.', naming('tpm', Object.keys(PCRS))),
  azure('entry-register', 'The entry names the firmware and a register.', naming('azure-snp-vtpm', ['measurement', 'pcr4'])),
  running('entry-engines', 'The second entry of the code lists the engines that run.', engines([OTHERS], [OTHERS, ENGINES])),
  tdx(
    'grace-configuration',
    'A platform that is behind and to be configured, within the days of grace, and the policy allows the one that is to be configured.',
    behindAs('OutOfDateConfigurationNeeded', 'UpToDate', 'ConfigurationNeeded'),
  ),

  ...[['mrtd'], ['mrtd', 'rtmr1'], ['mrtd', 'rtmr2'], ['mrtd', 'rtmr0', 'rtmr3'], ['rtmr1', 'rtmr2']].map((names) =>
    tdx(`entry-${names.join('-')}`, `The entry names ${names.join(' and ')} only.`, unknown(naming('tdx', names))),
  ),
  tpm(
    'entry-digest',
    'The entry names the digest of the registers only, and not of which they are.',
    unknown(naming('tpm', ['pcrDigest'])),
  ),
  tpm(
    'entry-but-one',
    'The entry names all registers of the quote but one.',
    unknown(
      naming(
        'tpm',
        Object.keys(PCRS).filter((name) => name !== 'pcr23'),
      ),
    ),
  ),
  azure('entry-firmware', 'The entry names the firmware only.', unknown(naming('azure-snp-vtpm', ['measurement']))),
  azure(
    'entry-digest',
    'The entry names the firmware and the digest of the registers only.',
    unknown(naming('azure-snp-vtpm', ['measurement', 'pcrDigest'])),
  ),
  azure('entry-of-snp', 'An entry for SNP alone.', unknown(naming('azure-snp-vtpm', ['measurement'], 'snp'))),
  running('entry-other-engines', 'No entry of the code lists the engines that run.', unknown(engines([OTHERS], []))),
  bare('entry-engines-unsaid', 'An entry that lists engines, and evidence that says nothing of them.', unknown(engines([ENGINES]))),
  tdx('grace-unconfigured', 'A platform that is behind and to be configured, and the policy allows none that is to be configured.', {
    ...behindAs('OutOfDateConfigurationNeeded', 'UpToDate'),
    code: 'TCB_REJECTED',
  }),
  tdx('grace-revoked', 'A platform that was revoked, within the days of grace.', {
    ...behindAs('Revoked', 'UpToDate', 'ConfigurationNeeded'),
    code: 'TCB_REJECTED',
  }),
  bare('policy-gpu-no-family', 'What answers beside the enclave is certified by NVIDIA, and no GPU of a known family.', {
    gpus: [
      {
        evidence: gpuReport({ nonce: gpuNonce(utf8('report data')) }),
        endorsements: { certificates: gpuChain(gpuLeaf({ subject: 'GPU of no family' })), crls: gpuCrls() },
      },
    ],
    code: 'PLATFORM_DENIED',
  }),
  bare('leaf-cut-sha1', 'A leaf signed with SHA-1 that lacks its last byte.', {
    evidence: nitroEvidence({ certificate: sha1.subarray(0, -1) }),
    code: 'MALFORMED',
  }),
  running('fault-under-hardware', 'Altered evidence of hardware; a development root that did not issue it is no better reason.', {
    evidence: flip(BOUND, -1),
    roots: {
      aws: {
        anchors: [
          { certificate: nitroRoot, trust: 'hardware' },
          { certificate: tpmRoot, trust: 'development' },
        ],
      },
    },
    code: 'SIGNATURE_INVALID',
  }),
]
