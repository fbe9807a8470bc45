import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { OgError } from '@opengradient/protocol'
import type { Cancellation } from './cancellation.ts'
import type { IsolationPlan } from './isolation.ts'
import { type LogLine, NoiseFilter } from './noise.ts'
import { decodeJson, type Frame, FrameReader, KIND } from './wire.ts'

const MAIN = fileURLToPath(new URL('./child/main.mjs', import.meta.url))
const KILL_GRACE_MS = 2_000

export interface ChildOptions {
  readonly runtime: string
  readonly plan: IsolationPlan
  readonly memoryLimitBytes: number
  /** Empty directory; the child's working directory. */
  readonly cwd: string
  readonly maxFrameBytes: number
  /** Megabytes of JavaScript objects; tensors and WebAssembly memories do not count. Default 256. */
  readonly heapMb?: number
  /** Milliseconds until the process must be up. */
  readonly startTimeoutMs: number
  readonly log: LogLine
}

interface Pending {
  resolve(frame: Frame): void
  reject(error: OgError): void
  readonly timeoutMs: number
  /** The caller went away: its answer is dropped. */
  dropped: boolean
}

/**
 * One process with one conversation: requests go in, answers come back in the same order. The head of the line is the one being worked on;
 * its clock starts when it becomes the head, so a slow neighbour cannot time it out. A request over its time takes the process with it, since nothing can interrupt a run;
 * its time is over when nothing of its answer is here by then.
 */
export class Child {
  readonly pid: number
  /** Settles once, when the process is gone: undefined if we ended it on purpose. */
  readonly ended: Promise<OgError | undefined>
  readonly #process: ChildProcess
  readonly #socket: Socket
  readonly #noise: NoiseFilter
  readonly #reader: FrameReader
  readonly #line: Pending[] = []
  /** Index of the head in `#line`; cheaper than shifting an array that may be long. */
  #head = 0
  #headSince = 0
  #nextId = 0
  #headId = 0
  /** The head whose answer was on its way when its time was over. */
  #arrivingId = -1
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY
  /** Why the process is being ended by us. */
  #reason: { error: OgError | undefined } | undefined
  #gone: OgError | undefined
  #onIdle: (() => void) | undefined
  #closing = false
  #gathering = false

  constructor(options: ChildOptions) {
    const node = [process.execPath, `--max-old-space-size=${options.heapMb ?? 256}`, '--v8-pool-size=1', MAIN, options.runtime]
    const { command, args } = options.plan.wrap(node, { memoryBytes: options.memoryLimitBytes })
    // The search path is for the wrappers only; nothing of the node's environment reaches a model.
    // ONNX Runtime's own binaries report every model to its maker unless told not to before they start (since 1.29).
    const env = { PATH: '/usr/bin:/bin', UV_THREADPOOL_SIZE: '1', ORT_DISABLE_TELEMETRY: '1' }
    this.#process = spawn(command, args, { cwd: options.cwd, env, stdio: ['ignore', 'pipe', 'pipe', 'pipe'] })
    this.pid = this.#process.pid ?? -1
    this.#socket = this.#process.stdio[3] as Socket
    this.#noise = new NoiseFilter(options.log)
    for (const stream of [this.#process.stdout!, this.#process.stderr!])
      stream.on('data', (chunk: Buffer) => this.#noise.push(chunk)).on('error', noop)
    this.#reader = new FrameReader(options.maxFrameBytes, (frame) => this.#answer(frame))
    // READY is frame 0 of the conversation, although nobody asked.
    this.#line.push({ resolve: noop, reject: noop, timeoutMs: options.startTimeoutMs, dropped: true })
    this.#nextId = 1
    this.#headSince = performance.now()
    this.#watchHead()
    this.#socket.on('error', noop)
    this.#socket.on('data', (chunk: Buffer) => {
      try {
        this.#reader.push(chunk)
      } catch (error) {
        this.kill(error as OgError)
      }
    })
    this.ended = new Promise((resolve) => {
      const end = (error: OgError | undefined): void => {
        if (this.#gone !== undefined) return
        this.#gone = error ?? closed()
        clearTimeout(this.#timer)
        this.#noise.end()
        this.#rejectAll(this.#gone)
        resolve(error)
      }
      this.#process.once('error', (cause) =>
        end(new OgError('ENGINE_UNAVAILABLE', `The engine's process cannot be started: ${cause.message}`, { cause })),
      )
      // 'close' comes after the last byte of every pipe was read, so an answer written just before the end still counts.
      this.#process.once('close', (code, signal) => end(this.#reason === undefined ? this.#deathOf(code, signal) : this.#reason.error))
    })
  }

  /** Whether it takes requests. */
  get alive(): boolean {
    return this.#gone === undefined && this.#reason === undefined && !this.#closing
  }

  get pending(): number {
    return this.#line.length - this.#head
  }

  /**
   * Sends one request. `encode` gets the id to write into its frame. Rejects with `ENGINE_CRASHED` (`details.started`: whether this request
   * was the one being worked on), `ENGINE_DEADLINE`, `ENGINE_CANCELLED`, `ENGINE_CLOSED`, or what the child reports.
   */
  request(encode: (id: number) => Buffer | Buffer[], timeoutMs: number, cancellation?: Cancellation): Promise<Frame> {
    if (!this.alive) return Promise.reject(asNotStarted(this.#reason?.error ?? this.#gone ?? closed()))
    if (cancellation?.cancelled) return Promise.reject(cancelled())
    return new Promise((resolve, reject) => {
      const pending: Pending = { resolve, reject, timeoutMs, dropped: false }
      const frame = encode(this.#nextId++)
      if (this.pending === 0) this.#headSince = performance.now()
      this.#line.push(pending)
      if (this.pending === 1) this.#watchHead()
      this.#gather()
      if (Array.isArray(frame)) for (const part of frame) this.#socket.write(part)
      else this.#socket.write(frame)
      if (cancellation !== undefined) {
        const off = cancellation.onCancel(() => {
          pending.dropped = true
          reject(cancelled())
        })
        pending.resolve = (answer) => {
          off()
          resolve(answer)
        }
        pending.reject = (error) => {
          off()
          reject(error)
        }
      }
    })
  }

  /** What is sent during one turn of the event loop goes out as one write, and wakes the process once. */
  #gather(): void {
    if (this.#gathering) return
    this.#gathering = true
    this.#socket.cork()
    setImmediate(() => {
      this.#gathering = false
      this.#socket.uncork()
    })
  }

  /** Ends the process now. `reason` undefined: on purpose. */
  kill(reason: OgError | undefined): void {
    if (this.#gone !== undefined || this.#reason !== undefined) return
    this.#reason = { error: reason }
    this.#rejectAll(reason ?? closed())
    this.#process.kill('SIGKILL')
  }

  /** Answers what was asked, then ends the process. Takes no new requests. */
  async close(): Promise<void> {
    if (this.alive) {
      this.#closing = true
      if (this.pending > 0) await new Promise<void>((resolve) => (this.#onIdle = resolve))
      this.#reason ??= { error: undefined }
      this.#socket.end()
      const hard = setTimeout(() => this.#process.kill('SIGKILL'), KILL_GRACE_MS)
      await this.ended
      clearTimeout(hard)
    }
    await this.ended
  }

  #answer(frame: Frame): void {
    const pending = this.#line[this.#head]
    if (pending === undefined || frame.id !== this.#headId) throw new OgError('ENGINE_FAILED', "The model's process answered out of order.")
    this.#headId++
    this.#head++
    if (this.#head === this.#line.length || this.#head > 1024) {
      this.#line.splice(0, this.#head)
      this.#head = 0
    }
    if (this.pending > 0) {
      this.#headSince = performance.now()
      this.#watchHead()
    }
    if (!pending.dropped) {
      if (frame.kind === KIND.failed) pending.reject(failureOf(decodeJson(frame.body)))
      else pending.resolve(frame)
    }
    if (this.pending === 0) this.#onIdle?.()
  }

  /** One lazy timer for the whole line: it wakes at the earliest time at which the head could be over its time, and looks. */
  #watchHead(): void {
    const at = this.#headSince + this.#line[this.#head]!.timeoutMs
    if (at >= this.#timerAt) return
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(() => this.#lookAtHead(), Math.max(1, at - performance.now()))
    this.#timer.unref()
  }

  #lookAtHead(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    const head = this.#line[this.#head]
    if (head === undefined) return
    if (performance.now() - this.#headSince < head.timeoutMs) {
      this.#watchHead()
      return
    }
    // When this thread was busy, the answer may lie in the socket: what is there is read before immediates run.
    const late = this.#headId
    setImmediate(() => {
      if (this.#headId === late && this.#line[this.#head] === head) this.#end(head)
    })
  }

  /** A model whose answer is on its way did finish in time, and gets as much again for the rest of it; any other one's process is ended. */
  #end(head: Pending): void {
    if (this.#reader.isInside && this.#arrivingId !== this.#headId) {
      this.#arrivingId = this.#headId
      this.#headSince = performance.now()
      this.#watchHead()
      return
    }
    const error = new OgError('ENGINE_DEADLINE', `The model did not finish within ${head.timeoutMs} ms; its process was ended.`, {
      details: { timeoutMs: head.timeoutMs },
    })
    this.kill(error)
  }

  /** The head gets the error as it is; those behind it get a copy that says they had not started. */
  #rejectAll(error: OgError): void {
    const waiting = this.#line.splice(0).slice(this.#head)
    this.#head = 0
    for (const [i, pending] of waiting.entries()) {
      if (!pending.dropped) pending.reject(withStarted(error, i === 0))
    }
    this.#onIdle?.()
  }

  #deathOf(code: number | null, signal: NodeJS.Signals | null): OgError {
    const how = signal === null ? `with code ${code}` : `by ${signal}`
    // What it printed stays here: runtimes quote values of earlier requests, and this goes to whoever asked last.
    const details = { code, signal }
    return /out of memory|bad_alloc|allocation failed|cannot allocate/i.test(this.#noise.tail)
      ? new OgError('ENGINE_OUT_OF_MEMORY', `The model's process ran out of memory and ended ${how}.`, { details })
      : new OgError('ENGINE_CRASHED', `The model's process ended ${how}.`, { details })
  }
}

function failureOf(value: unknown): OgError {
  const { outOfMemory, message } = value as { outOfMemory: unknown; message: unknown }
  const text = typeof message === 'string' ? message.slice(0, 2_000).replace(/[^\x20-\x7e]+/g, ' ') : 'no reason given'
  return outOfMemory === true
    ? new OgError('ENGINE_OUT_OF_MEMORY', `The model needs more memory than it may use: ${text}`)
    : new OgError('ENGINE_FAILED', `The engine refused: ${text}`)
}

function withStarted(error: OgError, started: boolean): OgError {
  return new OgError(error.code, error.message, { details: { ...error.details, started }, cause: error })
}

const asNotStarted = (error: OgError): OgError => withStarted(error, false)
const closed = (): OgError => new OgError('ENGINE_CLOSED', 'The model was unloaded.')
const cancelled = (): OgError => new OgError('ENGINE_CANCELLED', 'The caller left before the model answered.')

function noop(): void {}
