import {
  type AttestationPolicy,
  appraise,
  type Claims,
  collateralUsed,
  type Endorsements,
  mainMeasurementMark,
  marksOf,
  measurementMark,
  type Platform,
  platformMark,
  type Rejection,
  type Roots,
  rootsForDevelopment,
  type SignatureCheck,
  TCB_STATUSES,
  type Trusts,
  underTrusts,
  validUntil,
  verifyEvidence,
} from '@opengradient/attestation'
import {
  type AppraiseCall,
  type AttestationEvidence,
  bytesToHex,
  decodeCollateral,
  decodeEvidenceInput,
  equalBytes,
  isOgError,
  type Keyset,
  keysetDigest,
  parseKeyset,
  reportDataOf,
  type TeeCode,
  type VendorCollateral,
} from '@opengradient/protocol'
import type { Meter } from '../meter.ts'
import type { Accepted } from './answers.ts'
import { meteredCheck } from './check.ts'
import { readPolicy } from './policy.ts'
import { PRICES } from './prices.ts'

/**
 * Whether evidence is genuine, meets the policy, and binds a keyset of this node on this chain at this time; each step paid for before it is
 * taken. The answer depends on nothing but the call and the vendors' roots. Throws `OutOfGas` only.
 */
export async function appraiseCall(call: AppraiseCall, meter: Meter, hardware: Roots): Promise<Accepted | TeeCode> {
  const policy = readPolicy(call.policy, meter)
  if (!policy) return 'POLICY_MALFORMED'
  const input = readInput(call)
  if (!input) return 'INPUT_MALFORMED'
  const { evidence, posted } = input
  meter.charge(evidence.keyset.length, PRICES.jsonByte)
  const keyset = orUndefined(() => parseKeyset(evidence.keyset))
  if (!keyset) return 'KEYSET_MALFORMED'
  const problem = checkKeyset(keyset, call)
  if (problem) return problem
  if (!equalBytes(evidence.nonce, call.nonce)) return 'NONCE_MISMATCH'

  const verifier = new EvidenceVerifier(call.time, trustsOf(call.developmentRoots, hardware), meter)
  const endorsements = withPosted(evidence.endorsements, posted)
  const claims = await verifier.verify(evidence.platform as Platform, evidence.evidence, endorsements)
  if (!claims.ok) return claims.code
  const gpus: Claims[] = []
  for (const gpu of evidence.gpus) {
    // The policy is looked through once more.
    meter.charge(call.policy.length, PRICES.jsonByte)
    const shown = await verifier.verify('nvidia-gpu', gpu.evidence, withPosted(gpu.endorsements, posted))
    if (!shown.ok) return shown.code
    gpus.push(shown)
  }
  const verdict = appraise(claims, bound(policy, evidence, call), gpus)
  if (!verdict.ok) return verdict.code ?? 'INTERNAL'
  const used = [
    ...collateralUsed(claims, endorsements),
    ...gpus.flatMap((gpu, i) => collateralUsed(gpu, withPosted(evidence.gpus[i]!.endorsements, posted))),
  ]
  const end = validUntil(claims, policy, gpus)
  return {
    level: verdict.level === 'tee' ? 1 : 129,
    keysetDigest: keysetDigest(evidence.keyset),
    signer: keyset.sign,
    notBefore: keyset.notBefore,
    until: keyset.notAfter < BigInt(end) ? keyset.notAfter : BigInt(end),
    measurement: measurementMark(claims),
    mainMeasurement: mainMeasurementMark(claims),
    platformId: platformMark(claims),
    tcbStatus: TCB_STATUSES.indexOf(claims.tcb.status),
    evaluation: claims.tcb.evaluation ?? 0,
    marks: marksOf([claims, ...gpus]),
    collateral: used.map(({ key }) => key),
    updates: used.map(({ thisUpdate }) => thisUpdate),
  }
}

interface Input {
  readonly evidence: AttestationEvidence
  readonly posted: readonly VendorCollateral[]
}

function readInput({ evidence, collateral }: AppraiseCall): Input | undefined {
  return orUndefined(() => ({ evidence: decodeEvidenceInput(evidence), posted: collateral.map(decodeCollateral) }))
}

function checkKeyset({ chainId, node, notBefore, notAfter }: Keyset, call: AppraiseCall): TeeCode | undefined {
  if (chainId !== call.chainId) return 'KEYSET_CHAIN_MISMATCH'
  if (node !== call.node) return 'KEYSET_NODE_MISMATCH'
  if (BigInt(call.time) < notBefore) return 'KEYSET_NOT_YET_VALID'
  return BigInt(call.time) >= notAfter ? 'KEYSET_EXPIRED' : undefined
}

/** The policy with what this evidence has to be bound to. Its nonce is of now: the chain has seen that it is the hash of a late block. */
function bound(policy: AttestationPolicy, { keyset, nonce }: AttestationEvidence, { time }: AppraiseCall): AttestationPolicy {
  return { ...policy, expect: { reportData: bytesToHex(reportDataOf(keyset, nonce)), issuedAt: time } }
}

/** What came with the evidence, and what the chain has: lists of both, and the files that did not come along. */
function withPosted(own: Endorsements, posted: readonly VendorCollateral[]): Endorsements {
  const file = (kind: 'tcbInfo' | 'qeIdentity') => own[kind] ?? posted.find((one) => one.kind === kind)
  const [tcbInfo, qeIdentity] = [file('tcbInfo'), file('qeIdentity')]
  return {
    ...own,
    crls: [...(own.crls ?? []), ...posted.filter(({ kind }) => kind === 'crl').map(({ body }) => body)],
    ...(tcbInfo && { tcbInfo }),
    ...(qeIdentity && { qeIdentity }),
  }
}

class EvidenceVerifier {
  private readonly meter: Meter
  private readonly now: number
  private readonly trusts: Trusts
  private readonly check: SignatureCheck

  constructor(now: number, trusts: Trusts, meter: Meter) {
    this.meter = meter
    this.now = now
    this.trusts = trusts
    this.check = meteredCheck(meter)
  }

  verify(platform: Platform, bytes: Uint8Array, endorsements: Endorsements): Promise<Claims | Rejection> {
    const size = bytes.length + sizeOf(endorsements)
    return underTrusts(this.trusts, async (roots) => {
      this.meter.charge(size, PRICES.evidenceByte)
      const result = await verifyEvidence({ platform, bytes }, { now: this.now, roots, endorsements, check: this.check })
      // The verifier takes a meter that ran out for a fault of the evidence.
      this.meter.charge(0, 0)
      return result
    })
  }
}

/** What a call trusts: the vendors, and the development roots of its network. */
export function trustsOf(developmentRoots: readonly Uint8Array[], hardware: Roots): Trusts {
  return { hardware, ...(developmentRoots.length > 0 && { development: rootsForDevelopment(developmentRoots) }) }
}

function sizeOf({ certificates = [], crls = [], tcbInfo, qeIdentity }: Endorsements): number {
  const files = [tcbInfo, qeIdentity].flatMap((file) => (file ? [file.body, ...file.certificates] : []))
  return [...certificates, ...crls, ...files].reduce((sum, { length }) => sum + length, 0)
}

/** What a parser of the protocol gives, or nothing when it refuses. */
export function orUndefined<T>(parse: () => T): T | undefined {
  try {
    return parse()
  } catch (error) {
    if (isOgError(error)) return undefined
    throw error
  }
}
