import { DEFAULT_POLICY, PLATFORMS, type Platform, policyBytes } from '@opengradient/attestation'
import { developmentAttester, developmentCertificates } from '@opengradient/attestation-dev'
import {
  bits,
  ecKey,
  extension,
  int,
  intelCertificates,
  oid,
  pem,
  quote as quoteWith,
  type SigningKey,
  seq,
  set,
  text,
  time,
  wrap,
} from '@opengradient/attestation-dev/make'
import {
  type AttestationEvidence,
  encodeCollateral,
  encodeEvidenceCall,
  encodeEvidenceInput,
  encodeKeyset,
  type Hex,
  reportDataOf,
  utf8,
} from '@opengradient/protocol'

/** When everything happens, Unix seconds. */
const NOW = 1_900_000_000
const SEED = 'bench'
const NODE: Hex = `0x${'0d'.repeat(20)}`
const ID: Hex = `0x${'aa'.repeat(32)}`
const NONCE = new Uint8Array(32).fill(7)
const POLICY = policyBytes({
  ...DEFAULT_POLICY,
  platforms: PLATFORMS.filter((platform) => platform !== 'nvidia-gpu'),
  deniedFamilies: [],
  allowDevelopment: true,
  tcb: { ...DEFAULT_POLICY.tcb, minSvn: { snp: { snp: 0 }, 'azure-snp-vtpm': { snp: 0 } } },
  measurements: 'any',
  revocation: 'optional',
})

const keyset = encodeKeyset({
  v: 1,
  chainId: 5n,
  node: NODE,
  notBefore: BigInt(NOW),
  notAfter: BigInt(NOW + 3600),
  sign: NODE,
  hpke: ID,
  modelIds: [ID],
  runtimeDigest: ID,
})

/** A question to the precompile 0x0900, and whether it is answered with yes. */
export interface Question {
  readonly data: Uint8Array
  readonly accepted: boolean
}

const roots = developmentCertificates(SEED)
const asked = (evidence: AttestationEvidence, accepted = true, policy = POLICY, collateral: readonly Uint8Array[] = []): Question => ({
  data: encodeEvidenceCall({
    call: 'appraise',
    time: NOW,
    chainId: 5n,
    node: NODE,
    nonce: NONCE,
    policy,
    developmentRoots: roots,
    evidence: encodeEvidenceInput(evidence),
    collateral,
  }),
  accepted,
})

async function shown(platform: Platform): Promise<AttestationEvidence> {
  const made = await developmentAttester({ platform, seed: SEED, now: () => NOW }).attest(reportDataOf(keyset, NONCE))
  return { platform, ...made, gpus: [], keyset, nonce: NONCE }
}

const key = (name: string): SigningKey => ecKey('P-256', name)
const quoteOf = (certificates: Uint8Array): Uint8Array =>
  quoteWith({ body: new Uint8Array(584), attestation: key('attestation'), pckKey: key('pck'), certificates })

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7919) & 0xff)
const filled = (length: number, byte: number): Uint8Array => new Uint8Array(length).fill(byte)

/** Questions that differ in what answering them takes: usual ones, and some that somebody would ask to keep nodes busy. */
export const QUESTIONS: Readonly<Record<string, () => Promise<Question>>> = {
  nitro: async () => asked(await shown('nitro')),
  tdx: async () => asked(await shown('tdx')),
  sgx: async () => asked(await shown('sgx')),
  snp: async () => asked(await shown('snp')),
  tpm: async () => asked(await shown('tpm')),
  'azure-snp-vtpm': async () => asked(await shown('azure-snp-vtpm')),
  'azure-tdx-vtpm': async () => asked(await shown('azure-tdx-vtpm')),
  'tdx with 8 GPUs': () => withGpus(8),
  'tdx without certificates that are known': async () => {
    const made = await shown('tdx')
    return { ...asked(made, false), data: encodeEvidenceCall(await foreign(made)) }
  },
  'lists with 5,000 serials': async () => longLists(),
  'a policy of 24 kB': () => longPolicy(),
  'a list of 256 KiB that is kept': async () => asked(await shown('tdx'), true, POLICY, [kept(LONGEST)]),
  'a list of 256 KiB that is kept, with 8 GPUs': () => withGpus(8, [kept(LONGEST)]),
  'a list to be kept, 24 kB': async () => ({ data: keeping(1_000), accepted: true }),
  'a list to be kept, 256 KiB': async () => ({ data: keeping(LONGEST), accepted: true }),
  '256 serials of a list of 24 kB': async () => ({ data: naming(1_000), accepted: true }),
  '256 serials of a list of 256 KiB': async () => ({ data: naming(LONGEST), accepted: true }),
  'nothing but bytes': async () => asked({ ...(await shown('nitro')), evidence: noise(65_536) }, false),
  'arrays in arrays': async () => asked({ ...(await shown('nitro')), evidence: filled(65_536, 0x81) }, false),
  'sequences in sequences': async () => asked({ ...(await shown('snp')), endorsements: { certificates: [filled(60_000, 0x30)] } }, false),
  'a certificate with 4,000 names': async () => {
    const part = set(seq(oid('2.5.4.3'), text('x')))
    const name = seq(...Array(4_000).fill(part))
    const body = seq(wrap(0, int(2)), int(7), key('x').algorithm, name, seq(time(NOW), time(NOW + 1)), name, key('x').spki)
    const certificate = seq(body, key('x').algorithm, bits(new Uint8Array(64)))
    return asked({ ...(await shown('snp')), endorsements: { certificates: [certificate] } }, false)
  },
  'a list with 1,400 entries of two extensions': async () => {
    const made = await shown('tdx')
    const entry = (serial: number) =>
      seq(int(serial), time(NOW), seq(extension('1.2.3', new Uint8Array()), extension('1.2.4', new Uint8Array())))
    const body = seq(int(1), key('x').algorithm, seq(), time(NOW), time(NOW + 1), seq(...serials(1_400).map(entry)))
    const crl = seq(body, key('x').algorithm, bits(new Uint8Array(64)))
    return asked({ ...made, endorsements: { ...made.endorsements, crls: [crl] } }, true)
  },
  'a file of 50,000 empty lists': async () => {
    const made = await shown('tdx')
    const { tcbInfo } = made.endorsements
    const body = utf8(`[${'[],'.repeat(49_000)}[]]`)
    return asked({ ...made, endorsements: { ...made.endorsements, tcbInfo: { ...tcbInfo!, body } } }, false)
  },
  'a policy of 20,000 empty lists': async () => asked(await shown('nitro'), false, utf8(`[${'[],'.repeat(19_000)}[]]`)),
  '60 kB of PEM': async () => asked({ ...(await shown('tdx')), evidence: quoteOf(pem(...Array(60).fill(intel().ca))) }, false),
  '16 certificates of 3 kB': async () => {
    const made = await shown('snp')
    return asked({ ...made, endorsements: { certificates: Array(16).fill(made.endorsements.certificates?.[1]) } }, false)
  },
}

async function withGpus(count: number, collateral: readonly Uint8Array[] = []): Promise<Question> {
  const made = await shown('tdx')
  const gpus = await Promise.all(
    Array.from({ length: count }, (_, i) =>
      developmentAttester({ platform: 'nvidia-gpu', seed: SEED, machine: `gpu ${i}`, now: () => NOW }).attest(reportDataOf(keyset, NONCE)),
    ),
  )
  return asked({ ...made, gpus }, true, POLICY, collateral)
}

/** Evidence under a root that nobody trusts is read under all roots before it is refused. */
async function foreign(made: AttestationEvidence) {
  const other = await developmentAttester({ platform: 'tdx', seed: 'somebody else', now: () => NOW }).attest(reportDataOf(keyset, NONCE))
  const evidence = encodeEvidenceInput({ ...made, ...other })
  return {
    call: 'appraise',
    time: NOW,
    chainId: 5n,
    node: NODE,
    nonce: NONCE,
    policy: POLICY,
    developmentRoots: roots,
    evidence,
    collateral: [],
  } as const
}

function intel() {
  const key = (name: string): SigningKey => ecKey('P-256', `${SEED}: intel ${name}`)
  const keys = { root: key('root'), ca: key('ca'), tcb: key('tcb'), pck: key('ca'), attestation: key('ca') }
  return intelCertificates(keys, {
    root: 'DEVELOPMENT Intel',
    organization: 'DEVELOPMENT',
    notBefore: 1_577_836_800,
    notAfter: 2_524_521_600,
  })
}

const dates = { number: 5, thisUpdate: NOW, nextUpdate: NOW + 86_400 }
const serials = (count: number): number[] => Array.from({ length: count }, (_, i) => 100_000 + i)

async function longLists(): Promise<Question> {
  const made = await shown('tdx')
  const crls = [intel().rootCrl(dates, serials(2_500)), intel().pckCrl(dates, serials(2_500))]
  return asked({ ...made, endorsements: { ...made.endorsements, crls } })
}

async function longPolicy(): Promise<Question> {
  const values = { mrtd: `0x${'ab'.repeat(48)}`, rtmr0: `0x${'cd'.repeat(48)}` } as const
  const entries = Array.from(
    { length: 70 },
    (_, i) => ({ platform: 'tdx', values, notAfter: NOW + i, build: 'https://build.example' }) as const,
  )
  const policy = policyBytes({ ...DEFAULT_POLICY, allowDevelopment: true, measurements: entries })
  return asked(await shown('tdx'), false, policy)
}

/** Serials of a list that takes nearly all that can be kept. */
const LONGEST = 11_000

function kept(count: number): Uint8Array {
  const { ca, root, pckCrl } = intel()
  return encodeCollateral({ kind: 'crl', body: pckCrl(dates, serials(count)), signature: new Uint8Array(), certificates: [ca, root] })
}

const keeping = (count: number): Uint8Array =>
  encodeEvidenceCall({ call: 'authenticate', time: NOW, developmentRoots: roots, collateral: kept(count) })

const naming = (count: number): Uint8Array =>
  encodeEvidenceCall({ call: 'listed', collateral: kept(count), serials: serials(256).map(BigInt) })
