import { failed } from '../errors.ts'

/** Milliseconds for one answer of the hardware. A quote takes tens of them; a busy quoting service takes seconds. */
export const DEFAULT_TIMEOUT = 30_000

/** The result of the work, or ATTESTER_FAILED when it takes longer. The work itself cannot be stopped. */
export async function within<T>(timeout: number, what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(failed(`${what} did not answer within ${timeout} ms`)), timeout)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
    work.catch(() => {})
  }
}
