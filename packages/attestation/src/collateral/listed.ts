import { bytesToHex, type Hex, isRevocationList, type VendorCollateral } from '@opengradient/protocol'
import { digest } from '../crypto/hash.ts'
import { as } from '../result/rejection.ts'
import { readCrl } from '../x509/crl.ts'

/** The certificates that a revocation list names, as `certificateMark` takes them; none of Intel's files. Whether it is genuine is not looked at. CRL_INVALID. */
export function listedCertificates({ kind, body }: VendorCollateral): { readonly issuer: Hex; readonly serial: Hex }[] {
  if (!isRevocationList(kind)) return []
  const { issuer, revoked } = as('CRL_INVALID', () => readCrl(body))
  const name = bytesToHex(digest('SHA-256', issuer.bytes))
  return [...revoked].map((serial) => ({ issuer: name, serial }))
}
