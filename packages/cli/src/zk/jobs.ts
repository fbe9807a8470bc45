import { isOgError, sha256 } from '@opengradient/protocol'
import {
  type Compiled,
  type Cost,
  compile,
  costOfModel,
  decodeIr,
  decodeWeights,
  decodeZkir,
  decodeZkManifest,
  encodeInputs,
  encodeZkir,
  type Floats,
  Kernels,
  openModel,
  type Proven,
  type Report,
  registerModel,
  type Samples,
  type ZkFiles,
  ZkModel,
  ZkProver,
  zkModelId,
} from '@opengradient/zkml'
import { provingKernels } from '@opengradient/zkml/node'
import { notAModel } from './model.ts'

/** What `og zk compile` asks of its thread. */
export interface CompileJob {
  readonly kind: 'compile'
  readonly onnx: Uint8Array
  readonly name: string
  readonly samples: Samples
  /** Largest relative RMS error that is accepted. */
  readonly maxRms?: number
  readonly commitWeights: boolean
}

/** An integer model under proof. */
export interface CompiledModel {
  readonly zkModelId: Uint8Array
  /** The `.zkir` file to publish; without the weights if they are committed. */
  readonly file: Uint8Array
  /** With committed weights: the file with the weights, for those who prove. */
  readonly privateFile?: Uint8Array
  /** With committed weights: the proof that each is in the range of its type, which both files hold; undefined if there are too many. */
  readonly registration?: { readonly bytes: number; readonly proveMs: number }
  readonly report: Report
  readonly cost: Pick<Cost, 'proveMs' | 'proofBytes' | 'lookups' | 'constraints' | 'cells'>
}

/** What `og zk prove` asks of its thread. */
export interface ProveJob {
  readonly kind: 'prove'
  readonly file: Uint8Array
  readonly inputs: Floats
  readonly ctx: Uint8Array
  /** Threads that prove, if the model is large; by default all cores but one, at most 4. */
  readonly threads?: number
}

export interface ProvedStatement {
  readonly proven: Omit<Proven, 'outputs'>
  /** Milliseconds of the prover alone, its check of the proof included. */
  readonly proveMs: number
}

export type Job = CompileJob | ProveJob
/** Told what has begun, and how many milliseconds it should take, if that is known. */
export type Begin = (phase: string, expectedMs?: number) => void

/** ONNX → integer model → files. Throws as `compile` and `registerModel` do. */
export function compileModel({ onnx, name, samples, maxRms, commitWeights }: CompileJob, begin: Begin): CompiledModel {
  begin('integer model')
  const { ir, weights, io, report }: Compiled = compile(onnx, {
    calibration: samples,
    name,
    ...(maxRms === undefined ? {} : { maxRms }),
  })
  begin('commitment')
  const { files, zkModelId } = registerModel(Kernels.loadSync(), ir, weights, { commitWeights, onnx: sha256(onnx) })
  begin('cost')
  const { proveMs, proofBytes, lookups, constraints, cells } = costOfModel(ir, weights, { mode: commitWeights ? 'committed' : 'public' })
  const { manifest, ir: irBytes } = files
  if (commitWeights) begin('range of the weights')
  const started = performance.now()
  const registration = commitWeights ? rangeProof(files, zkModelId) : undefined
  const registered =
    registration === undefined ? {} : { registration: { bytes: registration.length, proveMs: performance.now() - started } }
  const parts = { io, ...(registration && { registration }) }
  const whole = encodeZkir({ ...files, ...parts })
  return {
    zkModelId,
    file: commitWeights ? encodeZkir({ manifest, ir: irBytes, ...parts }) : whole,
    ...(commitWeights ? { privateFile: whole } : {}),
    ...registered,
    report,
    cost: { proveMs, proofBytes, lookups, constraints, cells },
  }
}

/** The registration proof of a model with committed weights; undefined where they are too many for one. Throws as `proveRegistration` does. */
function rangeProof(files: ZkFiles, id: Uint8Array): Uint8Array | undefined {
  const model = openModel(files, id)
  if (!(model instanceof ZkModel)) throw notAModel(model)
  const kernels = provingKernels(model)
  try {
    return new ZkProver(kernels).proveRegistration(model)
  } catch (error) {
    if (isOgError(error) && (error.code === 'ZK_LIMIT' || error.code === 'ZK_MEMORY')) return undefined
    throw error
  } finally {
    void kernels.close()
  }
}

/** Runs a model on its inputs and proves the answer. Throws as `encodeInputs` and `ZkProver.prove` do, and `ZK_BAD_FILE`. */
export function proveAnswer({ file, inputs, ctx, threads }: ProveJob, begin: Begin): ProvedStatement {
  begin('model')
  const { io, ...files } = decodeZkir(file)
  const model = openModel(files, zkModelId(files.manifest), Kernels.loadSync())
  if (!(model instanceof ZkModel)) throw notAModel(model)
  const kernels = provingKernels(model, threads)
  const values = encodeInputs(model.ir, io, inputs)
  begin('proof', expectedMs(files))
  const started = performance.now()
  const { statement, proof } = new ZkProver(kernels).prove(model, values, { ctx, phase: (phase) => begin(`proof: ${phase} done`) })
  return { proven: { statement, proof }, proveMs: performance.now() - started }
}

/** What the proof should take. */
function expectedMs({
  manifest,
  ir: irBytes,
  weights,
}: {
  manifest: Uint8Array
  ir: Uint8Array
  weights?: Uint8Array
}): number | undefined {
  if (weights === undefined) return undefined
  const ir = decodeIr(irBytes)
  const mode = decodeZkManifest(manifest).weights === 1 ? 'committed' : 'public'
  return costOfModel(ir, decodeWeights(ir.weights, weights), { mode }).proveMs
}
