import type { Datatype, Hex } from '@opengradient/protocol'
import type { Cancellation } from './cancellation.ts'
import type { Tensor } from './tensor.ts'

/**
 * What runs a model. Every engine lives in child processes of its own and passes the compliance suite in
 * `compliance.testkit.ts`; the scheduler knows nothing else about it.
 */
export interface Engine {
  /** Name written in manifests' quotes, execution records and metrics: `onnx`, `onnx-exact`, … */
  readonly name: string
  /** What an execution record says about this engine. Computed once (it hashes the engine's binary), then cached. */
  identity(): Promise<EngineIdentity>
  /**
   * Checks the bytes, starts a child and loads the model in it. Two calls start two children: single flight is the scheduler's work.
   * @throws OgError `STORE_HASH_MISMATCH`, `MODEL_INVALID` (refused before any engine sees it), `ENGINE_LOAD_FAILED` (the engine refused it),
   * `ENGINE_DEADLINE`, `ENGINE_CRASHED`, `ENGINE_OUT_OF_MEMORY`, `ENGINE_UNAVAILABLE`, `ENGINE_CLOSED`
   */
  load(model: ModelBytes, options?: LoadOptions): Promise<LoadedModel>
  /** Ends every child of this engine. Running calls fail with `ENGINE_CLOSED`. */
  close(): Promise<void>
}

/** What ran: goes into execution records, and so into `runtimeDigest` of keysets. */
export interface EngineIdentity {
  readonly name: string
  readonly version: string
  /** SHA-256 of the engine's binary (shared library, or .wasm). */
  readonly digest: Hex
  /** `cpu`; later `cuda:0`, … */
  readonly device: string
  /** Two runs in the class `exact-env` are comparable byte by byte only if their fingerprints are equal. */
  readonly fingerprint: string
  /** Every engine setting that can change an answer, defaults included. */
  readonly parameters: Readonly<Record<string, string | number | boolean>>
  /** What holds a hostile model: limits that this platform does not offer are `false`, and `og doctor` says so. */
  readonly isolation: Isolation
}

/** What keeps a model’s process from the rest of the machine, as far as this system can. */
export interface Isolation {
  readonly process: true
  readonly memoryLimit: boolean
  readonly noNetwork: boolean
  readonly noFileWrites: boolean
}

/** A model as an engine loads it. */
export interface ModelBytes {
  /** The file as it was published, whole. Never a path: runtimes resolve other files beside a path. */
  readonly bytes: Uint8Array
  /** SHA-256 that the manifest names; other bytes are refused before they are parsed. */
  readonly sha256: Hex
}

export interface LoadOptions {
  /** Most bytes of private memory the child may have (address space the model can write to). Default of the engine: 2 GiB. */
  readonly memoryLimitBytes?: number
  /** Milliseconds the load may take, process start included. Default 60,000. */
  readonly timeoutMs?: number
}

/** A model in a child process, ready to run. */
export interface LoadedModel {
  /** Inputs and outputs as the file itself declares them, in the order of the graph. */
  readonly signature: Signature
  /** Process id of the child, for metrics and tests. */
  readonly pid: number
  /** False as soon as it takes no more runs, before `ended` settles. */
  readonly alive: boolean
  /** Settles once, when the child is gone: `undefined` after `unload()` or `close()`, else why. Never rejects. */
  readonly ended: Promise<Error | undefined>
  /** Resident bytes of the child, read from the system where it says (Linux), else an estimate from the file's size. */
  residentBytes(): number
  /**
   * Runs the model once. Calls may overlap: they wait in order in front of the child, which runs one at a time.
   * Inputs are in the order of `signature.inputs`, all present. Outputs come in the order of `outputs`, by default all of the signature's.
   * @throws OgError `INPUT_*` (not what the signature declares), `ENGINE_FAILED` (the engine refused this input), `ENGINE_CANCELLED` (the
   * caller went away; a run under way is finished and dropped), `ENGINE_CLOSED`, and with the end of the child `ENGINE_DEADLINE` (a run cannot
   * be interrupted otherwise), `ENGINE_CRASHED`, `ENGINE_OUT_OF_MEMORY`, `ENGINE_OUTPUT_TOO_LARGE`. Then `details.started` is false for calls
   * that only waited behind the culprit: run them again elsewhere.
   */
  run(inputs: readonly Tensor[], options?: RunOptions): Promise<RunResult>
  /** Lets running calls finish, then ends the child. Calls made after this one fail with `ENGINE_CLOSED`. */
  unload(): Promise<void>
}

export interface RunOptions {
  /** Indices into `signature.outputs`. */
  readonly outputs?: readonly number[]
  readonly cancellation?: Cancellation
  /** Milliseconds the run may take, waiting behind other runs not counted; then the child is killed. Default 30,000. */
  readonly timeoutMs?: number
}

/** What one run gave. */
export interface RunResult {
  readonly outputs: readonly Tensor[]
  /** Microseconds inside the engine, as the child measured them. */
  readonly computeUs: number
}

/** Inputs and outputs of a loaded model, as its file declares them. */
export interface Signature {
  readonly inputs: readonly TensorInfo[]
  readonly outputs: readonly TensorInfo[]
}

/** One input or output. */
export interface TensorInfo {
  readonly name: string
  readonly datatype: Datatype
  /** A number is fixed, a string is a symbol (equal symbols are equal sizes), null is anything; undefined: even the rank is open. */
  readonly shape: readonly (number | string | null)[] | undefined
}
