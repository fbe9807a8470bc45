import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { type ErrorCode, OgError } from '@opengradient/protocol'
import type { CompiledModel, CompileJob, Job, ProvedStatement, ProveJob } from './jobs.ts'
import type { Progress } from './progress.ts'

/** What the thread says. */
export type Message =
  | { readonly phase: string; readonly expectedMs?: number }
  | { readonly done: CompiledModel | ProvedStatement }
  | { readonly failed: { readonly code: ErrorCode; readonly message: string; readonly details: Readonly<Record<string, unknown>> } }

/** The compiled entry, for tests that run from the source too. */
const MAIN = fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? '../../dist/zk/worker.js' : './worker.js', import.meta.url))

/** MiB of JavaScript memory; the kernels have 2 GiB of their own. */
const HEAP_MB = 4096

/**
 * Runs a job in a thread of its own, so that the screen moves and Ctrl-C ends at once: the process goes, and nothing half-written stays.
 * Throws what the job throws.
 */
export function runJob(job: CompileJob, progress: Progress): Promise<CompiledModel>
export function runJob(job: ProveJob, progress: Progress): Promise<ProvedStatement>
export function runJob(job: Job, progress: Progress): Promise<CompiledModel | ProvedStatement> {
  const worker = new Worker(MAIN, { workerData: job, execArgv: [], resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } })
  return new Promise<CompiledModel | ProvedStatement>((resolve, reject) => {
    worker.on('message', (message: Message) => {
      if ('done' in message) resolve(message.done)
      else if ('failed' in message) reject(errorOf(message.failed))
      else progress.phase(message.phase, message.expectedMs)
    })
    worker.once('error', (cause) => reject(crashed(cause)))
    worker.once('exit', (code) => reject(new OgError('INTERNAL', `The thread that proves has ended (${code}).`)))
  }).finally(() => {
    progress.end()
    void worker.terminate()
  })
}

function errorOf({ code, message, details }: { code: ErrorCode; message: string; details: Readonly<Record<string, unknown>> }): OgError {
  return new OgError(code, message, { details })
}

function crashed(cause: unknown): OgError {
  if ((cause as { code?: unknown }).code !== 'ERR_WORKER_OUT_OF_MEMORY') return new OgError('INTERNAL', (cause as Error).message, { cause })
  return new OgError('ZK_MEMORY', `The model needs more than ${HEAP_MB} MiB of memory beside the kernels. Use a smaller model.`, { cause })
}
