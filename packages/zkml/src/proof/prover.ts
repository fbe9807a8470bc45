import { concatBytes, equalBytes, OgError } from '@opengradient/protocol'
import { interpret, type Trace } from '../ir/interpret.ts'
import { kernelContract } from '../ir/kernel-contract.ts'
import { contractPlain } from '../ir/ops/contract.ts'
import type { Contract } from '../ir/ops/op.ts'
import type { IntArray } from '../ir/types.ts'
import { bytesOfInts } from '../ir/values.ts'
import type { Kernels } from '../kernels/kernels.ts'
import { fill, publicValues } from '../program/fill.ts'
import { fillRegistration } from '../program/lower/registration.ts'
import { commit, fieldCells, rootOf } from './commitment.ts'
import { Desk } from './desk.ts'
import { checkMemory } from './memory.ts'
import type { BatchProgram, ZkModel } from './model.ts'
import { MAX_CTX_BYTES, type Params } from './params.ts'
import { type CommittedWeights, type Phase, type ProverCache, prove } from './prove.ts'
import { registrationHeader, registrationOf } from './registration.ts'
import type { ZkStatement } from './statement.ts'
import { headerOf, verifyRegistration, verifyWith } from './verifier.ts'
import type { Verification } from './verify.ts'

/** A proof with the statement that it shows. */
export interface Proven {
  readonly statement: ZkStatement
  readonly proof: Uint8Array
  /** Values of the outputs, in the order of the model. */
  readonly outputs: readonly IntArray[]
}

/** Of what, and for what, a proof is made. */
export interface ProveOptions {
  /** Inputs in one statement, 1 if left out; the manifest has to list it. */
  readonly batch?: number
  /** What the proof is for, ≤ 256 bytes. */
  readonly ctx: Uint8Array
  /** Told the end of each phase. */
  readonly phase?: Phase
}

/** Proves answers of models, in mode 0: succinct, **not** zero knowledge. One thing at a time; SPEC 9.3. */
export class ZkProver {
  private readonly kernels: Kernels
  private readonly contract: Contract
  private readonly caches = new WeakMap<BatchProgram, ProverCache>()

  constructor(kernels: Kernels) {
    this.kernels = kernels
    this.contract = kernelContract(kernels, contractPlain)
  }

  /**
   * Runs the model on quantised inputs (in the order of the model, batch first) and proves the outputs. The proof is verified before it is
   * given out. Throws `ZK_INPUT_SHAPE`, `ZK_NOT_REGISTERED`, `ZK_LIMIT`, `ZK_BOUND_EXCEEDED`, `ZK_BAD_WEIGHTS`, `ZK_WITNESS`, `ZK_MEMORY`,
   * `ZK_WORKER` before or instead of a proof, and `ZK_SELF_CHECK` if the proof does not verify.
   */
  prove(model: ZkModel, inputs: readonly IntArray[], options: ProveOptions): Proven {
    const { batch = 1, ctx, phase = () => {} } = options
    const program = this.programOf(model, batch, ctx)
    const trace = interpret(model.ir, weightsOf(model), inputs, { batch, bounds: model.bounds, contract: this.contract })
    phase('run')
    const proven = this.proveTrace(model, program, trace, ctx, phase)
    const verdict = verifyWith(this.kernels, model, proven.statement, proven.proof)
    phase('check')
    this.checked(proven.proof, verdict)
    return proven
  }

  /**
   * The registration proof of a model with committed weights: every weight is in the range of its type. SPEC 6.8. Throws `ZK_BAD_WEIGHTS` for one
   * that is not, `ZK_LIMIT` and `ZK_MEMORY` where there are too many, and as `prove` does.
   */
  proveRegistration(model: ZkModel): Uint8Array {
    const { plan, params, lowered, hash } = registrationOf(model)
    if (params === undefined) throw badSizes()
    checkMemory(this.kernels.fn, plan, params)
    const { w, W } = fillRegistration(lowered, weightsOf(model))
    const witness = { w, W: this.hold(model, W!, params) }
    const proof = prove(this.kernels, plan, params, registrationHeader(model, hash), { tensors: new Map(), weights: [] }, witness)
    return this.checked(proof, verifyRegistration(this.kernels, model, proof))
  }

  /** The proof, if it verifies. A worker that dies meanwhile is no verdict. */
  private checked(proof: Uint8Array, verdict: Verification): Uint8Array {
    this.kernels.check()
    if (!verdict.ok) throw new OgError('ZK_SELF_CHECK', `zkml: the proof does not verify (${verdict.code})`, { details: { ...verdict } })
    return proof
  }

  private programOf(model: ZkModel, batch: number, ctx: Uint8Array): BatchProgram {
    if (!model.permits(batch)) throw new OgError('ZK_NOT_REGISTERED', `zkml: the manifest has no batch of ${batch}`, { details: { batch } })
    if (ctx.length > MAX_CTX_BYTES)
      throw new OgError('ZK_LIMIT', `zkml: the context has ${ctx.length} bytes, over the limit of ${MAX_CTX_BYTES}`)
    const program = model.program(batch)
    if (program.params !== undefined) checkMemory(this.kernels.fn, program.plan, program.params)
    return program
  }

  private proveTrace(model: ZkModel, program: BatchProgram, trace: Trace, ctx: Uint8Array, phase: Phase): Proven {
    const { params, plan, lowered, hash } = program
    if (params === undefined) throw badSizes()
    const weights = weightsOf(model)
    const { w, W } = fill(lowered, trace, weights)
    phase('fill')
    const outputs = model.ir.outputs.map((id) => trace.tensors[id]!)
    const x = concatBytes(...model.ir.inputs.map((id) => bytesOfInts(trace.tensors[id]!)))
    const y = concatBytes(...outputs.map(bytesOfInts))
    const statement = { zkModelId: model.id, batch: trace.batch, x, y, ctx }
    const values = publicValues(model.ir, trace, W ? 'committed' : weights)
    const header = headerOf(model, hash, statement)
    let cache = this.caches.get(program)
    if (cache === undefined) {
      cache = { indices: new Map() }
      this.caches.set(program, cache)
    }
    const held = W && this.hold(model, W, params)
    phase('weights')
    const proof = prove(this.kernels, plan, params, header, values, { w, ...(held ? { W: held } : {}) }, cache, phase)
    return { statement, proof, outputs }
  }

  /** Commits W once and keeps it in memory until another model comes. */
  private hold(model: ZkModel, W: BigInt64Array, params: Params): CommittedWeights {
    const { kernels } = this
    const known = HELD.get(kernels)
    if (known?.model === model) return known.weights
    if (known) kernels.release(known.base)
    HELD.delete(kernels)
    const base = kernels.mark()
    const desk = new Desk(kernels)
    const weights = commit(desk, 1, fieldCells(desk, W), W.length, params)
    if (equalBytes(kernels.bytes(rootOf(weights), 32), model.manifest.wd)) {
      HELD.set(kernels, { base, model, weights })
      return weights
    }
    kernels.release(base)
    throw new OgError('ZK_BAD_WEIGHTS', 'Weights: their root is not the one in the zk manifest.')
  }
}

/** Committed weights that lie in a memory, from `base` on; below everything that a proof allocates. */
interface Held {
  readonly base: number
  readonly model: ZkModel
  readonly weights: CommittedWeights
}

/** One for each memory, whichever prover put it there. */
const HELD = new WeakMap<Kernels, Held>()

function badSizes(): OgError {
  return new OgError('ZK_BAD_MANIFEST', 'zk manifest: its sizes of the commitment break a rule.')
}

function weightsOf(model: ZkModel) {
  if (model.weights === undefined) throw new OgError('ZK_BAD_WEIGHTS', 'Weights: the prover needs the blob, also of committed weights.')
  return model.weights
}
