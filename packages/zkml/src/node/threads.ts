import { availableParallelism } from 'node:os'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { isOgError, OgError } from '@opengradient/protocol'
import { Kernels } from '../kernels/kernels.ts'
import type { Spawn } from '../kernels/threads.ts'
import { costOf } from '../program/cost.ts'
import type { ZkModel } from '../proof/model.ts'

/** Threads that prove where nobody says how many, at most. */
const MOST_BY_DEFAULT = 4
/** Most threads: the kernels have room for so many. */
export const MAX_THREADS = 16
/**
 * Estimated milliseconds of a proof from which on threads pay. Measured: passes that threads share are a fifth of a proof of 5 ms, half of one of
 * 20 ms and more of longer ones; below this the waking of threads eats what they save, and each takes some ten megabytes.
 */
const PAYS_FROM_MS = 15
/** JavaScript memory of a worker, in MiB; the kernels have memory of their own. */
const WORKER_HEAP_MB = 32

/** The compiled script, for tests that run from the source too. */
const MAIN = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/node/worker.js' : './worker.js', import.meta.url))

/** All cores but one, at most 4. */
export function defaultThreads(): number {
  return Math.max(1, Math.min(availableParallelism() - 1, MOST_BY_DEFAULT))
}

/**
 * The kernels to prove answers of `model` with: on `threads` threads, this one among them, if the model is large enough for that to pay. Proofs
 * are the same bytes with any number. `close` ends the workers; so does the end of this thread. Throws `ZK_WORKER` for a number that cannot be.
 */
export function provingKernels(model: ZkModel, threads = defaultThreads()): Kernels {
  if (!Number.isInteger(threads) || threads < 1 || threads > MAX_THREADS)
    throw new OgError('ZK_WORKER', `zkml: ${threads} threads; there may be 1 to ${MAX_THREADS}`)
  return Kernels.loadThreads({ workers: threads > 1 && isLarge(model) ? threads - 1 : 0, spawn: spawnWorker })
}

/** Starts a worker of Node that serves kernels. */
const spawnWorker: Spawn = (start, ended) => {
  const worker = new Worker(MAIN, { workerData: start, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: WORKER_HEAP_MB } })
  worker.on('error', ended)
  worker.on('exit', ended)
  // A process that has nothing else to do ends, workers or not.
  worker.unref()
  return { stop: () => worker.terminate() }
}

function isLarge(model: ZkModel): boolean {
  try {
    const [[batch]] = model.manifest.pcs as readonly [readonly [number, number, number]]
    return (
      costOf(
        model.program(batch).lowered.program,
        model.weights?.reduce((sum, { length }) => sum + length, 0),
      ).proveMs >= PAYS_FROM_MS
    )
  } catch (error) {
    // The prover says why there is no program.
    if (isOgError(error)) return false
    throw error
  }
}
