import { LimitReached, Patience } from '../call/patience.ts'
import { limitExceeded } from './codec/error.ts'
import type { RpcContext } from './context.ts'

/**
 * Goes through many blocks in the thread that talks to consensus: a few questions at a time, in slices between which the thread has its turn,
 * and for a limited time. Throws `-32005` with what was reached.
 */
export async function scanning<T>(
  { scans, limits, now, pause }: Pick<RpcContext, 'scans' | 'limits' | 'now' | 'pause'>,
  work: (patience: Patience) => Promise<T>,
): Promise<T> {
  try {
    return await scans.through(() => work(new Patience({ milliseconds: limits.maxScanMilliseconds, now, pause })))
  } catch (error) {
    throw error instanceof LimitReached ? limitExceeded(error.message) : error
  }
}
