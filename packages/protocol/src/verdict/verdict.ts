import type { Address, Hex } from '../bytes/hex.ts'
import type { ErrorCode } from '../error/codes.ts'

/** The questions that a verdict answers, in the order in which they are shown. */
export const CHECK_IDS = [
  'model.identity',
  'model.unmodified',
  'request.bound',
  'request.fresh',
  'response.unaltered',
  'parameters.honoured',
  'signature',
  'operator.registered',
  'operator.bonded',
  'payment.price',
  'payment.settled',
  'inclusion',
  'finality',
] as const

/** The questions about a proof, after those. They are only in verdicts of bundles that claim or hold one, or where the policy asks. */
export const ZK_CHECK_IDS = ['zk.model', 'zk.input', 'zk.output', 'zk.statement', 'zk.proof'] as const

/**
 * The questions about an enclave: as those about a proof, only where a bundle claims or holds evidence, or the policy asks.
 *
 * - `evidence.registered`: the node registered this keyset on chain, live at the time of the receipt, and nothing about it was revoked
 * - `evidence.genuine`: the evidence is signed under a root that the caller trusts
 * - `evidence.revocation`: the vendor's signed revocation lists were checked
 * - `evidence.tcb`: firmware and microcode are of a level that the policy allows
 * - `evidence.settings`: no debug mode, migration or other setting that the policy refuses
 * - `evidence.measurement`: the code that runs is one that the policy lists
 * - `evidence.binding`: the evidence is bound to this keyset and nonce
 * - `evidence.keyset`: the keyset is for this chain, node, model and time
 * - `evidence.gpu`: the GPUs are this enclave's, and those that the policy asks for are shown
 * - `evidence.platform`: the machine is of a kind, and one, that the policy allows
 * - `evidence.receipt`: the receipt was signed by the key in the keyset, for this evidence
 */
export const TEE_CHECK_IDS = [
  'evidence.registered',
  'evidence.genuine',
  'evidence.revocation',
  'evidence.tcb',
  'evidence.settings',
  'evidence.measurement',
  'evidence.binding',
  'evidence.keyset',
  'evidence.gpu',
  'evidence.platform',
  'evidence.receipt',
] as const

/** A check of level zk. */
export type ZkCheckId = (typeof ZK_CHECK_IDS)[number]
/** A check of levels tee and development. */
export type TeeCheckId = (typeof TEE_CHECK_IDS)[number]
/** Any check that a verdict can hold. */
export type CheckId = (typeof CHECK_IDS)[number] | ZkCheckId | TeeCheckId

/** `absent`: the bundle, the trust or the policy lacks what the check needs. */
export type CheckStatus = 'pass' | 'fail' | 'absent'

/** What one check came to. */
export interface Check {
  id: CheckId
  status: CheckStatus
  /** Why it failed; absent on a pass. */
  code?: ErrorCode
  /** One sentence for people. */
  says: string
}

/**
 * How far an answer was checked. `development`: everything that `tee` asks was checked, but the evidence is under a development root, so that
 * no hardware stands behind it; it satisfies a policy of that level only.
 */
export type Level = 'none' | 'development' | 'signature' | 'tee' | 'zk'

/** What was checked, and what follows from it. */
export interface Verdict {
  /** Every required check passed and nothing failed. */
  ok: boolean
  /** The level reached, never the level claimed. */
  level: Level
  checks: Check[]
  /** Plain sentences, the same everywhere. */
  proves: string[]
  assumes: string[]
  unproven: string[]
}

/** What the caller knows apart from the bundle; each member given is compared. */
export interface Expectation {
  /** The request id that the caller chose. */
  requestId?: Hex
  requestHash?: Hex
  modelId?: Hex
  node?: Address
  /** OPG wei. */
  maxPrice?: bigint
}

/** What a caller asks of an answer. */
export interface Policy {
  /** These must pass; absent counts as failed. */
  require: readonly CheckId[]
  /** At `zk` the questions about the proof must be answered too, at `tee` and `development` those about the enclave. */
  level: Exclude<Level, 'none'>
  /** An `AttestationPolicy` of `@opengradient/attestation` that evidence must meet, instead of the one of the network. */
  attestation?: object
  expect?: Expectation
}

/** A policy of `presets`. */
export type PresetName = 'answer' | 'settled' | 'archive' | 'tee' | 'development' | 'zk'

/** Hashes and signature: what can be checked without any chain. */
const archive: readonly CheckId[] = ['model.identity', 'request.bound', 'response.unaltered', 'parameters.honoured', 'signature']

/** Also who answered and at which price: what can be checked when the answer arrives. */
const answer: readonly CheckId[] = [...archive, 'payment.price', 'operator.registered', 'operator.bonded']

/** Also that it is recorded for good. */
const settled: readonly CheckId[] = [...answer, 'payment.settled', 'inclusion', 'finality']

/** Policies by name. The first three are at level signature; `zk` is `answer` with a proof, `tee` and `development` with an enclave. */
export const presets: Readonly<Record<PresetName, Policy>> = {
  answer: { require: answer, level: 'signature' },
  settled: { require: settled, level: 'signature' },
  archive: { require: archive, level: 'signature' },
  tee: { require: [...answer, ...TEE_CHECK_IDS], level: 'tee' },
  development: { require: [...answer, ...TEE_CHECK_IDS], level: 'development' },
  zk: { require: [...answer, ...ZK_CHECK_IDS], level: 'zk' },
}
