import { concatBytes } from '@opengradient/protocol'
import { AUTHORITY, type CertificateOptions, issueCrl, issuerOf, type Lineage, type ListDates } from './ca.ts'
import { extension, ia5, int } from './der.ts'
import type { SigningKey } from './keys.ts'
import { type Patches, patch } from './patch.ts'

export type SnpFamily = 'Milan' | 'Genoa' | 'Turin'

export interface SnpKeys {
  readonly ark: SigningKey
  readonly ask: SigningKey
  readonly vcek: SigningKey
}

const AMD = '1.3.6.1.4.1.3704.1'

export interface SnpLeafOptions extends Partial<CertificateOptions> {
  readonly family?: SnpFamily
  readonly product?: string
  readonly chip?: Uint8Array
  /** Versions by the last number of AMD's identifiers. */
  readonly versions?: Readonly<Record<number, number>>
  readonly kind?: 'VCEK' | 'VLEK'
}

/** AMD: root (ARK) → authority (ASK) → chip (VCEK) or cloud (VLEK), for each family. The names are AMD's; the lineage's root name is not used. */
export function snpCertificates(keys: SnpKeys, lineage: Lineage) {
  const issue = issuerOf(lineage)
  const ark = (family: SnpFamily): Uint8Array =>
    issue({ subject: `ARK-${family}`, issuer: `ARK-${family}`, key: keys.ark, by: keys.ark, ...AUTHORITY })
  const ask = (family: SnpFamily, kind = 'SEV'): Uint8Array =>
    issue({
      subject: `${kind}-${family}`,
      issuer: `ARK-${family}`,
      key: keys.ask,
      by: keys.ark,
      ...AUTHORITY,
      pathLength: 0,
      serial: 0x10001,
    })
  const arkCrl = (family: SnpFamily, dates: ListDates, revoked: readonly number[] = []): Uint8Array =>
    issueCrl({ ...lineage, issuer: `ARK-${family}`, by: keys.ark, revoked, ...dates })
  const vcek = ({ family = 'Genoa', kind = 'VCEK', ...o }: SnpLeafOptions & { chip: Uint8Array }): Uint8Array => {
    const { product = `${family}-B1`, versions = { 1: 7, 2: 0, 3: 14, 4: 0, 5: 0, 6: 0, 7: 0, 8: 72 }, chip, ...rest } = o
    const extensions = [
      extension(`${AMD}.1`, int(0)),
      extension(`${AMD}.2`, ia5(product)),
      ...Object.entries(versions).map(([part, version]) => extension(`${AMD}.3.${part}`, int(version))),
      kind === 'VCEK' ? extension(`${AMD}.4`, chip) : extension(`${AMD}.5`, ia5('CN=cloud.example')),
    ]
    const issuer = kind === 'VCEK' ? `SEV-${family}` : `SEV-VLEK-${family}`
    return issue({ subject: `SEV-${kind}`, issuer, key: keys.vcek, by: keys.ask, serial: 0, extensions, ...rest })
  }
  return { ark, ask, arkCrl, vcek }
}

/** A report (SNP ABI, ATTESTATION_REPORT) from its fields by offset, signed. */
export function snpReport(fields: Patches, by: SigningKey): Uint8Array {
  const report = patch(new Uint8Array(1184), fields)
  const signature = by.raw(report.subarray(0, 0x2a0), 'SHA-384')
  report.set(concatBytes(signature.slice(0, 48).reverse(), new Uint8Array(24), signature.slice(48).reverse()), 0x2a0)
  return report
}
