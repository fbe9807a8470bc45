import { OgError } from '@opengradient/protocol'

/** When a call ends, whoever it is waiting for. */
export interface Limit {
  /** `performance.now()` after which nobody waits. */
  readonly deadline: number
  readonly signal: AbortSignal | undefined
}

/** Milliseconds for which a timer can be set (24 days); one for longer would end at once. */
export const LONGEST_MS = 2 ** 31 - 1

/**
 * What `work` gives, unless the time of the call ends or its caller leaves first. The work goes on then and nobody hears of it: only for what
 * sends and signs nothing.
 *
 * @throws the reason of the signal, or `late()`
 */
export async function within<Result>({ deadline, signal }: Limit, work: () => Promise<Result>, late: () => OgError): Promise<Result> {
  signal?.throwIfAborted()
  const left = deadline - performance.now()
  if (left <= 0) throw late()
  return new Promise((resolve, reject) => {
    const leave = () => end(() => reject(signal?.reason))
    const timer = setTimeout(() => end(() => reject(late())), left)
    const end = (settle: () => void) => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', leave)
      settle()
    }
    signal?.addEventListener('abort', leave, { once: true })
    work().then(
      (result) => end(() => resolve(result)),
      (error) => end(() => reject(error)),
    )
  })
}

/** Chain or stores were too slow while the request was made ready. */
export const unprepared = (): OgError =>
  new OgError('CHAIN_UNREACHABLE', 'chain and stores did not give in time what the request needs; nothing was sent and nothing is paid')
