import { type Hex, isSealedLevel, TEE_CHECK_IDS, type TeeCheckId } from '@opengradient/protocol'
import type { Context } from '../context.ts'
import { absent, fail, type Outcome, reasonOf } from '../outcome.ts'
import { requiredBy } from '../verdict.ts'

export type TeeOutcomes = Readonly<Record<TeeCheckId, Outcome>>

/** What the questions about an enclave found. */
export interface TeeFindings {
  readonly outcomes: TeeOutcomes | Record<string, never>
  /** What verified evidence shows, for the sentences of a verdict. */
  readonly enclave?: Enclave | undefined
}

export interface Enclave {
  readonly platform: string
  /** Whether a TPM signs its evidence, and where that lives. */
  readonly tpm: 'bare' | 'protected' | undefined
  /** Mark of platform and measurements: SHA-256 of their canonical JSON. */
  readonly measurement: Hex
  /** Whether the vendors' revocation lists were looked at, of machine and GPUs; `unpublished`: there are none. */
  readonly revocation: readonly ('checked' | 'unchecked' | 'unpublished')[]
  /** Whether a list of code names what runs. */
  readonly listed: boolean
}

/**
 * The questions about an enclave; none where neither the bundle nor the policy has anything to do with one. What verifies evidence is loaded
 * only for a bundle that holds some, so that others cost nothing.
 */
export async function teeChecks(context: Context): Promise<TeeFindings> {
  const { bundle, policy } = context
  if (bundle.tee === undefined) return isSealedLevel(bundle.receipt.level) || asks(policy) ? every(absent('tee.none')) : { outcomes: {} }
  try {
    const { examineEnclave } = await import('../tee/examine.ts')
    return await examineEnclave(context, bundle.tee)
  } catch (error) {
    return every(fail('INTERNAL', { reason: reasonOf(error) }))
  }
}

const every = (outcome: Outcome): TeeFindings => ({
  outcomes: Object.fromEntries(TEE_CHECK_IDS.map((id) => [id, outcome])) as TeeOutcomes,
})

const asks = (policy: Context['policy']): boolean => TEE_CHECK_IDS.some((id) => requiredBy(policy).includes(id))
