import { bytesToHex, concatBytes, gpuNonce, utf8 } from '@opengradient/protocol'
import { digest } from '../../../src/crypto/hash.ts'
import type { AllowedMeasurement } from '../../../src/index.ts'
import { azureEvidence } from '../../../src/testkit/azure.testkit.ts'
import { NOW } from '../../../src/testkit/ca.testkit.ts'
import { quote, tdBody } from '../../../src/testkit/dcap.testkit.ts'
import { nitroRoots, PCR0 } from '../../../src/testkit/nitro.testkit.ts'
import { block, gpuChain, gpuCrls, gpuReport, gpuRoots } from '../../../src/testkit/nvidia.testkit.ts'
import { ark, ask, CHIP, snpEndorsements, snpReport, snpRoots, TCB, vcek } from '../../../src/testkit/snp.testkit.ts'
import { HONEST } from '../honest.ts'
import { type Case, type Story, tell } from '../story.ts'

const snp = tell(HONEST.snp)
const azure = tell(HONEST.azureSnp)
const tdx = tell(HONEST.tdx)

/** Where LAUNCH_TCB is in a report. */
const LAUNCH = 496
const least = (Genoa: Record<string, number>): Case => ({
  policy: { tcb: { statuses: ['Unrated'], graceDays: 0, minEvaluation: 0, minSvn: { Genoa } } },
})
const launched = (versions: readonly number[]): Case => ({ evidence: snpReport({ [LAUNCH]: versions }) })

const turinTcb = [3, 7, 0, 14, 0, 0, 0, 72]
const turin = (launch: readonly number[], least: Record<string, number>): Case => ({
  evidence: snpReport({ 384: turinTcb, 416: [...CHIP.subarray(0, 8), ...new Uint8Array(56)], 392: [0x1a, 0x11, 1], [LAUNCH]: launch }),
  endorsements: snpEndorsements(
    'Turin',
    vcek({ family: 'Turin', chip: CHIP.subarray(0, 8), versions: { 1: 7, 2: 0, 3: 14, 8: 72, 9: 3 } }),
  ),
  roots: snpRoots('Turin'),
  policy: { tcb: { statuses: ['Unrated'], graceDays: 0, minEvaluation: 0, minSvn: { Turin: least } } },
})

/** A report of the newest firmware, which states mitigations (0x1f8 to 0x208). */
const newest = (patches: Parameters<typeof snpReport>[0] = {}): Case => ({
  evidence: snpReport({ 0: [5], 504: new Uint8Array(16).fill(0x3f), ...patches }),
})

const paravisor = (vmpl: number): Case => ({
  evidence: azureEvidence({ hardware: (reportData) => snpReport({ 48: [vmpl], 80: reportData }) }),
})

const domain = (service: Uint8Array): { evidence: Uint8Array; named: Readonly<Record<string, `0x${string}`>> } => {
  const body = new Uint8Array(648)
  body.set(tdBody())
  body.set(service, 600)
  const hex = (at: number): `0x${string}` => `0x${Buffer.from(body.subarray(at, at + 48)).toString('hex')}`
  return {
    evidence: quote({ version: 5, body }),
    named: { mrtd: hex(136), rtmr1: hex(376), rtmr2: hex(424), mrservicetd: hex(600) },
  }
}
const entry = (values: Readonly<Record<string, `0x${string}`>>): Case => ({
  policy: { measurements: [{ platform: 'tdx', values, notAfter: 2_000_000_000, build: 'https://builds.example/17' }] },
})
const serviced = domain(utf8('the domain that moves this one'))
const alone = domain(new Uint8Array())
const without = ({ mrservicetd: _, ...values }: typeof alone.named) => values

const nitro = tell({ ...HONEST.nitro, roots: { ...nitroRoots, ...gpuRoots } })
const digests = [1, 2, 3].map((index) => new Uint8Array(48).fill(index))
const record = bytesToHex(digest('SHA-256', concatBytes(...digests)))
const listed = (
  platform: AllowedMeasurement['platform'],
  values: AllowedMeasurement['values'],
  notAfter = NOW + 9,
): AllowedMeasurement => ({
  ...{ platform, values, notAfter },
  build: 'https://builds.example/17',
})
/** An enclave with a GPU that shows these digests, under a list of code. */
const withGpu = (shown: readonly Uint8Array[], ...gpus: readonly AllowedMeasurement[]): Case => ({
  gpus: [
    {
      evidence: gpuReport({ nonce: gpuNonce(utf8('report data')), blocks: shown.map((value, i) => block(i + 1, value)) }),
      endorsements: { certificates: gpuChain(), crls: gpuCrls() },
    },
  ],
  policy: { measurements: [listed('nitro', { pcr0: bytesToHex(PCR0) }), ...gpus] },
})
const debugging = [...digests.slice(0, 2), new Uint8Array(48).fill(0xdb)]

/** What lies beneath the measured code: the firmware that started it, a paravisor, a domain that services it, a host that may read it. */
export const beneath: readonly Story[] = [
  snp('launched-now', 'Started under the versions of today.', {
    ...launched([...TCB]),
    ...least({ bootloader: 7, snp: 14, microcode: 72 }),
  }),
  snp('launched-before', 'Started under older firmware, than which the policy asks for none newer.', {
    ...launched([7, 0, 0, 0, 0, 0, 13, 72]),
    ...least({ snp: 13 }),
  }),
  snp('launched-after', 'The versions at launch are newer than those that the key is for.', {
    ...launched([9, 0, 0, 0, 0, 0, 20, 99]),
    ...least({ bootloader: 7, snp: 14, microcode: 72 }),
  }),
  snp(
    'launched-turin',
    'The versions at launch of a Turin, in its own order.',
    turin([3, 6, 0, 14, 0, 0, 0, 72], { bootloader: 6, fmc: 3 }),
  ),
  snp('debug-hardware', 'Hardware in debug mode, which the policy allows: never level tee.', {
    evidence: snpReport({ 8: [0, 0, 0x0b] }),
    roots: { amd: { anchors: [{ certificate: ark('Genoa'), trust: 'hardware' }], intermediates: [ask('Genoa')] } },
    policy: { allowDevelopment: false, allowDebug: true },
  }),
  azure('privilege', 'The paravisor asked, under a policy that takes less privileged ones too.', {
    ...paravisor(0),
    policy: { maxVmpl: 3 },
  }),
  tdx('serviced-named', 'The entry names the domain that services this one.', { evidence: serviced.evidence, ...entry(serviced.named) }),
  tdx('serviced-by-none', 'No domain services this one, and the entry names none.', {
    evidence: alone.evidence,
    ...entry(without(alone.named)),
  }),
  nitro('gpu-listed', 'The firmware of the GPU is on the list, too.', withGpu(digests, listed('nvidia-gpu', { record }))),
  nitro('gpu-unlisted', 'The list names no firmware of GPUs: any will do.', withGpu(debugging)),
  snp('version-5', 'A report of version 5, which states mitigations.', newest()),

  snp('launched-old-firmware', 'Started under firmware that is older than the policy allows, and that was replaced since.', {
    ...launched([7, 0, 0, 0, 0, 0, 13, 72]),
    ...least({ snp: 14 }),
    code: 'TCB_REJECTED',
  }),
  snp('launched-old-microcode', 'The same of microcode.', {
    ...launched([7, 0, 0, 0, 0, 0, 14, 71]),
    ...least({ microcode: 72 }),
    code: 'TCB_REJECTED',
  }),
  snp('launched-old-turin', 'The same of a Turin’s boot loader.', {
    ...turin([3, 6, 0, 14, 0, 0, 0, 72], { bootloader: 7 }),
    code: 'TCB_REJECTED',
  }),
  azure('unprivileged', 'Code above the paravisor asked for the report, about a virtual TPM of its own.', {
    ...paravisor(2),
    policy: { maxVmpl: 3 },
    code: 'POLICY_BITS',
  }),
  tdx('serviced', 'Another domain services this one, and the entry does not name it.', {
    evidence: serviced.evidence,
    ...entry(without(serviced.named)),
    code: 'MEASUREMENT_UNKNOWN',
  }),
  nitro('gpu-other-firmware', 'The list names other firmware of GPUs.', {
    ...withGpu(debugging, listed('nvidia-gpu', { record })),
    code: 'MEASUREMENT_UNKNOWN',
  }),
  nitro('gpu-entry-over', 'The entry of the GPU’s firmware has ended.', {
    ...withGpu(digests, listed('nvidia-gpu', { record }, NOW)),
    code: 'MEASUREMENT_UNKNOWN',
  }),
  snp('version-5-reserved', 'A reserved byte right behind the mitigations is not zero.', { ...newest({ 520: [1] }), code: 'MALFORMED' }),
  snp('version-3-mitigations', 'A report of version 3 has mitigations where its bytes are reserved.', {
    ...newest({ 0: [3] }),
    code: 'MALFORMED',
  }),
  snp('version-5-processor', 'A report of version 5 of another processor than the certificate.', {
    ...newest({ 392: [0x1a, 2, 1] }),
    code: 'CHAIN_INVALID',
  }),
  snp('version-6', 'A version that nobody knows.', { ...newest({ 0: [6] }), code: 'UNSUPPORTED' }),
]
