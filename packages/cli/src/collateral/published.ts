import {
  type Claims,
  collateralUsed,
  type Endorsements,
  evidenceErrorCode,
  type Platform,
  type Rejection,
  type Roots,
  type SnpFamily,
  snpPublished,
  type Trusts,
  underTrusts,
  type VerifiedCollateral,
  verifyCollateral,
  verifyEvidence,
} from '@opengradient/attestation'
import { nodeCheck } from '@opengradient/attestation/node'
import { type Hex, isRevocationList, OgError, type VendorCollateral } from '@opengradient/protocol'
import { intelPublished } from './intel.ts'
import { amdCertificate, amdPublished, nvidiaPublished } from './lists.ts'
import type { Get, Services } from './services.ts'

/** Evidence whose vendor is asked. */
export interface AskedFor {
  readonly platform: Platform
  readonly evidence: Uint8Array
  readonly endorsements: Endorsements
}

export interface PublishedOptions {
  readonly get: Get
  readonly services: Services
  readonly trusts: Trusts
  /** Unix seconds. */
  readonly now: number
  /** For reports that do not say it (SNP, version 2). */
  readonly family?: SnpFamily
}

/** A file of the vendor that was found genuine, with the certificates of its issuer. */
export interface Published {
  readonly collateral: VendorCollateral
  readonly verified: VerifiedCollateral
}

export interface PublishedResult {
  readonly claims: Claims
  readonly published: readonly Published[]
  /** The certificate of the evidence key (DER), where it had to be fetched. */
  readonly certificate?: Uint8Array
  /** What the vendor gave that is not genuine or not in date, and why; and what its files say against the machine. */
  readonly refused: readonly string[]
  /** Whether the evidence can be judged with that: lists were looked through, and the security level is known. */
  readonly complete: boolean
}

/**
 * Fetches what the vendor publishes about the machine that made some evidence, and keeps what verifies and is about it.
 * @throws OgError `EVIDENCE_*` (the evidence is not genuine; `EVIDENCE_FETCH_FAILED`), `COLLATERAL_MALFORMED`, `USAGE`
 */
export async function fetchPublished(asked: AskedFor, options: PublishedOptions): Promise<PublishedResult> {
  const certificate = await missingCertificate(asked, options)
  // Lists and files that came with the evidence may be out of date: that is why others are fetched.
  const endorsements = { certificates: certificate ? [certificate] : (asked.endorsements.certificates ?? []) }
  const bare = { ...asked, endorsements }
  const claims = await verified(bare, options)
  const needed = new Set(collateralUsed(claims, {}).map(({ key }) => key))
  const roots = claims.trust === 'hardware' ? options.trusts.hardware : (options.trusts.development as Roots)
  const published: Published[] = []
  const refused: string[] = []
  for (const candidate of await candidates(claims, options)) {
    const found = await genuine(candidate, authorities(endorsements, roots), roots, options.now)
    if (!found.ok) refused.push(found.message)
    else if (needed.has(found.verified.key)) published.push(found)
  }
  const whole = await judged({ ...bare, endorsements: withPublished(endorsements, published) }, options)
  if (!whole.ok) refused.push(whole.message)
  const complete = whole.ok && whole.revocation !== 'unchecked' && whole.tcb.status !== 'Unknown'
  return { claims, published, refused, complete, ...(certificate ? { certificate } : {}) }
}

/** AMD's certificate of the chip, where the host gave none. */
async function missingCertificate(
  { platform, evidence, endorsements }: AskedFor,
  options: PublishedOptions,
): Promise<Uint8Array | undefined> {
  if (platform !== 'snp' || (endorsements.certificates ?? []).length > 0) return undefined
  let path: string | undefined
  try {
    path = snpPublished(evidence, options.family).certificate
  } catch (cause) {
    throw new OgError('USAGE', `${(cause as Error).message} If it is a report of version 2, name it: --family Milan`, { cause })
  }
  if (path === undefined)
    throw new OgError('USAGE', 'The report is signed by a key of the cloud, or hides its chip: give its certificate with --certificates')
  return amdCertificate(options.get, options.services, path)
}

const judged = ({ platform, evidence, endorsements }: AskedFor, { trusts, now }: PublishedOptions): Promise<Claims | Rejection> =>
  underTrusts(trusts, (roots) => verifyEvidence({ platform, bytes: evidence }, { now, roots, endorsements, check: nodeCheck }))

async function verified(asked: AskedFor, options: PublishedOptions): Promise<Claims> {
  const claims = await judged(asked, options)
  if (!claims.ok) throw new OgError(evidenceErrorCode(claims.code), claims.message)
  return claims
}

async function candidates({ platform, family, facts }: Claims, { get, services }: PublishedOptions): Promise<VendorCollateral[]> {
  switch (platform) {
    case 'tdx':
    case 'azure-tdx-vtpm':
      return intelPublished(get, services, 'tdx', facts.fmspc as Hex)
    case 'sgx':
      return intelPublished(get, services, 'sgx', facts.fmspc as Hex)
    case 'snp':
    case 'azure-snp-vtpm':
      return amdPublished(get, services, family as SnpFamily, facts.signer === 'vlek' ? 'vlek' : 'vcek')
    case 'nvidia-gpu':
      return family === undefined ? [] : nvidiaPublished(get, services, family)
    default:
      throw new OgError('USAGE', `Nobody publishes lists or files about ${platform}`)
  }
}

/** Who may have issued a list that came alone. */
const authorities = ({ certificates = [] }: Endorsements, roots: Roots): Uint8Array[] => [
  ...new Set([...Object.values(roots).flatMap(({ anchors }) => anchors.map(({ certificate }) => certificate)), ...certificates]),
]

async function genuine(
  candidate: VendorCollateral,
  issuers: readonly Uint8Array[],
  roots: Roots,
  now: number,
): Promise<(Published & { ok: true }) | Rejection> {
  const chains = candidate.certificates.length > 0 ? [candidate.certificates] : issuers.map((issuer) => [issuer])
  let first: Rejection | undefined
  for (const certificates of chains) {
    const collateral = { ...candidate, certificates }
    const verified = await verifyCollateral(collateral, { now, roots, check: nodeCheck })
    if (verified.ok) return { ok: true, collateral, verified }
    // Most issuers are simply others; what is wrong with the list itself says more.
    if (first === undefined || (verified.code !== 'CRL_INVALID' && verified.code !== 'CHAIN_INVALID')) first = verified
  }
  return first ?? { ok: false, code: 'CHAIN_INVALID', message: 'Nobody is known who could have issued the list.' }
}

/** Endorsements with what was published beside them. */
export function withPublished(own: Endorsements, published: readonly { readonly collateral: VendorCollateral }[]): Endorsements {
  const file = (kind: 'tcbInfo' | 'qeIdentity') => published.findLast(({ collateral }) => collateral.kind === kind)?.collateral
  const [tcbInfo, qeIdentity] = [file('tcbInfo') ?? own.tcbInfo, file('qeIdentity') ?? own.qeIdentity]
  const lists = published.filter(({ collateral }) => isRevocationList(collateral.kind)).map(({ collateral }) => collateral.body)
  return { ...own, crls: [...(own.crls ?? []), ...lists], ...(tcbInfo && { tcbInfo }), ...(qeIdentity && { qeIdentity }) }
}
