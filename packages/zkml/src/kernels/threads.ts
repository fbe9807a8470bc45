import { OgError } from '@opengradient/protocol'
import type { KernelExports } from './exports/index.ts'
import { importsOf, threadModule } from './module.ts'
import { type Memory, wasm } from './webassembly.ts'

/** What a worker needs to serve kernels: post it, and call `serveKernels` with it there. */
export interface ThreadStart {
  readonly memory: Memory
  readonly control: SharedArrayBuffer
  /** Which static area is the worker's; 1 and up. */
  readonly area: number
}

/** A started worker. */
export interface Thread {
  /** Ends it, whatever it does. */
  stop(): unknown
}

/**
 * Starts a worker that calls `serveKernels(start)`: node:worker_threads, or a Worker of a browser. `ended` is to be called when the worker has
 * ended, with the reason; the kernels are then of no more use, unless they were closed before.
 */
export type Spawn = (start: ThreadStart, ended: (reason: unknown) => void) => Thread

/** Workers that prove beside the first thread. */
export interface ThreadOptions {
  /** Workers beside the thread that proves; at most 15. */
  readonly workers: number
  readonly spawn: Spawn
  /** Milliseconds to wait for a worker that finishes nothing before it counts as dead. Default 20 000. */
  readonly patienceMs?: number
}

/** Words of `control`. WORK: a count of passes, and in the low bits how many of its parts nobody has taken; STOP ends the workers. */
const WORK = 0
/** Address of the pass. */
const PASS = 1
/** Parts that workers have finished. */
const DONE = 2
/** Workers whose kernels failed. */
const FAILED = 3
const STOP = -1
const PART_BITS = 10
const PART_MASK = 2 ** PART_BITS - 1
const PASSES = 2 ** (30 - PART_BITS)

const PATIENCE_MS = 20_000
/** One wait; a machine that slept wakes up in the middle of at most one. */
const WAIT_MS = 50
/** Looks at a word before sleeping: passes follow each other within microseconds. */
const SPINS = 500

/** Whether this thread may wait for others: in a browser only workers may, and only on pages that are isolated from other origins. */
export function mayWait(): boolean {
  if (typeof SharedArrayBuffer === 'undefined') return false
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0)
    return true
  } catch {
    return false
  }
}

/** Takes a part of the pass at work; −1 if there is none left. Whoever holds a part knows that its pass is the one in PASS. */
function take(control: Int32Array): number {
  for (;;) {
    const work = Atomics.load(control, WORK)
    if (work === STOP || (work & PART_MASK) === 0) return -1
    if (Atomics.compareExchange(control, WORK, work, work - 1) === work) return (work & PART_MASK) - 1
  }
}

/** The threads of one memory, seen from the one that proves. */
export class Pool {
  /** Why the memory cannot be used any more. */
  failure: OgError | undefined
  /** Passes that were cut, and the parts of them that workers have done. */
  passes = 0
  helped = 0
  private readonly control: Int32Array
  private readonly threads: Thread[] = []
  private readonly patience: number

  constructor(memory: Memory, { workers, spawn, patienceMs = PATIENCE_MS }: ThreadOptions) {
    const control = new SharedArrayBuffer(16)
    this.control = new Int32Array(control)
    this.patience = Math.ceil(patienceMs / WAIT_MS)
    try {
      for (let area = 1; area <= workers; area++)
        this.threads.push(spawn({ memory, control, area }, (reason) => this.fail('a worker has ended', reason)))
    } catch (error) {
      void this.close()
      throw error
    }
  }

  /** All parts of a pass, done by this thread and those that have time. @throws OgError `ZK_WORKER` */
  run({ part }: KernelExports, pass: number, parts: number): void {
    this.check()
    const { control } = this
    if (Atomics.load(control, FAILED) !== 0) throw this.fail('the kernels of a worker failed')
    Atomics.store(control, PASS, pass)
    Atomics.store(control, DONE, 0)
    this.passes++
    Atomics.store(control, WORK, (this.passes % PASSES) * 2 ** PART_BITS + parts)
    Atomics.notify(control, WORK)
    let own = 0
    for (let i = take(control); i >= 0; i = take(control)) {
      part(pass, i)
      own++
    }
    this.await(parts - own)
  }

  /** Ends the workers. */
  async close(): Promise<void> {
    this.failure ??= failed('the kernels are closed')
    Atomics.store(this.control, WORK, STOP)
    Atomics.notify(this.control, WORK)
    await Promise.all(this.threads.map((thread) => thread.stop()))
  }

  check(): void {
    if (this.failure) throw this.failure
  }

  private await(parts: number): void {
    const { control } = this
    let waits = 0
    for (let done = Atomics.load(control, DONE), spins = 0; done < parts; ) {
      if (++spins > SPINS && Atomics.wait(control, DONE, done, WAIT_MS) === 'timed-out') waits++
      if (Atomics.load(control, FAILED) !== 0) throw this.fail('the kernels of a worker failed')
      if (waits > this.patience) throw this.fail('a worker does not finish its part')
      const now = Atomics.load(control, DONE)
      if (now !== done) waits = 0
      done = now
    }
    this.helped += parts
  }

  private fail(what: string, reason?: unknown): OgError {
    if (this.failure === undefined) {
      this.failure = failed(what, reason)
      void this.close()
    }
    return this.failure
  }
}

function failed(what: string, cause?: unknown): OgError {
  return new OgError('ZK_WORKER', `zkml: ${what}; load the kernels anew`, cause === undefined ? {} : { cause })
}

/** What a worker does: parts of passes, until the kernels are closed. It blocks its thread. */
export function serveKernels({ memory, control: shared, area }: ThreadStart): void {
  const control = new Int32Array(shared)
  try {
    const { part } = new wasm.Instance(new wasm.Module(threadModule(area)), importsOf(memory)).exports as KernelExports
    while (awaitWork(control)) {
      const i = take(control)
      if (i < 0) continue
      part(Atomics.load(control, PASS), i)
      Atomics.add(control, DONE, 1)
      Atomics.notify(control, DONE)
    }
  } catch (error) {
    Atomics.add(control, FAILED, 1)
    Atomics.notify(control, DONE)
    throw error
  }
}

/** False when the kernels are closed. */
function awaitWork(control: Int32Array): boolean {
  for (let spins = 0; ; spins++) {
    const work = Atomics.load(control, WORK)
    if (work === STOP) return false
    if ((work & PART_MASK) !== 0) return true
    if (spins > SPINS) Atomics.wait(control, WORK, work)
  }
}
