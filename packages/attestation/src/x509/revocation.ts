import { equalBytes } from '@opengradient/protocol'
import type { SignatureCheck } from '../crypto/types.ts'
import { as, demand } from '../result/rejection.ts'
import type { Certificate } from './certificate.ts'
import { type Crl, readCrl } from './crl.ts'
import { KEY_USAGE } from './extensions.ts'
import { isSignedBy } from './signed.ts'

/** What revocation lists say about a path. */
export interface Revocation {
  /** `checked`: every certificate that had to be covered was. `unchecked`: a list is missing. */
  readonly status: 'checked' | 'unchecked'
  /** When the first of the lists used must be replaced, Unix seconds; undefined when none was used. */
  readonly until: number | undefined
}

/** Reads lists as endorsements hold them; CRL_INVALID for whatever cannot be read. */
export const readCrls = (lists: readonly Uint8Array[]): Crl[] => lists.map((der) => as('CRL_INVALID', () => readCrl(der)))

/**
 * Looks up the certificates of a verified path (leaf first, root last). Every list by an issuer of the path must be signed by it and in date,
 * or the evidence is refused (CRL_INVALID, CRL_STALE), and so it is when a list names a certificate (CERT_REVOKED). `covered` says which
 * certificates the vendor publishes lists for, by their place in the path; one of them without a list leaves the status `unchecked`.
 */
export async function checkRevocation(
  path: readonly Certificate[],
  crls: readonly Crl[],
  now: number,
  check: SignatureCheck,
  covered: (place: number) => boolean,
): Promise<Revocation> {
  let status: Revocation['status'] = 'checked'
  let until: number | undefined
  for (let place = 0; place + 1 < path.length; place++) {
    const certificate = path[place]!
    const issuer = path[place + 1]!
    const lists = crls.filter((crl) => equalBytes(crl.issuer.bytes, issuer.subject.bytes))
    for (const crl of lists) {
      await checkList(crl, issuer, now, check)
      demand(
        !crl.revoked.has(certificate.serial),
        'CERT_REVOKED',
        `The certificate "${certificate.subject.commonName}" was revoked by its issuer.`,
      )
      until = Math.min(until ?? crl.nextUpdate, crl.nextUpdate)
    }
    if (lists.length === 0 && covered(place)) status = 'unchecked'
  }
  return { status, until }
}

/** Whether a list is signed by an authority that may sign lists, and in date. CRL_INVALID, CRL_STALE. */
export async function checkList(crl: Crl, issuer: Certificate, now: number, check: SignatureCheck): Promise<void> {
  const whose = `The revocation list of "${issuer.subject.commonName}"`
  demand(issuer.usage === undefined || issuer.usage.has(KEY_USAGE.crlSign), 'CRL_INVALID', `${whose} is by a key that may not sign lists.`)
  demand(await isSignedBy(crl, issuer.key, check, true), 'CRL_INVALID', `${whose} is not signed by it.`)
  demand(now >= crl.thisUpdate, 'CRL_STALE', `${whose} is from the future.`)
  demand(now <= crl.nextUpdate, 'CRL_STALE', `${whose} is out of date.`)
}
