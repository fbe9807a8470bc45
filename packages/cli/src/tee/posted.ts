import {
  type Claims,
  collateralUsed,
  type Endorsements,
  issuerNaming,
  MAX_EVIDENCE,
  type Platform,
  type RejectionCode,
  type Trusts,
  type UsedCollateral,
  underTrusts,
  verifyEvidence,
} from '@opengradient/attestation'
import { nodeCheck } from '@opengradient/attestation/node'
import type { ChainFacts } from '@opengradient/client'
import type { Attester } from '@opengradient/inference'
import { decodeCollateral, type Hex, isRevocationList, type VendorCollateral } from '@opengradient/protocol'
import { withPublished } from '../collateral/published.ts'

/** A block of the chain, as far as evidence needs it. */
export interface PostedView {
  readonly facts: Pick<ChainFacts, 'collateral'>
  /** Unix seconds. */
  readonly time: number
  readonly trusts: Trusts
}

/**
 * The attester with what the chain holds about its machine beside the evidence: hardware gives no revocation lists and no security levels, and
 * without them neither the chain nor any caller accepts what it says. What it brings itself stays, unless the chain has something newer, or it is
 * over or broken.
 */
export function withPosted(attester: Attester, view: () => Promise<PostedView>): Attester {
  return {
    platform: attester.platform,
    trust: attester.trust,
    async attest(reportData) {
      const { evidence, endorsements, gpus, ...rest } = await attester.attest(reportData)
      const at = await view()
      const completed = (platform: string, bytes: Uint8Array, own: Endorsements) => complete(platform as Platform, bytes, own, at)
      return {
        evidence,
        endorsements: await completed(attester.platform, evidence, endorsements),
        ...(gpus && {
          gpus: await Promise.all(
            gpus.map(async (gpu) => ({ ...gpu, endorsements: await completed('nvidia-gpu', gpu.evidence, gpu.endorsements) })),
          ),
        }),
        ...rest,
      }
    },
    close: () => attester.close(),
  }
}

/** What a machine brings of this kind is over or broken: without it the chain's may do. */
const SPOILT = new Set<RejectionCode>(['CRL_STALE', 'CRL_INVALID', 'COLLATERAL_STALE', 'COLLATERAL_INVALID', 'COLLATERAL_MISSING'])

/** Evidence that does not verify stays as it is: the chain says why. */
async function complete(platform: Platform, bytes: Uint8Array, own: Endorsements, view: PostedView): Promise<Endorsements> {
  if (bytes.length > MAX_EVIDENCE) return own
  const claims = await verified(platform, bytes, own, view)
  if (claims.ok) return completed(claims, own, view)
  if (!SPOILT.has(claims.code)) return own
  const { certificates } = own
  const bare = certificates ? { certificates } : {}
  const others = await verified(platform, bytes, bare, view)
  return others.ok ? completed(others, bare, view) : own
}

const verified = (platform: Platform, bytes: Uint8Array, endorsements: Endorsements, { time: now, trusts }: PostedView) =>
  underTrusts(trusts, (roots) => verifyEvidence({ platform, bytes }, { now, roots, endorsements, check: nodeCheck }))

async function completed(claims: Claims, own: Endorsements, { facts }: PostedView): Promise<Endorsements> {
  const found = await Promise.all(collateralUsed(claims, own).map((used) => newerPosted(facts, used)))
  const newer = found.filter((one) => one !== undefined)
  const replaced = new Set(newer.filter(({ replaces }) => replaces).map(({ collateral }) => issuerNaming(collateral, [])))
  const { crls = [], ...rest } = own
  return withPublished({ ...rest, crls: crls.filter((body) => !replaced.has(issuerOf(body))) }, newer)
}

/** SHA-256 of the name of who issued a list that was read before. */
const issuerOf = (body: Uint8Array): Hex | undefined =>
  issuerNaming({ kind: 'crl', body, signature: new Uint8Array(), certificates: [] }, [])

interface NewerPosted {
  readonly collateral: VendorCollateral
  /** A list whose date and number are not behind those of the machine's own ones: these stay away, for both may be more than evidence may hold. */
  readonly replaces: boolean
}

async function newerPosted(facts: PostedView['facts'], { key, thisUpdate, number }: UsedCollateral): Promise<NewerPosted | undefined> {
  const posted = await facts.collateral(key)
  if (!posted || (posted.thisUpdate <= BigInt(thisUpdate) && posted.number <= number)) return undefined
  const collateral = decodeCollateral(posted.bytes)
  const ahead = posted.thisUpdate >= BigInt(thisUpdate) && posted.number >= number
  return { collateral, replaces: ahead && isRevocationList(collateral.kind) }
}
