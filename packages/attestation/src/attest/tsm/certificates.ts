import { equalBytes, isMachineFault } from '@opengradient/protocol'
import type { Endorsements } from '../../result/evidence.ts'
import { readLeaf } from '../../snp/leaf.ts'
import { readSnpReport, type SnpReport } from '../../snp/report.ts'
import { type Certificate, readCertificate } from '../../x509/certificate.ts'
import { readCertificateTable } from './certificateTable.ts'

/**
 * What goes beside an SNP report: of the certificates in the host's table and the operator's own, those of the key that signed it. A host may go on
 * giving the certificate of firmware that was replaced since, and so may a file of the operator's. None of it is trusted. Where neither fits, the
 * host's go along. The operator's revocation lists go before the host's.
 * @param evidence the report, which can be read
 * @param auxblob the table, which may be missing; one that cannot be read is as good as none
 */
export function snpEndorsements(evidence: Uint8Array, auxblob: Uint8Array, own: Endorsements): Endorsements {
  const report = readSnpReport(evidence)
  const host = hostEndorsements(auxblob, report)
  const chains = [host.certificates, own.certificates].filter((chain) => chain !== undefined)
  const certificates = chains.find(([leaf]) => certifies(leaf, report)) ?? chains[0]
  return { ...host, ...own, ...(certificates && { certificates: linked(certificates) }) }
}

function hostEndorsements(auxblob: Uint8Array, { signer }: SnpReport): Endorsements {
  if (auxblob.length === 0) return {}
  return orNothing(() => readCertificateTable(auxblob, signer)) ?? {}
}

/** Whether the certificate is of the chip, the versions and the kind of key of the report. */
const certifies = (leaf: Uint8Array | undefined, report: SnpReport): boolean =>
  leaf !== undefined && orNothing(() => readLeaf(readCertificate(leaf), report)) !== undefined

/** Without the authorities that issued none of those before: a table has one place for them, and two kinds of keys. */
function linked([leaf, ...authorities]: readonly Uint8Array[]): Uint8Array[] {
  const kept = leaf === undefined ? [] : [leaf]
  let last = leaf && read(leaf)
  for (const der of authorities) {
    const authority = read(der)
    if (last && authority && !equalBytes(authority.subject.bytes, last.issuer.bytes)) continue
    kept.push(der)
    last = authority
  }
  return kept
}

const read = (der: Uint8Array): Certificate | undefined => orNothing(() => readCertificate(der))

function orNothing<T>(work: () => T): T | undefined {
  try {
    return work()
  } catch (error) {
    if (isMachineFault(error)) throw error
    return undefined
  }
}
