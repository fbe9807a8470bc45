import { hexToBytes } from '@opengradient/protocol'
import { AUTHORITY, type CertificateOptions, issueCrl, issuerOf, LEAF, type Lineage, type ListDates } from './ca.ts'
import { extension, int, octets, oid, seq } from './der.ts'
import type { SigningKey } from './keys.ts'

export interface IntelKeys {
  readonly root: SigningKey
  readonly ca: SigningKey
  readonly pck: SigningKey
  readonly tcb: SigningKey
  readonly attestation: SigningKey
}

const CA = 'Intel SGX PCK Platform CA'
const SGX = '1.2.840.113741.1.13.1'
const SVN = [5, 5, 2, 2, 3, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0]

/** The family of platforms that everything here describes. */
export const FMSPC = 'B0C06F000000'

export interface PckOptions extends Partial<CertificateOptions> {
  readonly components?: readonly number[]
  readonly pceSvn?: number
  readonly fmspc?: string
  /** What names the platform, 16 bytes. */
  readonly ppid?: Uint8Array
}

/** Intel: root → platform authority → platform (PCK), and root → signer of TCB infos; the lists of the first two. */
export function intelCertificates(keys: IntelKeys, lineage: Lineage) {
  const { root } = lineage
  const issue = issuerOf(lineage)
  return {
    root: issue({ subject: root, issuer: root, key: keys.root, by: keys.root, ...AUTHORITY, pathLength: 1 }),
    ca: issue({ subject: CA, issuer: root, key: keys.ca, by: keys.root, ...AUTHORITY, pathLength: 0, serial: 11 }),
    tcbSigner: (o: Partial<CertificateOptions> = {}): Uint8Array =>
      issue({ subject: 'Intel SGX TCB Signing', issuer: root, key: keys.tcb, by: keys.root, ...LEAF, serial: 12, ...o }),
    pck: ({ components = SVN, pceSvn = 11, fmspc = FMSPC, ppid = new Uint8Array(16).fill(0x77), ...o }: PckOptions = {}): Uint8Array => {
      const extensions = [extension(SGX, pckFields(components, pceSvn, fmspc, ppid))]
      const subject = 'Intel SGX PCK Certificate'
      return issue({ subject, issuer: CA, key: keys.pck, by: keys.ca, ...LEAF, serial: 13, extensions, ...o })
    },
    rootCrl: (dates: ListDates, revoked: readonly number[] = []): Uint8Array =>
      issueCrl({ ...lineage, issuer: root, by: keys.root, revoked, ...dates }),
    pckCrl: (dates: ListDates, revoked: readonly number[] = []): Uint8Array =>
      issueCrl({ ...lineage, issuer: CA, by: keys.ca, revoked, ...dates }),
  }
}

/** Intel's extension of a PCK certificate. */
function pckFields(components: readonly number[], pceSvn: number, fmspc: string, ppid: Uint8Array): Uint8Array {
  const pair = (arc: string, value: Uint8Array): Uint8Array => seq(oid(`${SGX}.${arc}`), value)
  const tcb = [
    ...components.map((svn, i) => pair(`2.${i + 1}`, int(svn))),
    pair('2.17', int(pceSvn)),
    pair('2.18', octets(new Uint8Array(16))),
  ]
  return seq(
    pair('1', octets(ppid)),
    pair('2', seq(...tcb)),
    pair('3', octets(new Uint8Array(2))),
    pair('4', octets(hexToBytes(`0x${fmspc.toLowerCase()}`))),
    pair('5', Uint8Array.of(10, 1, 1)),
  )
}
