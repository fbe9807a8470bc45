import { type AttestationJudgement, type Claims, marksOf, measurementMark, platformMark, TPM } from '@opengradient/attestation'
import { dataAddress } from '@opengradient/contracts/slots'
import { type BundleTee, concatBytes, hexToBytes, keysetDigest, parseCmw, type TeeCheckId } from '@opengradient/protocol'
import type { Enclave, TeeFindings } from '../checks/tee.ts'
import type { Context } from '../context.ts'
import { needState } from '../evidence.ts'
import type { KeysetFact } from '../facts.ts'
import { absent, fail, type Outcome, once, pass, Stop, settle } from '../outcome.ts'
import { utc } from '../time.ts'
import { demandGroup } from './groups.ts'
import { judgeBundle } from './judge.ts'

/** The level of a receipt for each that evidence can reach, and for the trust in it. */
const LEVEL = { tee: 1, hardware: 1, development: 129 } as const

/**
 * The questions about the enclave of a bundle: the registration is read from the proven state, everything else is verified anew from the raw
 * evidence, as of the block in which it was registered.
 */
export async function examineEnclave(context: Context, tee: BundleTee): Promise<TeeFindings> {
  const envelope = once(() => parseCmw(tee.cmw))
  const registration = once(() => registrationOf(context))
  const judged = await judgeBundle(context, tee, envelope, registration)
  const claims = once(() => claimsOf(judged()))
  const group = (id: TeeCheckId, found: (claims: Claims) => Outcome): Outcome =>
    settle(() => {
      demandGroup(judged(), id)
      return found(claims())
    })

  const outcomes: TeeFindings['outcomes'] = {
    'evidence.registered': settle(() => registered(context, registration(), judged(), claims())),
    'evidence.genuine': group('evidence.genuine', ({ platform, trust }) => pass(`tee.${trust}`, { platform })),
    'evidence.revocation': group('evidence.revocation', ({ revocation }) => pass(`tee.${revocation}`)),
    'evidence.tcb': group('evidence.tcb', ({ tcb: { status } }) => pass('tee.tcb', { status })),
    'evidence.settings': group('evidence.settings', () => pass('tee.settings')),
    'evidence.measurement': group('evidence.measurement', (shown) => measurement(judged(), shown)),
    'evidence.binding': group('evidence.binding', () => pass('tee.binding', { keyset: keysetDigest(envelope().keyset) })),
    'evidence.keyset': settle(() => keyset(judged())),
    'evidence.gpu': group('evidence.gpu', () => gpus(judged())),
    'evidence.platform': group('evidence.platform', (shown) => pass('tee.platform', { platformId: platformMark(shown) })),
    'evidence.receipt': settle(() => {
      const digest = () => keysetDigest(envelope().keyset)
      // Where the registration is withheld nothing is judged; that the evidence is about another answer shows all the same.
      if (isWithheld(registration) && context.bundle.receipt.proofRef !== digest()) return foreign(context, digest())
      return receipt(context, judged(), claims(), digest())
    }),
  }
  return { outcomes, enclave: enclaveOf(judged, claims) }
}

function enclaveOf(judged: () => AttestationJudgement, claims: () => Claims): Enclave | undefined {
  try {
    const { platform } = claims()
    const { gpus, entry } = judged()
    const revocation = [claims(), ...gpus].map(({ revocation }) => revocation)
    return { platform, tpm: TPM[platform], revocation, listed: entry !== undefined, measurement: measurementMark(claims()) }
  } catch {
    return undefined
  }
}

function registrationOf({ bundle: { receipt }, chain }: Context): KeysetFact {
  const { facts, height } = needState(chain)
  const { node, proofRef } = receipt
  const found = facts.keyset(node, proofRef)
  if (found === undefined) throw new Stop(fail('EVIDENCE_NOT_REGISTERED', { node, keyset: proofRef, height }))
  return found
}

function isWithheld(registration: () => KeysetFact): boolean {
  try {
    registration()
    return false
  } catch (error) {
    return error instanceof Stop && error.outcome.status === 'absent'
  }
}

/** What the evidence shows, once it was verified at all. */
function claimsOf({ claims }: AttestationJudgement): Claims {
  if (claims === undefined) throw new Stop(absent('tee.unverified'))
  return claims
}

/** The registration must rest on this evidence, at this level, be live when the receipt was issued, and nothing of it revoked. */
function registered(context: Context, registration: KeysetFact, judged: AttestationJudgement, claims: Claims): Outcome {
  const { receipt } = context.bundle
  const { node, proofRef: keyset, issuedAt } = receipt
  const { facts, height } = needState(context.chain)
  const marks = marksOf([claims, ...judged.gpus])
  // Other evidence of the same keyset could leave out what was revoked: a GPU, a certificate.
  const rests = registration.marks === dataAddress(concatBytes(...marks.map((mark) => hexToBytes(mark))))
  const same = registration.measurement === measurementMark(claims) && registration.platformId === platformMark(claims)
  if (!rests || !same || registration.level !== receipt.level) return fail('EVIDENCE_NOT_REGISTERED', { node, keyset, height })
  if (facts.revoked(registration, marks)) return fail('EVIDENCE_REVOKED', { height })
  // What the caller's own policy allows may end sooner. Without an end of its own the appraisal has failed elsewhere.
  const end = BigInt(Math.min(Number(registration.end), judged.until ?? Number.POSITIVE_INFINITY))
  if (issuedAt < registration.notBefore || issuedAt >= end)
    return fail('EVIDENCE_KEYSET_EXPIRED', { issued: utc(issuedAt), from: utc(registration.notBefore), until: utc(end) })
  return pass('tee.registered', { node, keyset, from: utc(registration.from), until: utc(end) })
}

/** The code is on a list, alone or with the engines that it says it runs; or the policy has no list. */
function measurement({ entry }: AttestationJudgement, shown: Claims): Outcome {
  const says = entry === undefined ? 'tee.anyCode' : entry.runtimes === undefined ? 'tee.measurement' : 'tee.runtime'
  return pass(says, { measurement: measurementMark(shown) })
}

function keyset(judged: AttestationJudgement): Outcome {
  demandGroup(judged, 'evidence.keyset')
  return pass('tee.keyset', { count: `${judged.keyset!.modelIds.length}` })
}

const gpus = ({ gpus }: AttestationJudgement): Outcome =>
  gpus.length === 0 ? pass('tee.noGpu') : pass('tee.gpus', { count: `${gpus.length}` })

/** The receipt must name this keyset, be signed by its key, and claim the level that the evidence shows. */
function receipt(context: Context, { keyset, level }: AttestationJudgement, { trust }: Claims, digest: string): Outcome {
  const { receipt, signer } = context.bundle
  // What was refused reaches no level; of that other questions tell.
  const shown = level === 'none' ? LEVEL[trust] : LEVEL[level]
  if (receipt.proofRef !== digest || keyset?.sign !== signer || receipt.level !== shown) return foreign(context, digest)
  return pass('tee.receipt', { key: signer })
}

const foreign = ({ bundle: { receipt, signer } }: Context, keyset: string): Outcome =>
  fail('EVIDENCE_RECEIPT_INVALID', { key: signer, keyset, level: `${receipt.level}` })
