import { OgError } from '@opengradient/protocol'

/** Resolves at the first Ctrl-C or SIGTERM; a second one ends at once. */
export function interruption(): Promise<'interrupted'> {
  return new Promise((resolve) => {
    let asked = false
    const on = () => {
      if (asked) process.exit(130)
      asked = true
      resolve('interrupted')
    }
    process.on('SIGINT', on)
    process.on('SIGTERM', on)
  })
}

/**
 * What `work` gives; its signal ends at the first Ctrl-C or SIGTERM, and the process at a second one.
 *
 * @param left what to say of what was begun by then
 * @throws OgError `INTERRUPTED`
 */
export async function interruptible<Result>(work: (signal: AbortSignal) => Promise<Result>, left: () => Promise<string>): Promise<Result> {
  const leaving = new AbortController()
  const on = () => {
    if (leaving.signal.aborted) process.exit(130)
    leaving.abort()
  }
  process.on('SIGINT', on)
  process.on('SIGTERM', on)
  try {
    return await work(leaving.signal)
  } catch (error) {
    if (error !== leaving.signal.reason) throw error
    throw new OgError('INTERRUPTED', await left(), { cause: error })
  } finally {
    process.off('SIGINT', on)
    process.off('SIGTERM', on)
  }
}
