import { concatBytes } from '@opengradient/protocol'
import type { Endorsements } from '../result/evidence.ts'
import type { TrustAnchor } from '../roots/types.ts'
import type { SnpFamily } from '../snp/leaf.ts'
import { AUTHORITY, type CertificateOptions, issue, issueCrl } from './ca.testkit.ts'
import { extension, ia5, int } from './der.testkit.ts'
import { ecKey, rsaKey, type TestKey } from './keys.testkit.ts'

export const snpKeys = {
  ark: rsaKey('pss', 'ark'),
  ask: rsaKey('pss', 'ask'),
  vcek: ecKey('P-384', 'vcek'),
  other: ecKey('P-384', 'other'),
}
export const CHIP = new Uint8Array(64).fill(0xc1)
/** bootloader 7, tee 0, snp 14, microcode 72. */
export const TCB = Uint8Array.of(7, 0, 0, 0, 0, 0, 14, 72)
const AMD = '1.3.6.1.4.1.3704.1'

/** Each root is made once: the trust in it is remembered by its bytes in memory. */
const arks = new Map<SnpFamily, Uint8Array>()

export function ark(family: SnpFamily): Uint8Array {
  const subject = `ARK-${family}`
  const made = arks.get(family) ?? issue({ subject, issuer: subject, key: snpKeys.ark, by: snpKeys.ark, ...AUTHORITY })
  arks.set(family, made)
  return made
}

export const ask = (family: SnpFamily, kind = 'SEV'): Uint8Array =>
  issue({
    subject: `${kind}-${family}`,
    issuer: `ARK-${family}`,
    key: snpKeys.ask,
    by: snpKeys.ark,
    ...AUTHORITY,
    pathLength: 0,
    serial: 0x10001,
  })
export const arkCrl = (family: SnpFamily, revoked: readonly number[] = []): Uint8Array =>
  issueCrl({ issuer: `ARK-${family}`, by: snpKeys.ark, revoked })

export interface SnpLeafOptions extends Partial<CertificateOptions> {
  readonly family?: SnpFamily
  readonly product?: string
  readonly chip?: Uint8Array
  /** Versions by the last number of AMD's identifiers. */
  readonly versions?: Readonly<Record<number, number>>
  readonly kind?: 'VCEK' | 'VLEK'
}

export function vcek({
  family = 'Genoa',
  product = `${family}-B1`,
  chip = CHIP,
  versions,
  kind = 'VCEK',
  ...rest
}: SnpLeafOptions = {}): Uint8Array {
  const svn = versions ?? { 1: 7, 2: 0, 3: 14, 4: 0, 5: 0, 6: 0, 7: 0, 8: 72 }
  const extensions = [
    extension(`${AMD}.1`, int(0)),
    extension(`${AMD}.2`, ia5(product)),
    ...Object.entries(svn).map(([part, version]) => extension(`${AMD}.3.${part}`, int(version))),
    kind === 'VCEK' ? extension(`${AMD}.4`, chip) : extension(`${AMD}.5`, ia5('CN=cloud.example')),
  ]
  const issuer = kind === 'VCEK' ? `SEV-${family}` : `SEV-VLEK-${family}`
  return issue({ subject: `SEV-${kind}`, issuer, key: snpKeys.vcek, by: snpKeys.ask, serial: 0, extensions, ...rest })
}

export const snpRoots = (...families: readonly SnpFamily[]) => ({
  amd: { anchors: families.map((family) => ({ certificate: ark(family), trust: 'development' }) satisfies TrustAnchor) },
})

export const snpEndorsements = (family: SnpFamily = 'Genoa', leaf = vcek({ family })): Endorsements => ({
  certificates: [leaf, ask(family), ark(family)],
  crls: [arkCrl(family)],
})

/** Patches of a report by offset (SNP ABI, ATTESTATION_REPORT). */
export type SnpPatch = Readonly<Record<number, readonly number[] | Uint8Array>>

/** A report of version 3 by a Genoa processor, signed after the patches. */
export function snpReport(patches: SnpPatch = {}, by: TestKey = snpKeys.vcek): Uint8Array {
  const report = new Uint8Array(1184)
  const fields: SnpPatch = {
    0: [3],
    8: [0, 0, 3],
    52: [1],
    64: [0x25],
    80: new Uint8Array(64).fill(0xda),
    144: new Uint8Array(48).fill(0x3e),
    384: TCB,
    392: [0x19, 0x11, 1],
    416: CHIP,
    480: TCB,
    ...patches,
  }
  for (const [offset, bytes] of Object.entries(fields)) report.set(bytes, Number(offset))
  const signature = by.raw(report.subarray(0, 0x2a0), 'SHA-384')
  report.set(concatBytes(signature.slice(0, 48).reverse(), new Uint8Array(24), signature.slice(48).reverse()), 0x2a0)
  return report
}
