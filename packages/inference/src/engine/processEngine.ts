import { readFileSync, rmSync } from 'node:fs'
import { OgError } from '@opengradient/protocol'
import { checkInputs } from './check.ts'
import { Child } from './child.ts'
import { emptyFolder } from './emptyFolder.ts'
import type { Engine, EngineIdentity, LoadedModel, LoadOptions, ModelBytes, RunOptions, RunResult, Signature } from './engine.ts'
import { fileHash } from './fileHash.ts'
import { isolationPlan } from './isolation.ts'
import type { LogLine } from './noise.ts'
import type { Tensor } from './tensor.ts'
import { decodeJson, decodeResult, encodeLoad, encodeRun, type Frame, KIND } from './wire.ts'

const DEFAULT_MEMORY = 2 * 1024 ** 3
const DEFAULT_LOAD_MS = 60_000
const DEFAULT_RUN_MS = 30_000
const DEFAULT_MAX_OUTPUT = 64 * 1024 ** 2

/** What makes a runtime an engine. */
export interface ProcessEngineOptions {
  /** Name, and the runtime that `child/main.mjs` starts. */
  readonly name: 'onnx' | 'onnx-exact' | 'zk'
  readonly identity: () => Promise<EngineIdentity>
  /** Reads the file before any runtime does. @throws OgError `MODEL_INVALID` */
  readonly validate: (bytes: Uint8Array) => { readonly signature: Signature }
  /** What models' processes print, line by line. Default: dropped. */
  readonly log?: LogLine
  /** Most bytes of one answer. Default 64 MiB. */
  readonly maxOutputBytes?: number
  /** Megabytes of JavaScript objects in a child. Default 256. */
  readonly heapMb?: number
  /** What the runtime itself prints: 0 everything, 4 nothing. Default 3. */
  readonly logSeverityLevel?: number
}

/** An engine whose models run in one child process each. */
export class ProcessEngine implements Engine {
  readonly name: string
  readonly #options: ProcessEngineOptions
  readonly #children = new Set<Child>()
  #identity: Promise<EngineIdentity> | undefined
  #cwd: string | undefined
  #closed = false

  constructor(options: ProcessEngineOptions) {
    this.name = options.name
    this.#options = options
  }

  identity(): Promise<EngineIdentity> {
    this.#identity ??= this.#options.identity()
    return this.#identity
  }

  async load(model: ModelBytes, options: LoadOptions = {}): Promise<LoadedModel> {
    await checkHash(model)
    const { signature } = this.#options.validate(model.bytes)
    const timeoutMs = options.timeoutMs ?? DEFAULT_LOAD_MS
    const plan = await isolationPlan()
    if (this.#closed) throw new OgError('ENGINE_CLOSED', `The engine ${this.name} was closed.`)
    const child = new Child({
      runtime: this.name,
      plan,
      memoryLimitBytes: options.memoryLimitBytes ?? DEFAULT_MEMORY,
      cwd: this.#emptyFolder(),
      maxFrameBytes: this.#options.maxOutputBytes ?? DEFAULT_MAX_OUTPUT,
      startTimeoutMs: timeoutMs,
      ...(this.#options.heapMb !== undefined && { heapMb: this.#options.heapMb }),
      log: this.#options.log ?? (() => {}),
    })
    this.#children.add(child)
    void child.ended.then(() => this.#children.delete(child))
    try {
      const settings = { logSeverityLevel: this.#options.logSeverityLevel ?? 3 }
      const frame = await child.request((id) => encodeLoad(id, settings, model.bytes), timeoutMs)
      checkNames(frame, signature)
    } catch (error) {
      child.kill(undefined)
      throw loadError(error)
    }
    return new ProcessModel(child, signature, model.bytes.length)
  }

  async close(): Promise<void> {
    this.#closed = true
    const children = [...this.#children]
    for (const child of children) child.kill(undefined)
    await Promise.all(children.map((child) => child.ended))
    if (this.#cwd !== undefined) rmSync(this.#cwd, { recursive: true, force: true })
    this.#cwd = undefined
  }

  #emptyFolder(): string {
    this.#cwd ??= emptyFolder()
    return this.#cwd
  }
}

class ProcessModel implements LoadedModel {
  readonly signature: Signature
  readonly pid: number
  readonly ended: Promise<Error | undefined>
  readonly #child: Child
  readonly #fileBytes: number
  readonly #allOutputs: readonly number[]
  readonly #outputNames: readonly string[]

  constructor(child: Child, signature: Signature, fileBytes: number) {
    this.#child = child
    this.signature = signature
    this.pid = child.pid
    this.ended = child.ended
    this.#fileBytes = fileBytes
    this.#allOutputs = signature.outputs.map((_, i) => i)
    this.#outputNames = signature.outputs.map(({ name }) => name)
  }

  get alive(): boolean {
    return this.#child.alive
  }

  residentBytes(): number {
    try {
      const [, pages] = readFileSync(`/proc/${this.pid}/statm`, 'latin1').split(' ')
      return Number(pages) * 4096
    } catch {
      // Measured: an idle child holds 85 MB (native) to 140 MB (wasm) besides the model, which runtimes keep about twice.
      return 140e6 + 2 * this.#fileBytes
    }
  }

  async run(inputs: readonly Tensor[], options: RunOptions = {}): Promise<RunResult> {
    checkInputs(this.signature.inputs, inputs)
    const outputs = options.outputs ?? this.#allOutputs
    const names = options.outputs === undefined ? this.#outputNames : outputs.map((index) => this.#outputName(index))
    const frame = await this.#child.request(
      (id) => encodeRun(id, inputs, outputs),
      options.timeoutMs ?? DEFAULT_RUN_MS,
      options.cancellation,
    )
    if (frame.kind !== KIND.result)
      throw new OgError('ENGINE_FAILED', `The model's process answered a run with a frame of kind ${frame.kind}.`)
    return decodeResult(frame.body, names)
  }

  unload(): Promise<void> {
    return this.#child.close()
  }

  #outputName(index: number): string {
    const name = this.#outputNames[index]
    if (name === undefined)
      throw new OgError('INPUT_UNKNOWN', `The model has ${this.#outputNames.length} outputs; number ${index} is not one of them.`)
    return name
  }
}

/** @throws OgError `STORE_HASH_MISMATCH` */
export async function checkHash({ bytes, sha256 }: ModelBytes): Promise<void> {
  const actual = await fileHash(bytes)
  if (actual !== sha256) {
    throw new OgError('STORE_HASH_MISMATCH', `The model file has the hash ${actual}; the manifest names ${sha256}.`, {
      details: { expected: sha256, actual },
    })
  }
}

/** The runtime must see the same inputs and outputs as our own reader did: a file that two readers read differently is refused. */
function checkNames(frame: Frame, signature: Signature): void {
  const { inputs, outputs } = decodeJson(frame.body) as { inputs?: unknown; outputs?: unknown }
  const same = (seen: unknown, declared: readonly { name: string }[]): boolean =>
    Array.isArray(seen) && seen.length === declared.length && declared.every(({ name }, i) => seen[i] === name)
  if (frame.kind !== KIND.loaded || !same(inputs, signature.inputs) || !same(outputs, signature.outputs)) {
    throw new OgError('ENGINE_LOAD_FAILED', 'The engine sees other inputs or outputs in the file than its graph declares.')
  }
}

/** Why a load failed, as one of the codes that `load` throws. */
export function loadError(error: unknown): OgError {
  if (!(error instanceof OgError)) return new OgError('ENGINE_LOAD_FAILED', 'The engine could not load the model.', { cause: error })
  if (error.code === 'ENGINE_FAILED') return new OgError('ENGINE_LOAD_FAILED', error.message, { details: error.details, cause: error })
  return error
}
