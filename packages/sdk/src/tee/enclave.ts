import {
  type AttestationJudgement,
  attestationErrorCode,
  type Claims,
  judgeAttestation,
  marksOf,
  platformMark,
  rememberingCheck,
} from '@opengradient/attestation'
import type { ChainFacts, KeysetFact } from '@opengradient/client'
import { dataAddress } from '@opengradient/contracts/slots'
import {
  type AttestationEvidence,
  bytesToHex,
  concatBytes,
  type Hex,
  hexToBytes,
  isOgError,
  type Keyset,
  keysetDigest,
  MAX_CMW_BYTES,
  OgError,
  parseCmw,
} from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { nodeError } from '../infer/nodeError.ts'
import type { LoadedModel } from '../models/load.ts'
import type { Offer } from '../pay/offers.ts'
import { LEVEL_NUMBER, type TeeLevel } from './level.ts'
import { type Rules, rulesOf } from './rules.ts'

/** Enclaves of one vendor come with the same authorities: their signatures are computed once. */
const check = rememberingCheck()

/** An enclave whose evidence this client has verified: what a request may be sealed to. */
export interface AcceptedEnclave {
  /** SHA-256 of the keyset; `proofRef` of its receipts. */
  readonly digest: Hex
  readonly keyset: Keyset
  readonly claims: Claims
  /** For the bundle: the envelope as it was registered, and what the chain judged it by. */
  readonly cmw: Uint8Array
  readonly policyNumber: number
  readonly marks: readonly Hex[]
  /** Unix seconds until which the same verification succeeds, exclusive. */
  readonly until: number
}

/** What the chain proves, and Unix seconds. */
interface Seen {
  readonly facts: ChainFacts
  readonly now: number
}

/** The chain as it is, and the time: for a clock that is behind it that of the chain, or a keyset and its certificates would not have begun. */
async function seen({ chain, now }: Context): Promise<Seen> {
  const head = await chain.head()
  return { facts: chain.at(head), now: Math.max(Math.floor(now()), Number(head.header.timestamp)) }
}

/** Which enclave, for what. */
export interface EnclaveWanted {
  readonly offer: Offer
  readonly modelId: Hex
  readonly level: TeeLevel
  readonly timeoutMs: number
}

/**
 * Steps one to thirteen, each of which must succeed before anything is sealed: the node's keyset on chain, its evidence, and all that the
 * policy asks. With `fresh` the enclave answers a nonce of this client, too.
 *
 * @throws OgError `EVIDENCE_*`, `KEYSET_MALFORMED`, `ATTESTATION_MALFORMED`, `NODE_*`; nothing of any request was sent
 */
async function acceptEnclave(context: Context, { facts, now }: Seen, wanted: EnclaveWanted): Promise<AcceptedEnclave> {
  const { offer, level } = wanted
  const registered = liveKeyset(await facts.keyset(offer.node), wanted, now)
  const key = `${offer.node} ${registered.digest} ${level}`
  const known = context.enclaves.get(key)
  if (known && known.until > now && known.keyset.modelIds.includes(wanted.modelId) && !context.policy.fresh) return known
  const rules = await rulesOf(context, facts, level)
  const served = await fetchEnvelope(context, wanted, `/${registered.digest}`)
  const judged = await judge(context, wanted, registered, served, rules, now)
  if (context.policy.fresh) await askFresh(context, wanted, registered, rules, now)
  const { keyset, claims, gpus, until } = judged
  const accepted: AcceptedEnclave = {
    digest: registered.digest,
    keyset,
    claims,
    cmw: served.bytes,
    policyNumber: registered.policy,
    marks: marksOf([claims, ...gpus]),
    until: Math.min(until, Number(registered.end)),
  }
  keepEnclave(context.enclaves, key, accepted, now)
  return accepted
}

/** Remembers an enclave, and forgets those that are over: a node has a new one every few hours, each with an envelope of up to 512 KiB. */
export function keepEnclave<T extends Pick<AcceptedEnclave, 'until'>>(
  enclaves: Map<string, T>,
  key: string,
  accepted: T,
  now: number,
): void {
  for (const [other, { until }] of enclaves) if (until <= now) enclaves.delete(other)
  enclaves.set(key, accepted)
}

/** Seconds after its publication in which a model is waited for: the enclave needs a new keyset to take it. */
const FRESH = 60

/** `acceptEnclave`; an enclave that has not loaded a model of a moment ago yet is asked again. */
export async function enclaveSoon(
  context: Context,
  {
    offer,
    model,
    level,
    deadline,
    signal,
  }: { offer: Offer; model: LoadedModel; level: TeeLevel; deadline: number; signal: AbortSignal | undefined },
): Promise<AcceptedEnclave> {
  for (;;) {
    const timeoutMs = Math.max(1, Math.ceil(Math.min(10_000, deadline - performance.now())))
    const now = await seen(context)
    try {
      return await acceptEnclave(context, now, { offer, modelId: model.modelId, level, timeoutMs })
    } catch (error) {
      const missing = isOgError(error, 'EVIDENCE_KEYSET_FOREIGN') && error.details.reason === 'KEYSET_MODEL_MISSING'
      const fresh = context.now() < Number(model.fact.publishedAt) + FRESH
      if (!missing || !fresh || performance.now() + 1000 > deadline) throw error
    }
    await context.sleep(500, signal)
  }
}

/** Step one: what the chain proves of the node. @throws OgError `EVIDENCE_*` */
export function liveKeyset(
  fact: KeysetFact | undefined,
  { offer, level }: Pick<EnclaveWanted, 'offer' | 'level'>,
  now: number,
): KeysetFact {
  const { node } = offer
  if (fact === undefined)
    throw new OgError(
      'EVIDENCE_NOT_REGISTERED',
      `node ${node} has no keyset on chain (one that has just started registers it within seconds)`,
    )
  if (fact.revoked)
    throw new OgError('EVIDENCE_REVOKED', `something that the enclave of node ${node} rests on was revoked; ask another node`)
  if (BigInt(now) >= fact.end)
    throw new OgError(
      'EVIDENCE_KEYSET_EXPIRED',
      `the keyset of node ${node} is over, or the policy that it was judged by; the node registers another one once its evidence is good: ask again in a minute, or ask another node`,
    )
  if (fact.level === LEVEL_NUMBER.development && level === 'tee')
    throw new OgError(
      'EVIDENCE_DEV_EVIDENCE',
      `node ${node} registered development evidence, which no hardware protects: ask another node, or for level development to try how it goes`,
    )
  if (fact.level !== LEVEL_NUMBER[level])
    throw new OgError(
      'EVIDENCE_NOT_REGISTERED',
      `node ${node} is registered at another level than ${level}: ask another node, or for that level`,
    )
  return fact
}

interface Served {
  readonly bytes: Uint8Array
  readonly envelope: AttestationEvidence
}

async function fetchEnvelope(context: Context, { offer, timeoutMs }: EnclaveWanted, suffix: string): Promise<Served> {
  const reply = await context.nodeHttp(`${offer.endpoint}/v1/attestation${suffix}`, { timeoutMs, maxBytes: MAX_CMW_BYTES })
  if (reply.status !== 200) throw nodeError(offer.node, reply)
  return { bytes: reply.body, envelope: parseCmw(reply.body) }
}

type Judged = Required<Pick<AttestationJudgement, 'keyset' | 'claims' | 'gpus' | 'until'>>

/** Steps two to thirteen. `nonce`: what the enclave had to answer, if it was asked now. */
async function judge(
  context: Context,
  { offer, modelId, level }: EnclaveWanted,
  registered: KeysetFact,
  { envelope }: Served,
  { policy, trusts }: Rules,
  now: number,
  nonce?: Hex,
): Promise<Judged> {
  const { node } = offer
  const digest = keysetDigest(envelope.keyset)
  if (digest !== registered.digest)
    throw new OgError('EVIDENCE_NOT_REGISTERED', `node ${node} shows the keyset ${digest}; the one on chain is ${registered.digest}`)
  const chainId = BigInt(context.chain.network.chainId)
  const issuedAt = nonce === undefined ? Number(registered.from) : now
  const expect = { chainId, node, modelId, issuedAt, ...(nonce === undefined ? {} : { nonce }) }
  const judged = await judgeAttestation(envelope, { now, trusts, policy, expect, check })
  if (!judged.ok) throw refusal(node, judged)
  const { keyset, claims, gpus, until } = judged as AttestationJudgement & Judged
  if (judged.level !== level) throw new OgError('EVIDENCE_NOT_REGISTERED', `the evidence of node ${node} is of level ${judged.level}`)
  if (keyset.sign !== registered.signer)
    throw new OgError('EVIDENCE_NOT_REGISTERED', `node ${node} shows another signing key than the one on chain`)
  // Other evidence of the keyset could leave out what was revoked, and no bundle with it would be accepted. Fresh evidence may rest on new certificates.
  if (nonce === undefined && dataAddress(concatBytes(...marksOf([claims, ...gpus]).map((mark) => hexToBytes(mark)))) !== registered.marks)
    throw new OgError('EVIDENCE_NOT_REGISTERED', `node ${node} shows other evidence than the one that the chain accepted`)
  // The keys never left the machine that registered them, and of that one it is known that nothing was revoked.
  if (platformMark(claims) !== registered.platformId)
    throw new OgError('EVIDENCE_NOT_REGISTERED', `node ${node} shows another machine than the one that the chain accepted`)
  requireEvaluation(claims, registered, node)
  return { keyset, claims, gpus, until }
}

/** The chain has rated the machine by the newest evaluation of Intel's that it knew: an older one does not count any more. @throws OgError `EVIDENCE_COLLATERAL_STALE` */
export function requireEvaluation({ tcb }: Pick<Claims, 'tcb'>, { evaluation }: Pick<KeysetFact, 'evaluation'>, node: Hex): void {
  if ((tcb.evaluation ?? evaluation) < evaluation)
    throw new OgError(
      'EVIDENCE_COLLATERAL_STALE',
      `node ${node} rates its machine by evaluation ${tcb.evaluation}; the chain rated it by ${evaluation}. Nothing was sent to it`,
    )
}

const refusal = (node: Hex, { code, message }: AttestationJudgement): OgError =>
  new OgError(attestationErrorCode(code!), `the evidence of node ${node} was refused: ${message} Nothing was sent to it`, {
    details: { node, reason: code },
  })

async function askFresh(context: Context, wanted: EnclaveWanted, registered: KeysetFact, rules: Rules, now: number): Promise<void> {
  const nonce = bytesToHex(context.random(32))
  const served = await fetchEnvelope(context, wanted, `?nonce=${nonce}`)
  await judge(context, wanted, registered, served, rules, now, nonce)
}
