import {
  CHECK_IDS,
  type Check,
  type CheckId,
  isOgError,
  type Level,
  type Manifest,
  type Policy,
  TEE_CHECK_IDS,
  type TeeCheckId,
  type Verdict,
  ZK_CHECK_IDS,
  type ZkCheckId,
} from '@opengradient/protocol'
import type { Enclave } from './checks/tee.ts'
import type { Context } from './context.ts'
import type { Dating } from './dating.ts'
import { fail, type Outcome, reasonOf } from './outcome.ts'
import { type AssumesKey, assumes, evidenceAssumes, fact, proves, unproven, unreadable } from './sentences.ts'
import { utc } from './time.ts'

/** What an examination found, check by check. */
export interface Examination {
  readonly context: Context
  readonly dating: Dating
  readonly outcomes: Readonly<Record<Exclude<CheckId, ZkCheckId | TeeCheckId>, Outcome> & Partial<Record<ZkCheckId | TeeCheckId, Outcome>>>
  /** What its evidence shows, if the answer is of an enclave. */
  readonly enclave: Enclave | undefined
}

/** Level signature is: this bonded operator gave this answer to this request and cannot deny it. These checks together say so. */
const SIGNATURE: readonly CheckId[] = [
  'model.identity',
  'request.bound',
  'response.unaltered',
  'signature',
  'operator.registered',
  'operator.bonded',
]

/** What each way to accept a block takes on trust. */
const ASSUMED = { pin: 'pin.right', validator: 'validator.honest', stake: 'stake.honest' } as const

/** The verdict on what was found: a required check that is absent fails, and one failure is enough. */
export function verdictOf(examination: Examination, policy: Policy): Verdict {
  const { outcomes } = examination
  const needed = requiredBy(policy)
  const checks = [...CHECK_IDS, ...TEE_CHECK_IDS, ...ZK_CHECK_IDS].flatMap((id): Check[] => {
    const outcome = outcomes[id]
    return outcome === undefined ? [] : [{ id, ...required(outcome, needed.includes(id)) }]
  })
  const passes = (id: CheckId): boolean => checks.some((check) => check.id === id && check.status === 'pass')
  const ok = checks.every(({ status }) => status !== 'fail') && needed.every(passes)
  const proved = ZK_CHECK_IDS.every(passes)
  const level = ok && SIGNATURE.every(passes) ? reached(examination, passes, proved) : 'none'
  if (!ok) return { ok, level, checks, proves: [], assumes: [], unproven: [unproven('everything')] }
  const missing = checks.filter(({ status }) => status === 'absent').map(({ id }) => unproven(id))
  return {
    ok,
    level,
    checks,
    proves: proven(examination, level, passes),
    assumes: assumed(examination, level, proved),
    unproven: [
      unproven('right'),
      ...unprovenByLevel(level, examination.enclave),
      ...(proved ? unprovenByProof(examination) : []),
      ...missing,
    ],
  }
}

/**
 * The level of an answer that at least its operator answers for. Development evidence never makes it tee, nor signature; that evidence belongs to
 * a receipt of level tee is among what is asked about it.
 */
function reached({ context }: Examination, passes: (id: CheckId) => boolean, proved: boolean): Level {
  const enclave = TEE_CHECK_IDS.every(passes)
  if (context.bundle.receipt.level === 129) return enclave ? 'development' : 'none'
  if (enclave) return 'tee'
  return proved ? 'zk' : 'signature'
}

/** The verdict on what could not be examined at all: every check fails, for the one reason. */
export function refused(error: unknown, policy: Policy): Verdict {
  const outcome = isOgError(error)
    ? { status: 'fail' as const, code: error.code, says: unreadable(error.message) }
    : fail('INTERNAL', { reason: reasonOf(error) })
  const needed = requiredBy(policy)
  const ids = [...CHECK_IDS, ...[...TEE_CHECK_IDS, ...ZK_CHECK_IDS].filter((id) => needed.includes(id))]
  const checks = ids.map((id): Check => ({ id, ...outcome }))
  return { ok: false, level: 'none', checks, proves: [], assumes: [], unproven: [unproven('everything')] }
}

/** What a policy asks for: what it lists, at level zk everything about the proof, at tee and development everything about the enclave. */
export function requiredBy({ require, level }: Policy): readonly CheckId[] {
  if (level === 'zk') return [...require, ...ZK_CHECK_IDS]
  return level === 'signature' ? require : [...require, ...TEE_CHECK_IDS]
}

function required(outcome: Outcome, isRequired: boolean): Outcome {
  return outcome.status === 'absent' && isRequired ? fail('ABSENT', { reason: outcome.says }) : outcome
}

function proven({ context: { bundle, manifest }, dating, enclave }: Examination, level: Level, passes: (id: CheckId) => boolean): string[] {
  const { node, modelId, price } = bundle.receipt
  const out: string[] = []
  if (level !== 'none') out.push(proves('signature.answer', { node }))
  else out.push(proves('signature.key', { key: bundle.signer }))
  out.push(proves('model.identity', { modelId }))
  if (passes('request.fresh')) out.push(proves('request.fresh'))
  if (passes('payment.price')) out.push(proves(price === 0n ? 'payment.free' : 'payment.price'))
  if (passes('payment.settled') && price !== 0n) out.push(proves('payment.settled'))
  if (level === 'tee') out.push(provesOf(enclave!))
  if (level === 'development') out.push(proves('tee.development'))
  if (ZK_CHECK_IDS.every(passes)) out.push(proves('zk.answer', { zkModelId: committedBy(manifest()).commitment }))
  if (dating.by === 'batch') out.push(proves('inclusion', { time: utc(dating.at) }))
  return out
}

function assumed({ context, dating, enclave }: Examination, level: Level, proved: boolean): string[] {
  const { chain, execution, manifest, policy } = context
  const out: string[] = []
  if (level === 'signature' || level === 'development') out.push(assumes('operator.ran'))
  if (level === 'tee') out.push(...assumedOfEnclave(enclave!, policy))
  if (proved) out.push(assumes('zk.system'), assumes('zk.fidelity', fidelityOf(manifest())))
  if (execution().usage.some(({ unit }) => unit === 'token_in' || unit === 'token_out')) out.push(assumes('operator.usage'))
  if (chain.kind !== 'accepted') return [...out, assumes('cryptography')]
  out.push(assumes(ASSUMED[chain.by]))
  if (dating.by === 'nothing' || chain.by !== 'pin') out.push(assumes('clock.right'))
  return [...out, assumes(chain.by === 'stake' ? 'cryptography.stake' : 'cryptography')]
}

/** Evidence moves trust to whoever made the hardware, whoever can touch it, and whoever lists the code. */
function assumedOfEnclave(enclave: Enclave, { attestation }: Policy): string[] {
  const { platform, listed } = enclave
  const code: AssumesKey[] = listed ? ['tee.code', attestation === undefined ? 'tee.network' : 'tee.own'] : ['tee.anyCode', 'tee.levels']
  const physical: AssumesKey = 'tee.physical'
  return [assumes('tee.vendor', { platform }), ...evidenceAssumes(enclave), ...[physical, ...code].map((key) => assumes(key))]
}

/** A TPM is no enclave: it measures what a machine starts. */
const provesOf = ({ platform, tpm, measurement }: Enclave): string =>
  tpm === 'bare' ? proves('tee.measured', { measurement }) : proves('tee.answer', { measurement, platform })

/** An enclave keeps the request from its operator; nothing else does, and a development enclave is none. */
function unprovenByLevel(level: Level, enclave: Enclave | undefined): string[] {
  if (level === 'tee') return [...(enclave?.tpm === 'bare' ? [unproven('private')] : []), unproven('tee.private')]
  return level === 'development' ? [unproven('tee.hardware'), unproven('private')] : [unproven('private')]
}

/** A proof leaves open what the float model answers, hides nothing, and takes committed weights as they are unless they came with a proof of their range. */
function unprovenByProof({ outcomes }: Examination): string[] {
  const unranged = outcomes['zk.proof']?.says === fact('zk.committed', {})
  return [unproven('zk.float'), unproven('zk.hidden'), ...(unranged ? [unproven('zk.range')] : [])]
}

/** What a manifest whose proof was checked commits to. */
const committedBy = ({ zk }: Manifest): NonNullable<Manifest['zk']> => zk!

const fidelityOf = (manifest: Manifest): { maxAbs: string; samples: string } => {
  const { maxAbs, samples } = committedBy(manifest).fidelity
  return { maxAbs: `${maxAbs}`, samples: `${samples}` }
}
