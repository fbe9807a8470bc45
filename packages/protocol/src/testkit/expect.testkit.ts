import { expect } from 'vitest'
import { type ErrorCode, OgError } from '../index.ts'

/** Runs `action`, which must throw an `OgError` of one of `codes`, and gives the error. */
export function refusal(action: () => unknown, ...codes: ErrorCode[]): OgError {
  let result: unknown
  try {
    result = action()
  } catch (error) {
    if (!(error instanceof OgError)) throw error
    expect(codes, error.message).toContain(error.code)
    return error
  }
  return expect.fail(`expected ${codes.join(' or ')}, got a result of type ${typeof result}`)
}
