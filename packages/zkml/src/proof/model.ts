import { equalBytes, isOgError, type OgError } from '@opengradient/protocol'
import { type Bounds, boundsOf } from '../ir/bounds.ts'
import { checkPresumed, checkWeights } from '../ir/check.ts'
import { decodeIr, irHash } from '../ir/ir.ts'
import { MAX_IR_BYTES, MAX_WEIGHTS_BYTES } from '../ir/limits.ts'
import { decodeZkManifest, MAX_ZK_MANIFEST_BYTES, type ZkManifest, zkModelId } from '../ir/manifest.ts'
import type { Ir, Weights } from '../ir/types.ts'
import { decodeWeights, weightsDigest } from '../ir/weights.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { programHash } from '../program/encode.ts'
import { type Lowered, lower } from '../program/lower/lower.ts'
import type { Meter } from '../program/meter.ts'
import { Desk } from './desk.ts'
import { isOutOfMemory } from './memory.ts'
import { type Params, parameters } from './params.ts'
import { type Plan, planOf } from './plan.ts'
import { domainHashAt } from './transcript.ts'
import { checkVerifierMemory } from './verifierMemory.ts'
import type { RejectCode } from './verify.ts'

/** A model as it is published. The arrays are read when the model is opened, and must not change until then. */
export interface ZkFiles {
  /** Encoded zk manifest. */
  readonly manifest: Uint8Array
  /** Encoded integer model. */
  readonly ir: Uint8Array
  /** The weights blob; a verifier of committed weights has none. */
  readonly weights?: Uint8Array
}

/** The program of one batch size with everything that follows from it. */
export interface BatchProgram {
  readonly lowered: Lowered
  readonly plan: Plan
  readonly hash: Uint8Array
  /** Undefined where the manifest's sizes break a rule (`BAD_PARAMS`). */
  readonly params: Params | undefined
}

/** Programs that a model keeps, the latest used first to stay. */
const KEPT_PROGRAMS = 8

/** A model whose files belong together: its manifest, integer model and weights, and its programs by batch. Made by `openModel`. */
export class ZkModel {
  /** 32 bytes; the name of the model. */
  readonly id: Uint8Array
  readonly manifest: ZkManifest
  readonly ir: Ir
  private readonly programs = new Map<number, BatchProgram>()
  private knownBounds: Bounds | undefined
  private knownWeights: Weights | undefined
  private readonly blob: Uint8Array | undefined

  constructor(id: Uint8Array, manifest: ZkManifest, ir: Ir, weights: Weights | undefined, blob?: Uint8Array) {
    this.id = id
    this.manifest = manifest
    this.ir = ir
    this.knownWeights = weights
    this.blob = blob
  }

  /** Undefined for who has no blob of committed weights. The owner's is only read here: throws `ZK_BAD_WEIGHTS` and `ZK_BAD_IR`. */
  get weights(): Weights | undefined {
    if (this.knownWeights === undefined && this.blob !== undefined) {
      const weights = readWeights(this.ir, this.blob)
      checkPresumed(this.ir, weights)
      this.knownWeights = weights
    }
    return this.knownWeights
  }

  /** Bounds of the model as the verifier sees it; the owner of committed weights uses the same. */
  get bounds(): Bounds {
    this.knownBounds ??= boundsOf(this.ir, this.manifest.weights === 1 ? 'committed' : this.weights!)
    return this.knownBounds
  }

  /** Whether the manifest lists this batch. */
  permits(batch: number): boolean {
    return this.manifest.pcs.some(([permitted]) => permitted === batch)
  }

  /** The program of a permitted batch. Throws as `lower` does. `meter` is told the steps of making it, if it is not known yet. */
  program(batch: number, meter?: Meter): BatchProgram {
    const known = this.programs.get(batch)
    const program = known ?? this.make(batch, meter)
    this.programs.delete(batch)
    this.programs.set(batch, program)
    for (const oldest of this.programs.keys()) if (this.programs.size > KEPT_PROGRAMS) this.programs.delete(oldest)
    return program
  }

  private make(batch: number, meter?: Meter): BatchProgram {
    const { manifest, ir } = this
    const weights = manifest.weights === 0 ? this.weights : undefined
    const [, c, l] = manifest.pcs.find(([permitted]) => permitted === batch)!
    const mode = manifest.weights === 1 ? 'committed' : 'public'
    const lowered = lower(ir, { batch, weights: mode, ...(weights ? { weightValues: weights } : {}), ...(meter ? { meter } : {}) })
    const plan = planOf(lowered.program)
    const params = parameters(c, l, ...plan.packing.cells)
    if (params !== undefined) checkVerifierMemory(plan, params)
    return { lowered, plan, hash: programHash(lowered.program), params }
  }
}

/** Why files are no model, with the code that a verifier answers. */
export interface NotAModel {
  readonly code: RejectCode
  readonly error?: OgError
}

/**
 * Opens the files of a model: SPEC 9.2 step 2. With public weights the blob is required and checked against the manifest; with committed
 * weights it is for the prover alone: no verdict depends on it. `expected`: the id that the caller trusts. `kernels` hash faster.
 * `paid` is told the integer model before its weights are read, and may throw what is no `OgError` to stop there.
 */
export function openModel(files: ZkFiles, expected: Uint8Array, kernels?: Kernels, paid?: (ir: Ir) => void): ZkModel | NotAModel {
  const { manifest, ir, weights } = files
  if (manifest.length > MAX_ZK_MANIFEST_BYTES) return { code: 'WRONG_MODEL' }
  const id = zkModelId(manifest)
  if (!equalBytes(id, expected)) return { code: 'WRONG_MODEL' }
  return coded((): ZkModel | NotAModel => {
    const head = decodeZkManifest(manifest)
    if (ir.length > MAX_IR_BYTES || !equalBytes(irHash(ir), head.ir)) return { code: 'WRONG_MODEL' }
    const model = decodeIr(ir)
    paid?.(model)
    if (head.weights === 1) return new ZkModel(id, head, model, undefined, weights)
    if (weights === undefined || weights.length > MAX_WEIGHTS_BYTES || !equalBytes(digestOf(weights, kernels), head.wd))
      return { code: 'WRONG_MODEL' }
    return new ZkModel(id, head, model, readWeights(model, weights))
  })
}

function readWeights(ir: Ir, blob: Uint8Array): Weights {
  const weights = decodeWeights(ir.weights, blob)
  checkWeights(ir, weights)
  return weights
}

function digestOf(blob: Uint8Array, kernels: Kernels | undefined): Uint8Array {
  if (kernels === undefined) return weightsDigest(blob)
  const mark = kernels.mark()
  try {
    return kernels.bytes(domainHashAt(new Desk(kernels), 'zkml/v1/weights', blob), 32)
  } finally {
    kernels.release(mark)
  }
}

const CODES: Readonly<Record<string, RejectCode>> = {
  ZK_BAD_MANIFEST: 'WRONG_MODEL',
  ZK_BAD_IR: 'BAD_IR',
  ZK_BAD_WEIGHTS: 'BAD_IR',
  ZK_UNSUPPORTED_OP: 'UNSUPPORTED_OP',
  ZK_BOUND_EXCEEDED: 'BOUND_EXCEEDED',
  ZK_LIMIT: 'LIMIT',
}

/** Runs what reads untrusted files; its refusals become codes. A machine that has no memory is no refusal: `ZK_MEMORY` is thrown on. */
export function coded<T>(read: () => T): T | NotAModel {
  try {
    return read()
  } catch (error) {
    if (!isOgError(error) || isOutOfMemory(error)) throw error
    return { code: CODES[error.code] ?? 'INTERNAL', error }
  }
}
