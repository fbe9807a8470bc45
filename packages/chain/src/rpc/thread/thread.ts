import { createRequire } from 'node:module'
import { Worker } from 'node:worker_threads'
import { OgError } from '@opengradient/protocol'
import { LimitReached } from '../../call/patience.ts'
import { RpcError, serverError } from '../codec/error.ts'
import { JsonText } from '../method.ts'
import type { Answer, Question, ThreadOptions } from './messages.ts'

/** The compiled entry, wherever this file is run from: built, as source, or bundled. */
const MAIN = createRequire(import.meta.url).resolve('@opengradient/chain/rpc-thread')

/** Memory for the objects of an answer in the making, MiB; what code keeps in its memory comes on top, and gas bounds that. */
const MAX_HEAP_MB = 1_024
/** Memory for what is made and dropped meanwhile, MiB. */
const YOUNG_GENERATION_MB = 16

/** Milliseconds for one answer: what the client is told, and how many more the work gets to end by itself. */
export interface AnswerTime {
  readonly limit: number
  readonly grace: number
}

/**
 * A thread that answers one question at a time. It is started by the first one; one that takes too long is ended together with it, and the
 * next question gets a new thread.
 */
export class ReadThread {
  readonly #options: ThreadOptions
  readonly #time: AnswerTime
  /** Those that have not ended yet: the one that answers, and those that were told to end. */
  readonly #alive = new Set<Worker>()
  #worker: Worker | undefined
  #closed = false
  #waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined

  constructor(options: ThreadOptions, time: AnswerTime) {
    this.#options = options
    this.#time = time
  }

  /** Not to be called before the last call has settled. Throws what the method throws, `LimitReached` when it takes too much, and `INTERNAL`. */
  async ask(question: Question): Promise<JsonText> {
    if (this.#closed) throw closing()
    this.#worker ??= await this.#start()
    const worker = this.#worker
    const { limit, grace } = this.#time
    const timer = setTimeout(() => this.#end(worker, tooSlow(limit)), limit + grace)
    try {
      const answered = this.#next()
      worker.postMessage(question)
      const answer = await answered
      if (answer.answer === 'answered') return new JsonText(answer.json)
      if (answer.answer === 'refused') throw new RpcError(answer.code, answer.message, answer.data)
      throw failed(answer)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Ends it, in the middle of an answer if need be. */
  async close(): Promise<void> {
    this.#closed = true
    if (this.#worker) this.#end(this.#worker, closing())
    await Promise.all([...this.#alive].map((worker) => worker.terminate()))
  }

  async #start(): Promise<Worker> {
    const resourceLimits = { maxOldGenerationSizeMb: MAX_HEAP_MB, maxYoungGenerationSizeMb: YOUNG_GENERATION_MB }
    // Without the options of this process: those of a test runner resolve packages to their sources.
    const worker = new Worker(MAIN, { workerData: this.#options, resourceLimits, execArgv: [] })
    this.#worker = worker
    this.#alive.add(worker)
    worker.on('message', (answer: Answer) => {
      if (worker === this.#worker) this.#waiting?.resolve(answer)
    })
    worker.on('error', (error) => this.#end(worker, isOutOfMemory(error) ? tooLarge() : error))
    worker.on('exit', () => {
      this.#alive.delete(worker)
      this.#end(worker, ended())
    })
    // Nobody waits for a thread that has nothing to do. After the listeners: they would hold the process again.
    worker.unref()
    const first = await this.#next()
    if (first.answer === 'ready') return worker
    const error = failed(first)
    this.#end(worker, error)
    throw error
  }

  #next(): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }

  /** Ends the worker, unless another one has taken its place. */
  #end(worker: Worker, reason: Error): void {
    if (worker !== this.#worker) return
    this.#worker = undefined
    this.#waiting?.reject(reason)
    void worker.terminate()
  }
}

const isOutOfMemory = (error: Error) => (error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY'

const closing = () => serverError('the node is shutting down')

const ended = () => new OgError('INTERNAL', 'A thread of JSON-RPC has ended.')

const failed = (answer: Answer) =>
  new OgError('INTERNAL', `A thread of JSON-RPC failed: ${'reason' in answer ? answer.reason : 'bad order'}`)

const tooSlow = (limit: number) =>
  new LimitReached(`this takes longer than ${limit} ms, the most this node works on one request; ask for less`)

const tooLarge = () =>
  new LimitReached(`this takes more than ${MAX_HEAP_MB} MiB of memory, the most this node gives one request; ask for less`)
