import { parentPort, workerData } from 'node:worker_threads'
import { isOgError, OgError } from '@opengradient/protocol'
import { compileModel, type Job, proveAnswer } from './jobs.ts'
import type { Message } from './thread.ts'

/** Entry of the thread of one job: runs it and tells how it went. */
const say = (message: Message): void => parentPort!.postMessage(message)
const job = workerData as Job
const begin = (phase: string, expectedMs?: number): void => say({ phase, ...(expectedMs === undefined ? {} : { expectedMs }) })
try {
  say({ done: job.kind === 'compile' ? compileModel(job, begin) : proveAnswer(job, begin) })
} catch (error) {
  const { code, message, details } = isOgError(error) ? error : new OgError('INTERNAL', (error as Error).message, { cause: error })
  say({ failed: { code, message, details } })
}
