import { equalBytes } from '@opengradient/protocol'
import { OID } from '../asn1/oids.ts'
import type { SignatureCheck } from '../crypto/types.ts'
import { demand, refuse } from '../result/rejection.ts'
import type { TrustAnchor, TrustAnchors } from '../roots/types.ts'
import type { Certificate } from './certificate.ts'
import { KEY_USAGE } from './extensions.ts'
import { readKnown } from './known.ts'
import { isSignedBy } from './signed.ts'

/** Certificates in a path, root included. */
const MAX_PATH = 8
/**
 * Critical extensions that this package acts on; any other makes a certificate unusable (RFC 5280, 4.2). Of further names of the subject nothing is
 * decided: keys of TPMs have no other, and theirs have to be critical then (4.2.1.6). What would restrict them, name constraints, is not here.
 */
const UNDERSTOOD = new Set<string>([OID.basicConstraints, OID.keyUsage, OID.subjectAltName])

/** A path from a leaf to a root that is trusted. */
export interface Path {
  /** Leaf first, root last. */
  readonly certificates: readonly Certificate[]
  readonly leaf: Certificate
  readonly anchor: TrustAnchor
}

/**
 * Verifies `given` (leaf first, each issued by the next; the root may be left out, and so may the authorities that the anchors know) as RFC 5280
 * section 6 demands: trusted root, names, authority bits, key usage, path lengths, critical extensions, signatures, and the dates at `now`
 * (Unix seconds). The leaf must not be an authority. UNTRUSTED_ROOT, CHAIN_INVALID, CERT_EXPIRED.
 */
export async function verifyPath(
  given: readonly Certificate[],
  { anchors, intermediates = [] }: TrustAnchors,
  now: number,
  check: SignatureCheck,
): Promise<Path> {
  const path = completed(given, anchors, intermediates)
  checkLeaf(path.leaf)
  return checked(path, 0, now, check)
}

/** The same for the path of an authority, which comes first. */
export async function verifyAuthority(
  given: readonly Certificate[],
  { anchors, intermediates = [] }: TrustAnchors,
  now: number,
  check: SignatureCheck,
): Promise<Path> {
  const path = completed(given, anchors, intermediates)
  demand(path.leaf.ca, 'CHAIN_INVALID', `"${path.leaf.subject.commonName}" is no authority.`)
  return checked(path, 1, now, check)
}

/** `below`: how many authorities the first certificate counts as, for the limits on the length of a path. */
async function checked(path: Path, below: 0 | 1, now: number, check: SignatureCheck): Promise<Path> {
  const { certificates } = path
  for (const [i, certificate] of certificates.entries()) checkExtensions(certificate, i)
  const signed = await Promise.all(certificates.slice(1).map(({ key }, i) => isSignedBy(certificates[i]!, key, check, certificates[i]!.ca)))
  for (const [i, genuine] of signed.entries()) checkLink(certificates[i]!, certificates[i + 1]!, i + below, genuine)
  for (const certificate of certificates) checkDates(certificate, now)
  return path
}

/** The path with its root: the given end is a root, or one of the known authorities and roots issued it. */
function completed(given: readonly Certificate[], anchors: readonly TrustAnchor[], intermediates: readonly Uint8Array[]): Path {
  const path = withRoot(given, anchors, intermediates)
  demand(path.certificates.length <= MAX_PATH, 'CHAIN_INVALID', `There are more than ${MAX_PATH} certificates.`)
  return path
}

function withRoot(given: readonly Certificate[], anchors: readonly TrustAnchor[], intermediates: readonly Uint8Array[]): Path {
  const [leaf] = given
  if (leaf === undefined) return refuse('CHAIN_INVALID', 'There are no certificates.')
  const certificates = [...given]
  for (let steps = 0; steps <= MAX_PATH; steps++) {
    const last = certificates.at(-1)!
    const itself = anchors.find(({ certificate }) => equalBytes(certificate, last.der))
    if (itself) return { certificates, leaf, anchor: itself }
    const root = anchors.find(({ certificate }) => equalBytes(readKnown(certificate).subject.bytes, last.issuer.bytes))
    // A self-issued certificate that only has the name of a root is somebody else's root.
    if (root && !equalBytes(last.subject.bytes, last.issuer.bytes))
      return { certificates: [...certificates, readKnown(root.certificate)], leaf, anchor: root }
    const known = intermediates.map(readKnown).find(({ subject }) => equalBytes(subject.bytes, last.issuer.bytes))
    if (!known) break
    certificates.push(known)
  }
  return refuse('UNTRUSTED_ROOT', `The certificates end at "${certificates.at(-1)!.issuer.commonName}", which is not a trusted root.`)
}

function checkLeaf({ ca, usage }: Certificate): void {
  demand(!ca, 'CHAIN_INVALID', 'The key that signs evidence belongs to an authority.')
  demand(usage === undefined || usage.has(KEY_USAGE.digitalSignature), 'CHAIN_INVALID', 'The leaf certificate may not sign data.')
}

function checkExtensions({ extensions }: Certificate, at: number): void {
  for (const [oid, { critical }] of extensions)
    demand(
      !critical || UNDERSTOOD.has(oid),
      'CHAIN_INVALID',
      `Certificate ${at} has the critical extension ${oid}, which is not understood.`,
    )
}

function checkLink(subject: Certificate, issuer: Certificate, below: number, genuine: boolean): void {
  const where = `Certificate ${below + 1} ("${issuer.subject.commonName}")`
  demand(
    equalBytes(subject.issuer.bytes, issuer.subject.bytes),
    'CHAIN_INVALID',
    `${where} is not the issuer that certificate ${below} names.`,
  )
  // Nobody but a root vouches for itself. It could stand below itself any number of times, and count as one of those that the vendor has lists for.
  demand(!equalBytes(subject.subject.bytes, subject.issuer.bytes), 'CHAIN_INVALID', `Certificate ${below} vouches for itself.`)
  demand(issuer.ca, 'CHAIN_INVALID', `${where} is no authority.`)
  demand(issuer.usage === undefined || issuer.usage.has(KEY_USAGE.certSign), 'CHAIN_INVALID', `${where} may not sign certificates.`)
  demand(
    issuer.pathLength === undefined || below <= issuer.pathLength,
    'CHAIN_INVALID',
    `${where} may not have ${below} authorities below it.`,
  )
  demand(genuine, 'CHAIN_INVALID', `${where} did not sign certificate ${below}.`)
}

function checkDates({ notBefore, notAfter, subject }: Certificate, now: number): void {
  demand(now >= notBefore, 'CERT_EXPIRED', `The certificate "${subject.commonName}" is not valid yet.`)
  demand(now <= notAfter, 'CERT_EXPIRED', `The certificate "${subject.commonName}" has expired.`)
}
