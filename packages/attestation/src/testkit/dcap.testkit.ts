import { base64, concatBytes, hexToBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import type { Endorsements, SignedFile } from '../result/evidence.ts'
import type { TrustAnchor } from '../roots/types.ts'
import { AUTHORITY, type CertificateOptions, issue, issueCrl, LEAF, NOW } from './ca.testkit.ts'
import { extension, int, octets, oid, seq } from './der.testkit.ts'
import { ecKey, type TestKey } from './keys.testkit.ts'

const key = (name: string): TestKey => ecKey('P-256', `intel ${name}`)
export const intelKeys = {
  root: key('root'),
  ca: key('ca'),
  pck: key('pck'),
  tcb: key('tcb'),
  attestation: key('attestation'),
  other: key('other'),
}
const ROOT = 'Intel SGX Root CA'
const CA = 'Intel SGX PCK Platform CA'
export const intelRoot = issue({ subject: ROOT, issuer: ROOT, key: intelKeys.root, by: intelKeys.root, ...AUTHORITY, pathLength: 1 })
export const pckCa = issue({ subject: CA, issuer: ROOT, key: intelKeys.ca, by: intelKeys.root, ...AUTHORITY, pathLength: 0, serial: 11 })
export const tcbSigner = (o: Partial<CertificateOptions> = {}): Uint8Array =>
  issue({ subject: 'Intel SGX TCB Signing', issuer: ROOT, key: intelKeys.tcb, by: intelKeys.root, ...LEAF, serial: 12, ...o })
export const intelRoots = { intel: { anchors: [{ certificate: intelRoot, trust: 'development' } satisfies TrustAnchor] } }

export const FMSPC = 'B0C06F000000'
const SGX = '1.2.840.113741.1.13.1'

export interface PckOptions extends Partial<CertificateOptions> {
  readonly components?: readonly number[]
  readonly pceSvn?: number
  readonly fmspc?: string
}

const SVN = [5, 5, 2, 2, 3, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]

/** A PCK certificate with Intel's extension. */
export function pck({ components = SVN, pceSvn = 11, fmspc = FMSPC, ...rest }: PckOptions = {}): Uint8Array {
  const pair = (arc: string, value: Uint8Array): Uint8Array => seq(oid(`${SGX}.${arc}`), value)
  const tcb = [
    ...components.map((svn, i) => pair(`2.${i + 1}`, int(svn))),
    pair('2.17', int(pceSvn)),
    pair('2.18', octets(new Uint8Array(16))),
  ]
  const fields = seq(
    pair('1', octets(new Uint8Array(16).fill(0x77))),
    pair('2', seq(...tcb)),
    pair('3', octets(new Uint8Array(2))),
    pair('4', octets(hexToBytes(`0x${fmspc.toLowerCase()}`))),
    pair('5', Uint8Array.of(10, 1, 1)),
  )
  const defaults = { subject: 'Intel SGX PCK Certificate', issuer: CA, key: intelKeys.pck, by: intelKeys.ca, ...LEAF, serial: 13 }
  return issue({ ...defaults, extensions: [extension(SGX, fields)], ...rest })
}

export const pem = (...ders: readonly Uint8Array[]): Uint8Array =>
  utf8(
    ders
      .map((der) => `-----BEGIN CERTIFICATE-----\n${base64(der).replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`)
      .join('')
      .replace(/\n\n/g, '\n'),
  )

const little = (value: number, size: number): Uint8Array => uintBytes(value, size).reverse()
const patch = (bytes: Uint8Array, patches: Patches): Uint8Array => {
  for (const [offset, value] of Object.entries(patches)) bytes.set(value, Number(offset))
  return bytes
}

export type Patches = Readonly<Record<number, readonly number[] | Uint8Array>>
const QE_SIGNER = new Uint8Array(32).fill(0xdc)

/** An enclave's report (384 bytes) with patches. */
export const sgxBody = (patches: Patches = {}): Uint8Array =>
  patch(new Uint8Array(384), {
    48: [0x11],
    64: new Uint8Array(32).fill(0x6e),
    128: QE_SIGNER,
    256: [2, 0, 4, 0],
    320: new Uint8Array(64).fill(0xda),
    ...patches,
  })

/** A trust domain's report (584 or 648 bytes) with patches: module generation 1, version 5. */
export const tdBody = (patches: Patches = {}, size = 584): Uint8Array =>
  patch(new Uint8Array(size), { 0: [5, 1, 2], 136: new Uint8Array(48).fill(0x3d), 520: new Uint8Array(64).fill(0xda), ...patches })

export interface QuoteOptions {
  readonly version?: 3 | 4 | 5
  readonly body?: Uint8Array
  readonly tee?: number
  readonly header?: Patches
  readonly certificates?: Uint8Array
  readonly attestation?: TestKey
  readonly by?: TestKey
  readonly pckKey?: TestKey
  readonly qe?: Patches
  readonly auth?: Uint8Array
  /** Kinds of certification data: the outer one (6) and the inner one (5). */
  readonly kinds?: readonly [number, number]
}

/** A quote that is right unless the options say otherwise. */
export function quote({ version = 4, body = tdBody(), tee = body.length === 384 ? 0 : 0x81, ...o }: QuoteOptions = {}): Uint8Array {
  const head = patch(new Uint8Array(48), { 0: [version, 0, 2, 0, tee], 12: hexToBytes('0x939a7233f79c4ca9940a0db3957f0607'), ...o.header })
  const type = body.length === 384 ? 1 : body.length === 584 ? 2 : 3
  const signed = version === 5 ? concatBytes(head, little(type, 2), little(body.length, 4), body) : concatBytes(head, body)
  const attestation = o.attestation ?? intelKeys.attestation
  const point = attestation.key.kind === 'ec' ? attestation.key.point.subarray(1) : new Uint8Array()
  const auth = o.auth ?? Uint8Array.from({ length: 32 }, (_, i) => i)
  const bound = concatBytes(digest('SHA-256', concatBytes(point, auth)), new Uint8Array(32))
  const qe = sgxBody({ 320: bound, ...o.qe })
  const [outerKind, innerKind] = o.kinds ?? [6, 5]
  const chain = o.certificates ?? pem(pck(), pckCa, intelRoot)
  const certification = concatBytes(
    qe,
    (o.pckKey ?? intelKeys.pck).raw(qe),
    little(auth.length, 2),
    auth,
    little(innerKind, 2),
    little(chain.length, 4),
    chain,
  )
  const outer = version === 3 ? certification : concatBytes(little(outerKind, 2), little(certification.length, 4), certification)
  const data = concatBytes((o.by ?? attestation).raw(signed), point, outer)
  return concatBytes(signed, little(data.length, 4), data)
}

const iso = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
const parts = (svns: readonly number[]) => svns.map((svn) => ({ svn }))
const sixteen = (...svns: readonly number[]): number[] => Array.from({ length: 16 }, (_, i) => svns[i] ?? 0)
const dates = { issueDate: iso(NOW - 86_400), nextUpdate: iso(NOW + 20 * 86_400) }
const MODULE = { mrsigner: '0'.repeat(96), attributes: '0'.repeat(16), attributesMask: 'F'.repeat(16) }
const level = (status: string, days: number, tcb: object) => ({ tcb, tcbDate: iso(NOW - days * 86_400), tcbStatus: status })

/** The members of a TCB info for TDX (or SGX) with two levels: versions 5 (current) and 2 (behind for 10 days). */
export function tcbInfo(id: 'TDX' | 'SGX', changes: object = {}): object {
  const tdx = (svn: number) => (id === 'TDX' ? { tdxtcbcomponents: parts(sixteen(svn, 0, 2)) } : {})
  return {
    id,
    version: 3,
    ...dates,
    fmspc: FMSPC,
    pceId: '0000',
    tcbType: 0,
    tcbEvaluationDataNumber: 17,
    ...(id === 'TDX'
      ? {
          tdxModule: MODULE,
          tdxModuleIdentities: [
            {
              id: 'TDX_01',
              ...MODULE,
              tcbLevels: [level('UpToDate', 10, { isvsvn: 4 }), { ...level('OutOfDate', 400, { isvsvn: 2 }), advisoryIDs: ['INTEL-SA-1'] }],
            },
          ],
        }
      : {}),
    tcbLevels: [
      level('UpToDate', 10, { sgxtcbcomponents: parts(sixteen(5, 5, 2)), pcesvn: 11, ...tdx(5) }),
      level('OutOfDate', 400, { sgxtcbcomponents: parts(sixteen(2, 2, 2)), pcesvn: 5, ...tdx(5) }),
    ],
    ...changes,
  }
}

export const qeIdentity = (id: 'TD_QE' | 'QE', changes: object = {}): object => ({
  id,
  version: 2,
  ...dates,
  tcbEvaluationDataNumber: 16,
  miscselect: '00000000',
  miscselectMask: 'FFFFFFFF',
  attributes: `11${'0'.repeat(30)}`,
  attributesMask: `FBFFFFFFFFFFFFFF${'0'.repeat(16)}`,
  mrsigner: 'DC'.repeat(32),
  isvprodid: 2,
  tcbLevels: [level('UpToDate', 10, { isvsvn: 4 }), level('OutOfDate', 400, { isvsvn: 2 })],
  ...changes,
})

export function signedFile(
  content: object,
  by: TestKey = intelKeys.tcb,
  certificates: readonly Uint8Array[] = [tcbSigner(), intelRoot],
): SignedFile {
  const body = utf8(JSON.stringify(content))
  return { body, signature: by.raw(body), certificates }
}

export const rootCrl = (revoked: readonly number[] = []): Uint8Array => issueCrl({ issuer: ROOT, by: intelKeys.root, revoked })
export const pckCrl = (revoked: readonly number[] = []): Uint8Array => issueCrl({ issuer: CA, by: intelKeys.ca, revoked })

export const collateral = (changes: Partial<Endorsements> = {}, kind: 'TDX' | 'SGX' = 'TDX'): Endorsements => ({
  crls: [rootCrl(), pckCrl()],
  tcbInfo: signedFile(tcbInfo(kind)),
  qeIdentity: signedFile(qeIdentity(kind === 'TDX' ? 'TD_QE' : 'QE')),
  ...changes,
})
