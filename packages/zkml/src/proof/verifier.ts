import type { Kernels } from '../kernels/kernels.ts'
import { MAX_BATCH } from '../program/limits.ts'
import { coded, type NotAModel, openModel, type ZkFiles, ZkModel } from './model.ts'
import { MAX_CTX_BYTES } from './params.ts'
import { registrationHeader, registrationOf } from './registration.ts'
import { readValues, type ZkStatement } from './statement.ts'
import { checkHead, type Verification, verifyProof } from './verify.ts'

/**
 * Verifies proofs of mode 0: succinct, **not** zero knowledge. SPEC 9.2. Holds no state that changes a verdict; opened models are kept as
 * long as the caller keeps their files.
 */
export class ZkVerifier {
  private readonly kernels: Kernels
  private readonly opened = new WeakMap<ZkFiles, ZkModel>()

  constructor(kernels: Kernels) {
    this.kernels = kernels
  }

  /**
   * Whether the proof shows the statement. Never throws; time and memory are bounded by constants of version 1. `INTERNAL` where this machine has not
   * even that memory: for callers whose verdicts others rely on, `verifyWith` throws `ZK_MEMORY` instead. `files` must not change while
   * the verifier may be asked about them again: pass the same object and the model is read only once.
   */
  verify(files: ZkFiles, statement: ZkStatement, proof: Uint8Array): Verification {
    try {
      return checkHead(proof) ?? this.checkModel(files, statement, proof)
    } catch {
      return { ok: false, code: 'INTERNAL' }
    }
  }

  /**
   * Whether the proof shows that every committed weight of the model is in the range of its type. Never throws. SPEC 6.8. `files` without the
   * weights are enough.
   */
  verifyRegistration(files: ZkFiles, zkModelId: Uint8Array, proof: Uint8Array): Verification {
    try {
      const head = checkHead(proof)
      if (head) return head
      const model = this.open(files, zkModelId)
      if (!(model instanceof ZkModel)) return { ok: false, code: model.code }
      return verifyRegistration(this.kernels, model, proof)
    } catch {
      return { ok: false, code: 'INTERNAL' }
    }
  }

  private checkModel(files: ZkFiles, statement: ZkStatement, proof: Uint8Array): Verification {
    const model = this.open(files, statement.zkModelId)
    if (!(model instanceof ZkModel)) return { ok: false, code: model.code }
    return verifyWith(this.kernels, model, statement, proof)
  }

  private open(files: ZkFiles, id: Uint8Array): ZkModel | NotAModel {
    const known = this.opened.get(files)
    if (known?.id.every((byte, i) => byte === id[i]) && id.length === 32) return known
    const model = openModel(files, id, this.kernels)
    if (model instanceof ZkModel) this.opened.set(files, model)
    return model
  }
}

/** Verifies a proof of an opened model: SPEC 9.2 from step 3 on. Throws `ZK_MEMORY` where this machine has not the memory, and nothing else but faults of this software. */
export function verifyWith(kernels: Kernels, model: ZkModel, statement: ZkStatement, proof: Uint8Array): Verification {
  const head = checkHead(proof, model.manifest.weights)
  if (head) return head
  const { batch = 1, ctx } = statement
  if (!Number.isInteger(batch) || batch < 1 || batch > MAX_BATCH || ctx.length > MAX_CTX_BYTES)
    return { ok: false, code: 'STATEMENT_MISMATCH' }
  if (!model.permits(batch)) return { ok: false, code: 'BAD_PARAMS', where: 'batch' }
  const program = coded(() => model.program(batch))
  if ('code' in program) return { ok: false, code: program.code }
  const values = readValues(model, statement)
  if (values === undefined) return { ok: false, code: 'STATEMENT_MISMATCH' }
  if (program.params === undefined) return { ok: false, code: 'BAD_PARAMS' }
  return verifyProof(kernels, program.plan, program.params, headerOf(model, program.hash, statement), values, proof)
}

/** As `verifyWith`, for the registration proof of a model with committed weights. */
export function verifyRegistration(kernels: Kernels, model: ZkModel, proof: Uint8Array): Verification {
  const head = checkHead(proof, 1)
  if (head) return head
  if (model.manifest.weights !== 1) return { ok: false, code: 'WRONG_MODE' }
  const registration = coded(() => registrationOf(model))
  if ('code' in registration) return { ok: false, code: registration.code }
  const { plan, params, hash } = registration
  if (params === undefined) return { ok: false, code: 'BAD_PARAMS' }
  return verifyProof(kernels, plan, params, registrationHeader(model, hash), { tensors: new Map(), weights: [] }, proof)
}

/** What the transcript of a proof begins with. */
export function headerOf({ id, manifest }: ZkModel, programHash: Uint8Array, { x, y, ctx }: ZkStatement) {
  return {
    weights: manifest.weights,
    zkModelId: id,
    programHash,
    x,
    y,
    ctx,
    wroot: manifest.weights === 1 ? manifest.wd : new Uint8Array(),
  }
}
