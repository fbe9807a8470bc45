import {
  type AttestationJudgement,
  type AttestationPolicy,
  DEFAULT_POLICY,
  judgeAttestation,
  parseStandingPolicy,
  type Roots,
  rootsForDevelopment,
  type TrustAnchors,
  type Trusts,
  VENDOR_ROOTS,
} from '@opengradient/attestation'
import { dataAddress } from '@opengradient/contracts/slots'
import {
  type AttestationEvidence,
  type BundleTee,
  canonicalJson,
  encodeDevelopmentRoots,
  hexToBytes,
  keccak256Hex,
} from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { needState } from '../evidence.ts'
import type { KeysetFact } from '../facts.ts'
import { fail, Stop } from '../outcome.ts'

/**
 * Judges the evidence of a bundle as of its registration, once; gives what it found, or throws why it could not, at every call. The policy is the
 * caller's, else the network's, else the strictest; hardware roots are the caller's, else the software's; development roots the network's.
 */
export async function judgeBundle(
  context: Context,
  tee: BundleTee,
  envelope: () => AttestationEvidence,
  registration: () => KeysetFact,
): Promise<() => AttestationJudgement> {
  try {
    const registered = registration()
    const now = Number(registered.from)
    const { node, modelId } = context.bundle.receipt
    const expect = { chainId: BigInt(context.trust.chainId), node, modelId, issuedAt: now }
    const options = { now, expect, trusts: trustsOf(context, tee), policy: policyOf(context, tee, registered) }
    const found = await judgeAttestation(envelope(), options)
    return () => found
  } catch (error) {
    return () => {
      throw error
    }
  }
}

/** Development evidence is accepted only for a receipt that calls itself so: it never reads as tee. */
function policyOf({ policy: { attestation }, bundle: { receipt } }: Context, tee: BundleTee, registered: KeysetFact): AttestationPolicy {
  const policy = attestation === undefined ? networkPolicy(tee, registered) : parseStandingPolicy(canonicalJson(attestation))
  return { ...policy, allowDevelopment: policy.allowDevelopment && receipt.level === 129 }
}

function networkPolicy({ policy }: BundleTee, { policyHash }: KeysetFact): AttestationPolicy {
  if (policy === undefined) return DEFAULT_POLICY
  if (keccak256Hex(policy) !== policyHash) throw new Stop(fail('EVIDENCE_TRUST_MISMATCH'))
  return parseStandingPolicy(policy)
}

function trustsOf({ trust: { roots }, chain }: Context, { developmentRoots }: BundleTee): Trusts {
  const hardware = roots === undefined ? VENDOR_ROOTS : anyVendor(roots.map((root) => hexToBytes(root)))
  if (developmentRoots === undefined) return { hardware }
  if (needState(chain).facts.developmentRoots() !== dataAddress(encodeDevelopmentRoots(developmentRoots)))
    throw new Stop(fail('EVIDENCE_TRUST_MISMATCH'))
  return { hardware, development: rootsForDevelopment(developmentRoots) }
}

/** Roots of the caller stand for every vendor: evidence finds its own by name. */
function anyVendor(certificates: readonly Uint8Array[]): Roots {
  const all: TrustAnchors = { anchors: certificates.map((certificate) => ({ certificate, trust: 'hardware' })) }
  return { aws: all, amd: all, intel: all, nvidia: all, tpm: all }
}
