import { isMachineFault, OgError } from '@opengradient/protocol'
import type { RejectionCode } from './codes.ts'

/** Evidence that was refused. `message` says where and why, in one sentence. */
export interface Rejection {
  readonly ok: false
  readonly code: RejectionCode
  readonly message: string
}

/** How the parsers and checks of this package stop; `settled` turns it into a `Rejection`, so that callers never see it. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly code: RejectionCode

  constructor(code: RejectionCode, message: string) {
    super(message)
    this.code = code
  }
}

/** Stops the verification with this reason. */
export function refuse(code: RejectionCode, message: string): never {
  throw new Refusal(code, message)
}

/** Stops the verification with this reason unless `condition` holds. */
export function demand(condition: boolean, code: RejectionCode, message: string): asserts condition {
  if (!condition) refuse(code, message)
}

/** Runs a parser; whatever it refuses as MALFORMED gets the reason `code` instead. */
export function as<T>(code: RejectionCode, parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    const { code: own, message } = rejectionOf(error)
    throw new Refusal(own === 'MALFORMED' ? code : own, message)
  }
}

/**
 * The result of a verification, or the reason why it stopped: what nobody expected is a refusal too. Rejects only with what says that this
 * machine could not go on (`isMachineFault`), which is no verdict.
 */
export async function settled<T>(work: () => Promise<T>): Promise<T | Rejection> {
  try {
    return await work()
  } catch (error) {
    return rejectionOf(error)
  }
}

function rejectionOf(error: unknown): Rejection {
  if (isMachineFault(error)) throw error
  if (error instanceof Refusal) return { ok: false, code: error.code, message: error.message }
  const reason = error instanceof OgError ? error.message : 'The bytes cannot be read.'
  return { ok: false, code: 'MALFORMED', message: reason }
}
