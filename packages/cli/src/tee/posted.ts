import {
  collateralUsed,
  type Endorsements,
  MAX_EVIDENCE,
  type Platform,
  type Trusts,
  type UsedCollateral,
  underTrusts,
  verifyEvidence,
} from '@opengradient/attestation'
import { nodeCheck } from '@opengradient/attestation/node'
import type { ChainFacts } from '@opengradient/client'
import type { Attester } from '@opengradient/inference'
import { decodeCollateral, type VendorCollateral } from '@opengradient/protocol'
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
 * without them neither the chain nor any caller accepts what it says. What it brings itself stays, unless the chain has something newer.
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

/** Evidence that does not verify stays as it is: the chain says why. */
async function complete(
  platform: Platform,
  bytes: Uint8Array,
  own: Endorsements,
  { facts, time, trusts }: PostedView,
): Promise<Endorsements> {
  if (bytes.length > MAX_EVIDENCE) return own
  const claims = await underTrusts(trusts, (roots) =>
    verifyEvidence({ platform, bytes }, { now: time, roots, endorsements: own, check: nodeCheck }),
  )
  if (!claims.ok) return own
  const newer = await Promise.all(collateralUsed(claims, own).map((used) => newerPosted(facts, used)))
  return withPublished(
    own,
    newer.filter((collateral) => collateral !== undefined).map((collateral) => ({ collateral })),
  )
}

async function newerPosted(facts: PostedView['facts'], { key, thisUpdate, number }: UsedCollateral): Promise<VendorCollateral | undefined> {
  const posted = await facts.collateral(key)
  if (!posted || (posted.thisUpdate <= BigInt(thisUpdate) && posted.number <= number)) return undefined
  return decodeCollateral(posted.bytes)
}
