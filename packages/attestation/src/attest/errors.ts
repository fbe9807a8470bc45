import { OgError } from '@opengradient/protocol'

const sentence = (message: string): string => (/[.!?]$/.test(message) ? message : `${message}.`)
const options = (cause: unknown, details: Record<string, unknown> = {}) => (cause === undefined ? { details } : { cause, details })

/** This machine has no such interface. */
export const unavailable = (message: string, cause?: unknown, details?: Record<string, unknown>): OgError =>
  new OgError('ATTESTER_UNAVAILABLE', sentence(message), options(cause, details))

/** The interface is there and did not give evidence. */
export const failed = (message: string, cause?: unknown): OgError => new OgError('ATTESTER_FAILED', sentence(message), options(cause))

/** The evidence is bound to other data than it was asked for. */
export const misbound = (message: string): OgError => new OgError('ATTESTER_MISBOUND', sentence(message))

/** A short text about whatever was thrown. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

/** The code of an error of the operating system, as `ENOENT`. */
export const systemCode = (error: unknown): string | undefined => {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return typeof code === 'string' ? code : undefined
}
