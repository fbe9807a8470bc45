import { createRequire } from 'node:module'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { ERROR_MEANINGS, type ErrorCode, OgError } from '@opengradient/protocol'
import type { BlockExecutor } from '../blockExecutor.ts'
import { type Answer, leanOrder, type Question, type ThreadOptions, take, unpackTouched } from './messages.ts'

/** The compiled entry, wherever this file is run from: built, as source, or bundled. */
const MAIN = createRequire(import.meta.url).resolve('@opengradient/chain/executor-thread')

/** Memory for what is made and dropped within a block, MiB. More makes no difference that can be measured. */
const YOUNG_GENERATION_MB = 48

/**
 * How much a heap may grow, in percent of what the last collection left, before the next one. By itself V8 waits for two to four times as
 * much, and a busy node, with two heaps, holds 100 MB more. A third of this would save 30 MB, and collecting would take a fifth of all CPU.
 */
const HEAP_GROWTH_PERCENT = 100

/**
 * Runs blocks in a thread of their own, so that JSON-RPC and consensus go on meanwhile. The database is open in both threads; only the
 * executor's writes. The thread gets ready while the node goes on starting, for which it takes about as long; what it is asked before waits.
 * When it cannot get ready, every question is answered with the error (those of `levelStore`); so it is once the thread has ended. One that was
 * asked nothing yet need not get ready to be closed.
 */
export function threadExecutor(options: Omit<ThreadOptions, 'taken'>): BlockExecutor {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWTH_PERCENT}`)
  const resourceLimits = { maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
  const taken = new Int32Array(new SharedArrayBuffer(4))
  const workerData: ThreadOptions = { ...options, taken }
  // Without the options of this process: those of a test runner resolve packages to their sources.
  const worker = new Worker(MAIN, { workerData, resourceLimits, execArgv: [] })
  const waiting: { resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = []
  let ended: Error | undefined
  const end = (error: Error) => {
    ended ??= error
    for (const { reject } of waiting.splice(0)) reject(ended)
  }
  worker.on('message', (answer: Answer) => {
    const { resolve, reject } = waiting.shift()!
    if (answer.answer === 'failed') reject(errorOf(answer))
    else resolve(answer)
  })
  worker.on('error', (error) => end(error instanceof Error ? error : new Error(String(error))))
  worker.on('exit', (code) => end(new OgError('INTERNAL', `The executor's thread has ended (${code}).`)))

  const next = () =>
    new Promise<Answer>((resolve, reject) => {
      if (ended) reject(ended)
      else waiting.push({ resolve, reject })
    })
  const ask = <A extends Answer['answer']>(question: Question, _: A): Promise<Extract<Answer, { answer: A }>> => {
    const answered = next()
    if (!ended) worker.postMessage(question)
    return answered as Promise<Extract<Answer, { answer: A }>>
  }

  // The first answer, which nobody asked for.
  next().catch(end)
  return {
    run: async (order) => (await ask({ ask: 'run', order: leanOrder(order) }, 'ran')).result,
    commit: async (commit) => unpackTouched((await ask({ ask: 'commit', commit }, 'committed')).touched),
    async close() {
      const isUnasked = waiting.length === 1
      // A thread that has failed, or has not opened the database and now will not, has nothing to close.
      if (!ended && !(isUnasked && take(taken))) await ask({ ask: 'close' }, 'closed').catch(() => {})
      await worker.terminate()
    },
  }
}

function errorOf({ code, message }: Extract<Answer, { answer: 'failed' }>): Error {
  return code !== undefined && code in ERROR_MEANINGS ? new OgError(code as ErrorCode, message) : new Error(message)
}
