import {
  type AttestationPolicy,
  parseStandingPolicy,
  type Roots,
  rootsForDevelopment,
  type TrustAnchors,
  type Trusts,
  VENDOR_ROOTS,
} from '@opengradient/attestation'
import type { ChainFacts } from '@opengradient/client'
import { canonicalJson, type Hex, hexToBytes } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import type { TeeLevel } from './level.ts'

/** What evidence is judged by. */
export interface Rules {
  readonly policy: AttestationPolicy
  readonly trusts: Trusts
}

/**
 * The caller's own policy, or the network's; development evidence counts only where it was asked for by name.
 * @throws OgError `POLICY_MALFORMED` for one that misses a member or says what would weaken it silently
 */
export async function rulesOf({ policy, chain }: Context, facts: ChainFacts, level: TeeLevel): Promise<Rules> {
  const [json, roots] = await Promise.all([policy.attestation ? undefined : facts.attestationPolicy(), facts.developmentRoots()])
  const base = parseStandingPolicy(json?.json ?? canonicalJson(policy.attestation))
  return {
    policy: { ...base, allowDevelopment: level === 'development' },
    trusts: { hardware: vendorRoots(chain.trust.roots), ...(roots.length > 0 ? { development: rootsForDevelopment(roots) } : {}) },
  }
}

/** The vendors' roots of this release, or those that the network file names instead, which stand for every vendor. */
function vendorRoots(given: readonly Hex[] | undefined): Roots {
  if (given === undefined) return VENDOR_ROOTS
  const all: TrustAnchors = { anchors: given.map((root) => ({ certificate: hexToBytes(root), trust: 'hardware' })) }
  return { aws: all, amd: all, intel: all, nvidia: all, tpm: all }
}
