import { bytesToHex } from '@opengradient/protocol'
import type { Claims } from '../result/claims.ts'
import type { Context, Verifier } from '../result/evidence.ts'
import { demand } from '../result/rejection.ts'
import { earliest, rootsOf, usedCertificates } from '../result/used.ts'
import { verifier } from '../result/verifier.ts'
import { readCertificate } from '../x509/certificate.ts'
import { verifyPath } from '../x509/path.ts'
import { checkRevocation, readCrls } from '../x509/revocation.ts'
import { matchLeaf, platformIdOf } from './leaf.ts'
import { readSnpReport, type SnpReport } from './report.ts'

/**
 * AMD SEV-SNP: a report signed by the chip's key (VCEK) or one loaned to a cloud (VLEK). `endorsements.certificates` holds the key's certificate
 * first; AMD's authority and root may follow. `endorsements.crls`: the list of the family's root (ARK), which covers the authority.
 */
export const snpVerifier: Verifier = verifier('snp', verifySnp)

/** The steps, for evidence that wraps a report too. */
export async function verifySnp(evidence: Uint8Array, { now, roots, endorsements, check }: Context): Promise<Claims> {
  const report = readSnpReport(evidence)
  const crls = readCrls(endorsements.crls ?? [])
  const path = await verifyPath((endorsements.certificates ?? []).map(readCertificate), rootsOf(roots, 'amd'), now, check)
  const { leaf, certificates } = path
  const { family, svn, cloud } = matchLeaf(leaf, certificates.slice(1), report)
  const { signature, signed: message } = report
  const signed =
    leaf.key.kind === 'ec' &&
    leaf.key.curve === 'P-384' &&
    (await check({ key: leaf.key, scheme: 'ecdsa', hash: 'SHA-384', signature, message }))
  demand(signed, 'SIGNATURE_INVALID', 'The report is not signed by the key of the certificate.')
  // AMD publishes lists of its roots only: they name authorities.
  const revocation = await checkRevocation(certificates, crls, now, check, (place) => place === certificates.length - 2)
  return {
    ok: true,
    platform: 'snp',
    trust: path.anchor.trust,
    family,
    verifiedAt: now,
    validUntil: earliest(revocation.until, ...certificates.map(({ notAfter }) => notAfter)),
    reportData: report.reportData,
    measurements: measurements(report),
    debug: report.policy.debug,
    migratable: report.policy.migratable,
    tcb: { status: 'Unrated', svn, advisories: [] },
    platformId: platformIdOf(report, leaf),
    revocation: revocation.status,
    certificates: usedCertificates(certificates),
    facts: facts(report, cloud),
  }
}

const measurements = ({ measurement, hostData, idKeyDigest, authorKeyDigest }: SnpReport): Claims['measurements'] => ({
  measurement: bytesToHex(measurement),
  hostData: bytesToHex(hostData),
  idKeyDigest: bytesToHex(idKeyDigest),
  authorKeyDigest: bytesToHex(authorKeyDigest),
})

const facts = ({ vmpl, signer, guestSvn, version, policy, platformInfo }: SnpReport, cloud: string | undefined): Claims['facts'] => ({
  vmpl: String(vmpl),
  signer,
  guestSvn: String(guestSvn),
  reportVersion: String(version),
  smt: policy.smt || (platformInfo & 1) !== 0 ? 'yes' : 'no',
  aliasCheck: (platformInfo & 0x20) !== 0 ? 'yes' : 'no',
  ...(cloud === undefined ? {} : { cloud }),
})
