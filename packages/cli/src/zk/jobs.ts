import { sha256 } from '@opengradient/protocol'
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
  const whole = encodeZkir({ ...files, io })
  return {
    zkModelId,
    file: commitWeights ? encodeZkir({ manifest, ir: irBytes, io }) : whole,
    ...(commitWeights ? { privateFile: whole } : {}),
    report,
    cost: { proveMs, proofBytes, lookups, constraints, cells },
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
