import {
  type AttestationJudgement,
  collateralUsed,
  type Endorsements,
  judgeAttestation,
  mainMeasurementMark,
  marksOf,
  measurementMark,
  platformMark,
  type Roots,
  rootsForDevelopment,
  TCB_STATUSES,
  type Trusts,
} from '@opengradient/attestation'
import {
  type AppraiseCall,
  type AttestationEvidence,
  bytesToHex,
  decodeCollateral,
  decodeEvidenceInput,
  isMachineFault,
  isOgError,
  isRevocationList,
  keysetDigest,
  TEE_CODES,
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
 * taken. The judgement is the one that callers come to (`judgeAttestation`), and depends on nothing but the call and the vendors' roots.
 * Throws `OutOfGas`, and what says that this machine could not go on.
 */
export async function appraiseCall(call: AppraiseCall, meter: Meter, hardware: Roots): Promise<Accepted | TeeCode> {
  const policy = readPolicy(call.policy, meter)
  if (!policy) return 'POLICY_MALFORMED'
  const envelope = readEnvelope(call)
  if (!envelope) return 'INPUT_MALFORMED'
  const trusts = trustsOf(call.developmentRoots, hardware)
  chargeReading(envelope, call, trusts, meter)
  const { time: now, chainId, node, nonce } = call
  // The nonce is of now: the chain has seen that it is the hash of a late block.
  const expect = { chainId, node, nonce: bytesToHex(nonce), issuedAt: now }
  const judgement = await judgeAttestation(envelope, { now, trusts, policy, expect, check: meteredCheck(meter) })
  // The verifier takes a meter that ran out for a fault of the evidence.
  meter.charge(0, 0)
  return judgement.ok ? accepted(envelope, judgement) : codeOf(judgement)
}

/** The envelope with what it takes from the chain: lists beside its own, and the files that it does not bring along. */
function readEnvelope({ evidence, collateral }: AppraiseCall): AttestationEvidence | undefined {
  return orUndefined(() => {
    const envelope = decodeEvidenceInput(evidence)
    const posted = collateral.map(decodeCollateral)
    const gpus = envelope.gpus.map((gpu) => ({ ...gpu, endorsements: withPosted(gpu.endorsements, posted) }))
    return { ...envelope, endorsements: withPosted(envelope.endorsements, posted), gpus }
  })
}

function withPosted(own: Endorsements, posted: readonly VendorCollateral[]): Endorsements {
  const file = (kind: 'tcbInfo' | 'qeIdentity') => own[kind] ?? posted.find((one) => one.kind === kind)
  const [tcbInfo, qeIdentity] = [file('tcbInfo'), file('qeIdentity')]
  return {
    ...own,
    crls: [...(own.crls ?? []), ...posted.filter(({ kind }) => isRevocationList(kind)).map(({ body }) => body)],
    ...(tcbInfo && { tcbInfo }),
    ...(qeIdentity && { qeIdentity }),
  }
}

/** Everything is read under the vendors' roots, and again under development roots where there are any; the policy is looked through for each GPU. */
function chargeReading(
  { keyset, evidence, endorsements, gpus }: AttestationEvidence,
  call: AppraiseCall,
  trusts: Trusts,
  meter: Meter,
): void {
  meter.charge(keyset.length + gpus.length * call.policy.length, PRICES.jsonByte)
  const shown = [{ evidence, endorsements }, ...gpus]
  const bytes = shown.reduce((sum, one) => sum + one.evidence.length + sizeOf(one.endorsements), 0)
  meter.charge(bytes, PRICES.evidenceByte * (trusts.development ? 2 : 1))
}

function accepted({ endorsements, gpus: shown, keyset: bytes }: AttestationEvidence, judgement: AttestationJudgement): Accepted | TeeCode {
  const { level, keyset, claims, gpus, until } = judgement
  if (!keyset || !claims || until === undefined) return 'INTERNAL'
  const used = [collateralUsed(claims, endorsements), ...gpus.map((gpu, i) => collateralUsed(gpu, shown[i]!.endorsements))].flat()
  return {
    level: level === 'tee' ? 1 : 129,
    keysetDigest: keysetDigest(bytes),
    signer: keyset.sign,
    notBefore: keyset.notBefore,
    until: BigInt(until),
    measurement: measurementMark(claims),
    mainMeasurement: mainMeasurementMark(claims),
    platformId: platformMark(claims),
    tcbStatus: TCB_STATUSES.indexOf(claims.tcb.status),
    evaluation: claims.tcb.evaluation ?? 0,
    marks: marksOf([claims, ...gpus]),
    collateral: used.map(({ key }) => key),
    updates: used.map(({ thisUpdate }) => thisUpdate),
    numbers: used.map(({ number }) => number),
  }
}

/** The reason by its name in `TEE_CODES`. */
function codeOf({ code }: AttestationJudgement): TeeCode {
  return code !== undefined && code in TEE_CODES ? (code as TeeCode) : 'INTERNAL'
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
    if (isOgError(error) && !isMachineFault(error)) return undefined
    throw error
  }
}
