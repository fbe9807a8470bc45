import { LimitReached, Patience } from '../call/patience.ts'
import { limitExceeded } from './codec/error.ts'
import type { RpcContext } from './context.ts'

/**
 * Goes through many blocks in the thread that talks to consensus: a few questions at a time, in slices between which the thread has its turn,
 * and for a limited time. Throws `-32005` with what was reached.
 */
export async function scanning<T>(
  context: Pick<RpcContext, 'scans' | 'limits' | 'now' | 'pause'>,
  work: (patience: Patience) => Promise<T>,
): Promise<T> {
  return patiently(context, (patience) => context.scans.through(() => work(patience())))
}

/** Bytes of what an answer is made of, up to which it waits for no other: a slice or two of work, and little memory while it is made. */
const LITTLE = 32 * 1024

/**
 * Makes an answer out of so many bytes in slices between which the thread has its turn; a few long ones at a time, because as much of them as
 * there is already is held in memory. Throws `-32005` with what was reached.
 */
export async function slicing<T>(
  context: Pick<RpcContext, 'long' | 'limits' | 'now' | 'pause'>,
  bytes: number,
  work: (patience: Patience) => Promise<T>,
): Promise<T> {
  return patiently(context, (patience) => (bytes > LITTLE ? context.long.through(() => work(patience())) : work(patience())))
}

async function patiently<T>(
  { limits, now, pause }: Pick<RpcContext, 'limits' | 'now' | 'pause'>,
  work: (patience: () => Patience) => Promise<T>,
): Promise<T> {
  try {
    return await work(() => new Patience({ milliseconds: limits.maxScanMilliseconds, now, pause }))
  } catch (error) {
    throw error instanceof LimitReached ? limitExceeded(error.message) : error
  }
}
