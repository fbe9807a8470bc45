import { basename, extname, join, resolve } from 'node:path'
import { MAX_ON_CHAIN_PROOF_INPUT } from '@opengradient/client'
import type { OnnxModel } from '@opengradient/inference/onnx'
import { bytesToHex, type Hex, OgError } from '@opengradient/protocol'
import type { PublishOptions } from '@opengradient/sdk'
import type { Context } from '../context.ts'
import { writeGiven } from '../home/given.ts'
import { note } from '../io.ts'
import type { CompiledModel } from '../zk/jobs.ts'
import { progressBar } from '../zk/progress.ts'
import { withReference } from '../zk/reference.ts'
import { madeUpSamples, readSamples, type SampleInputs, samplesFrom } from '../zk/samples.ts'
import { runJob } from '../zk/thread.ts'
import { bytesText, modelLines, type SampleOrigin, withRemedy } from '../zk/words.ts'

/** The file of an integer model among the files of a model. */
const ZKIR = 'model.zkir'

/** What `--zk` adds to a publication. */
export interface Provable {
  readonly options: PublishOptions
  readonly zkModelId: Hex
  readonly compiled: CompiledModel
}

/**
 * Compiles the integer model of a publication, shows how far it is from the file and what proofs cost, and adds it. With committed weights the
 * ONNX file is not published at all.
 *
 * @throws OgError `ZK_*`, with the remedy
 */
export async function provable(
  context: Context,
  {
    options,
    path,
    onnx,
    model,
    flags,
  }: { options: PublishOptions; path: string; onnx: Uint8Array; model: OnnxModel; flags: Record<string, unknown> },
): Promise<Provable> {
  const committed = flags.commitWeights === true
  const given = typeof flags.calibration === 'string' ? flags.calibration : undefined
  const samples = given === undefined ? goldenSamples(options, model) : readSamples(resolve(context.io.cwd, given), given, model.signature)
  const name = basename(path, extname(path))
  const compiled = await withReference(onnx, samples)
    .then((answered) => {
      const job = { kind: 'compile' as const, onnx, name, samples: answered, commitWeights: committed, ...maxRms(flags) }
      return runJob(job, progressBar(context.io, 'compiling'))
    })
    .catch(withRemedy)
  const zkModelId = bytesToHex(compiled.zkModelId)
  show(context, compiled, given !== undefined ? 'given' : (options.golden ?? []).length > 0 ? 'golden' : 'made-up', zkModelId)
  const zk = { commitment: zkModelId, statementVersion: 1, fidelity: fidelityOf(compiled) }
  const file = { path: ZKIR, bytes: compiled.file }
  if (!committed) return { options: { ...options, files: [...options.files, file], zk }, zkModelId, compiled }
  const { tolerance: _, ...rest } = options
  return { options: { ...rest, format: 'zkir', class: 'exact', files: [file], zk }, zkModelId, compiled }
}

/**
 * Keeps the weights of a model that commits to them where this home's own node finds them, and beside the model for other nodes. Returns the
 * path of the latter.
 */
export function keepWeights(context: Context, path: string, { compiled, zkModelId }: Provable): string | undefined {
  if (compiled.privateFile === undefined) return undefined
  const own = join(context.home.data, 'inference', 'zk-weights', `${zkModelId.slice(2)}.zkir`)
  const beside = `${path.slice(0, path.length - extname(path).length)}.private.zkir`
  for (const file of [own, beside]) writeGiven(context, file, compiled.privateFile, 0o600)
  return beside
}

/** Golden inputs, and made-up ones of their size: a few examples alone would leave no room for others. */
function goldenSamples({ golden = [] }: PublishOptions, { signature }: OnnxModel): SampleInputs {
  const madeUp = madeUpSamples(signature)
  if (golden.length === 0) return madeUp
  const objects = golden.map(({ input }) => Object.fromEntries(input.map(({ name, data }) => [name, data])))
  const known = samplesFrom(objects, signature, 'golden examples')
  const inputs = signature.inputs.map(({ name }): [string, number[]] => {
    const values = Array.from(known.inputs[name]!)
    const size = values.reduce((most, x) => Math.max(most, Math.abs(x)), 1)
    return [name, [...values, ...Array.from(madeUp.inputs[name]!, (x) => x * size)]]
  })
  return { rows: known.rows + madeUp.rows, inputs: Object.fromEntries(inputs) }
}

function fidelityOf({ report }: CompiledModel): { maxAbs: number; samples: number } {
  return { maxAbs: Math.max(0, ...report.outputs.map(({ maxError = 0 }) => maxError)), samples: report.samples }
}

function maxRms({ maxRms }: Record<string, unknown>): { maxRms?: number } {
  if (maxRms === undefined) return {}
  const number = Number(maxRms)
  if (!(number > 0 && number <= 1)) throw new OgError('USAGE', `--max-rms ${String(maxRms)}: expected a share above 0 and at most 1`)
  return { maxRms: number }
}

function show(context: Context, compiled: CompiledModel, from: SampleOrigin, id: Hex): void {
  if (!context.flags.json) for (const line of modelLines(compiled, { from, detailed: false, id }, context.style)) note(context.io, line)
  const onChain = compiled.file.length - (compiled.registration?.bytes ?? 0) + compiled.cost.proofBytes
  if (onChain > MAX_ON_CHAIN_PROOF_INPUT)
    note(
      context.io,
      `note      Model and proof (${bytesText(onChain)}) are too large for a transaction, so a challenge could not be answered: nodes prove answers only where they are free.`,
    )
}
