import { type ErrorCode, isError, isOgError, printable } from '@opengradient/protocol'
import { type AbsenceKey, absence, type CheckCode, type FactKey, fact, failure, type Values } from './sentences.ts'

/** What one check found. A failure carries its code; an absence says what the bundle, the trust or the policy did not hold. */
export type Outcome =
  | { readonly status: 'pass'; readonly says: string }
  | { readonly status: 'fail'; readonly code: ErrorCode; readonly says: string }
  | { readonly status: 'absent'; readonly says: string }

/** The check holds; `key` names the sentence that says what was found. */
export const pass = (key: FactKey, values: Values = {}): Outcome => ({ status: 'pass', says: fact(key, values) })

/** The check is refuted, for the reason `code`. */
export const fail = (code: CheckCode, values: Values = {}): Outcome => ({ status: 'fail', code, says: failure(code, values) })

/** The check could not be made: what it needs is not here. Never a pass. */
export const absent = (key: AbsenceKey): Outcome => ({ status: 'absent', says: absence(key) })

/** Thrown by what checks read (chain state, parsed records) and caught by `settle`: the outcome of every check that needed it. */
export class Stop extends Error {
  readonly outcome: Outcome
  constructor(outcome: Outcome) {
    super(outcome.says)
    this.outcome = outcome
  }
}

/**
 * The outcome of a check whatever happens inside: a `Stop` is its outcome, an `OgError` of protocol's parsers a failure with
 * that code, and anything else, which would be a fault of the verifier, fails as `INTERNAL`. So no bundle makes `verify` throw.
 */
export function settle(check: () => Outcome): Outcome {
  try {
    return check()
  } catch (error) {
    if (error instanceof Stop) return error.outcome
    if (isOgError(error)) return { status: 'fail', code: error.code, says: printable(error.message) }
    return fail('INTERNAL', { reason: reasonOf(error) })
  }
}

/** What an error says of itself. */
export const reasonOf = (error: unknown): string => (isError(error) ? error.message : String(error))

/** `compute` at its first call, the same value or the same throw ever after. */
export function once<Value>(compute: () => Value): () => Value {
  let result: { value: Value } | { error: unknown } | undefined
  return () => {
    if (result === undefined) {
      try {
        result = { value: compute() }
      } catch (error) {
        result = { error }
      }
    }
    if ('error' in result) throw result.error
    return result.value
  }
}
