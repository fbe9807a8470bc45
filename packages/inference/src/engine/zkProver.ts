import { rmSync } from 'node:fs'
import { OgError } from '@opengradient/protocol'
import { defaultThreads } from '@opengradient/zkml/node'
import type { Cancellation } from './cancellation.ts'
import { Child } from './child.ts'
import { emptyFolder } from './emptyFolder.ts'
import type { LoadOptions, ModelBytes } from './engine.ts'
import { isolationPlan } from './isolation.ts'
import type { LogLine } from './noise.ts'
import { checkHash, loadError } from './processEngine.ts'
import { decodeProven, encodeLoad, encodeProve, KIND } from './wire.ts'
import { readZkir, ZK_HEAP_MB } from './zk.ts'

const DEFAULT_MEMORY = 3 * 1024 ** 3
const DEFAULT_LOAD_MS = 60_000
/** Proofs have at most a few hundred kilobytes; outputs may be large. */
const MAX_FRAME = 64 * 1024 ** 2

/** A model in a process that proves its answers, one at a time. Another process than the one that answers, so that neither waits. */
export interface LoadedProver {
  readonly pid: number
  readonly alive: boolean
  /** Settles once, when the process is gone; undefined if it was ended on purpose. */
  readonly ended: Promise<Error | undefined>
  /**
   * The proof that the model maps `x` (its inputs as a statement holds them) to `y`, for `ctx`. The process has verified it.
   * A proof under way cannot be interrupted but by ending its process, which is what a cancellation does.
   * @throws OgError `ENGINE_FAILED` (these inputs, these weights), `ENGINE_CANCELLED`, `ENGINE_CLOSED`, and with the end of the process
   * `ENGINE_DEADLINE`, `ENGINE_CRASHED`, `ENGINE_OUT_OF_MEMORY`
   */
  prove(x: Uint8Array, ctx: Uint8Array, options: ProveCall): Promise<ProvenAnswer>
  close(): Promise<void>
}

export interface ProveCall {
  /** Milliseconds the proof may take; then the process is ended. */
  readonly timeoutMs: number
  readonly cancellation?: Cancellation
}

export interface ProvenAnswer {
  readonly y: Uint8Array
  readonly proof: Uint8Array
  /** Microseconds inside the process. */
  readonly computeUs: number
}

/** Starts processes that prove. */
export interface ProverEngine {
  /** @throws OgError as `Engine.load` does */
  load(model: ModelBytes, options?: LoadOptions): Promise<LoadedProver>
  /** Ends them all. */
  close(): Promise<void>
}

export interface ZkProverOptions {
  readonly log?: LogLine
  /** Threads that prove answers of large models, 1 to 16. Default: all cores but one, at most 4. */
  readonly threads?: number
}

/** The prover of `zkml`, in child processes with the fences of every engine. */
export function zkProverEngine({ log = () => {}, threads = defaultThreads() }: ZkProverOptions = {}): ProverEngine {
  const children = new Set<Child>()
  let cwd: string | undefined
  let over = false
  return {
    async load(model, { memoryLimitBytes = DEFAULT_MEMORY, timeoutMs = DEFAULT_LOAD_MS } = {}) {
      await checkHash(model)
      readZkir(model.bytes)
      const plan = await isolationPlan()
      if (over) throw new OgError('ENGINE_CLOSED', 'The prover was closed.')
      cwd ??= emptyFolder()
      const child = new Child({
        runtime: 'zk',
        plan,
        memoryLimitBytes,
        cwd,
        maxFrameBytes: MAX_FRAME,
        heapMb: ZK_HEAP_MB,
        startTimeoutMs: timeoutMs,
        log,
      })
      children.add(child)
      void child.ended.then(() => children.delete(child))
      try {
        await child.request((id) => encodeLoad(id, { threads }, model.bytes), timeoutMs)
      } catch (error) {
        child.kill(undefined)
        throw loadError(error)
      }
      return new ChildProver(child)
    },
    async close() {
      over = true
      const all = [...children]
      for (const child of all) child.kill(undefined)
      await Promise.all(all.map((child) => child.ended))
      if (cwd !== undefined) rmSync(cwd, { recursive: true, force: true })
      cwd = undefined
    },
  }
}

class ChildProver implements LoadedProver {
  readonly pid: number
  readonly ended: Promise<Error | undefined>
  readonly #child: Child

  constructor(child: Child) {
    this.#child = child
    this.pid = child.pid
    this.ended = child.ended
  }

  get alive(): boolean {
    return this.#child.alive
  }

  async prove(x: Uint8Array, ctx: Uint8Array, { timeoutMs, cancellation }: ProveCall): Promise<ProvenAnswer> {
    const off = cancellation?.onCancel(() => this.#child.kill(new OgError('ENGINE_CANCELLED', 'The proof is not wanted any more.')))
    try {
      const frame = await this.#child.request((id) => encodeProve(id, x, ctx), timeoutMs)
      if (frame.kind !== KIND.proven)
        throw new OgError('ENGINE_FAILED', `The prover's process answered with a frame of kind ${frame.kind}.`)
      return decodeProven(frame.body)
    } finally {
      off?.()
    }
  }

  close(): Promise<void> {
    return this.#child.close()
  }
}
