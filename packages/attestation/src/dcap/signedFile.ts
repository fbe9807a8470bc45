import type { Context, SignedFile } from '../result/evidence.ts'
import { as, demand } from '../result/rejection.ts'
import { rootsOf } from '../result/used.ts'
import { readCertificate } from '../x509/certificate.ts'
import type { Crl } from '../x509/crl.ts'
import { type Path, verifyPath } from '../x509/path.ts'
import { checkRevocation } from '../x509/revocation.ts'

/** The only key that Intel signs such files with. Without this a machine's own key, which the same root certifies, could rate itself. */
const SIGNER = 'Intel SGX TCB Signing'

/** Verifies that Intel signed the file, and that it is in date. COLLATERAL_INVALID, COLLATERAL_STALE, or the reason of its certificates. */
export async function verifyFile<T extends { readonly issueDate: number; readonly nextUpdate: number }>(
  file: SignedFile,
  read: (body: Uint8Array) => T,
  crls: readonly Crl[],
  { now, roots, check }: Context,
): Promise<{ content: T; path: Path; unlisted: boolean }> {
  const chain = as('COLLATERAL_INVALID', () => file.certificates.map(readCertificate))
  const path = await verifyPath(chain, rootsOf(roots, 'intel'), now, check)
  const { leaf, certificates } = path
  demand(
    leaf.subject.commonName === SIGNER && certificates.length === 2,
    'COLLATERAL_INVALID',
    `The file is signed by "${leaf.subject.commonName}".`,
  )
  const revocation = await checkRevocation(certificates, crls, now, check, () => true)
  const signed = await check({ key: leaf.key, scheme: 'ecdsa', hash: 'SHA-256', signature: file.signature, message: file.body })
  demand(signed, 'COLLATERAL_INVALID', 'The file is not signed by Intel’s key.')
  const content = as('COLLATERAL_INVALID', () => read(file.body))
  demand(now >= content.issueDate, 'COLLATERAL_STALE', 'The file is from the future.')
  demand(now <= content.nextUpdate, 'COLLATERAL_STALE', 'The file is out of date.')
  return { content, path, unlisted: revocation.status === 'unchecked' }
}
