import { isOgError, OgError } from '@opengradient/protocol'
import { boundsOf } from '../ir/bounds.ts'
import { checkIr } from '../ir/check.ts'
import { interpret } from '../ir/interpret.ts'
import type { IntArray, Ir, Weights } from '../ir/types.ts'
import { chooseLimb } from '../program/cost.ts'
import { type Calibration, calibrate, magnitudesOf, type Samples, syntheticSamples } from './calibrate.ts'
import { emit } from './emit/emit.ts'
import { decodeOutputs, decodeScores, encodeInputs, type ModelIo } from './io.ts'
import { readOnnx } from './onnx/read.ts'
import type { OnnxGraph, OnnxTensor } from './onnx/types.ts'
import { type Batch, BatchMixed, OPEN_BATCH } from './real/builder.ts'
import { fold } from './real/fold.ts'
import { batchesOf, type RealGraph, realGraph, refuseInputs } from './real/graph.ts'
import { cells, type RealNode } from './real/types.ts'
import { fidelity, type OutputFidelity, type Report } from './report.ts'

/** How an ONNX file becomes an integer model. */
export interface CompileOptions {
  /** Sample inputs (with answers of a trusted runtime, if there are any). Without them ranges come from made-up inputs. */
  readonly calibration?: Samples
  /** Name of the model, for people. */
  readonly name?: string
  /** Bits of a limb; by default what gives the shorter proof of one input with public weights: 16 only for models of many activations. */
  readonly limb?: 8 | 16
  /** Refuse a model whose relative RMS error on the samples is larger. Default 0.01. */
  readonly maxRms?: number
  /** Inputs of the file that are fixed: their values become part of the model, and they are inputs no more. */
  readonly constants?: Readonly<Record<string, OnnxTensor>>
  /** A softmax that ends the model: `caller` proves the logits and leaves it to the caller (exact, the default), `circuit` proves it too. */
  readonly softmax?: 'caller' | 'circuit'
}

/** An integer model, its weights, how the file's inputs and outputs map to it, and how faithful it is. */
export interface Compiled {
  readonly ir: Ir
  readonly weights: Weights
  readonly io: ModelIo
  readonly report: Report
}

/** Bits of weights given up for cheaper shifts, tried in this order while the fidelity stays good. */
const THRIFT = [4, 2, 0]
const GOOD_RMS = 3e-4
const DEFAULT_MAX_RMS = 0.01

/**
 * Converts an ONNX file to an integer model: the same bytes and samples give the same bytes everywhere. SPEC 2, 9.4.
 *
 * @throws OgError `MODEL_INVALID` (the file), `ZK_UNSUPPORTED_OP` and `ZK_DYNAMIC_SHAPE` (naming every node that is refused), `ZK_BOUND_EXCEEDED`,
 * `ZK_INPUT_SHAPE` and `ZK_NON_FINITE_INPUT` (the samples), `ZK_FIDELITY` (the answers differ too much)
 */
export function compile(bytes: Uint8Array, options: CompileOptions = {}): Compiled {
  const onnx = bind(readOnnx(bytes), options.constants ?? {})
  const { graph, samples } = lowered(onnx, options.calibration, options.softmax === 'circuit')
  const outputs = graph.outputs.map(({ value }) => value.id)
  const nodes = fold(graph.nodes, outputs)
  const calibration = calibrate(graph, nodes, samples, [...new Set(outputs)])
  const attempts = THRIFT.map((thrift) => () => attempt(graph, nodes, samples, calibration, options, thrift))
  const { ir, weights, io, activations, answers, own, outputs: internal } = firstGood(attempts)
  const fidelities = compare(io, answers, (name, i) => samples.outputs?.[name] ?? own[i]!)
  refuseUnfaithful(fidelities, options.maxRms ?? DEFAULT_MAX_RMS)
  const report: Report = {
    calibration: options.calibration === undefined ? 'synthetic' : 'given',
    samples: samples.rows,
    reference: samples.outputs === undefined ? 'float' : 'runtime',
    outputs: fidelities,
    parameters: weights.reduce((sum, w) => sum + w.length, 0),
    nodes: ir.nodes.length,
    activations,
    notes: notesOf(options, io),
  }
  const limb = options.limb ?? limbOf(ir, weights)
  return { ir: { ...withCalibration(ir, internal, samples.rows), limb }, weights, io, report }
}

/** SPEC 9.4. A model that cannot be proved is compiled all the same; registering it says why. */
function limbOf(ir: Ir, weights: Weights): 8 | 16 {
  try {
    return chooseLimb(ir, weights, { mode: 'public' }).limb
  } catch (error) {
    if (isOgError(error)) return 8
    throw error
  }
}

function bind(onnx: OnnxGraph, values: Readonly<Record<string, OnnxTensor>>): OnnxGraph {
  const constants = new Map([...onnx.constants, ...Object.entries(values)])
  return { ...onnx, constants, inputs: onnx.inputs.filter(({ name }) => !constants.has(name)) }
}

interface Attempt extends Pick<Compiled, 'ir' | 'weights' | 'io'> {
  readonly activations: number
  readonly answers: Answers
  /** Answers of the float64 run, by output. */
  readonly own: readonly (readonly (number | string)[])[]
  /** Beside the float64 run: what decides about the bytes of the model must be the same on every machine. */
  readonly outputs: readonly OutputFidelity[]
}

/** Values of all samples by output name. */
type Answers = Readonly<Record<string, readonly (number | string)[]>>

/** The integer model for one choice of thrift, checked and compared. */
function attempt(
  graph: RealGraph,
  nodes: readonly RealNode[],
  samples: Samples,
  calibration: Calibration,
  options: CompileOptions,
  thrift: number,
): Attempt {
  const outputs = [...new Set(graph.outputs.map(({ value }) => value.id))]
  const { model, tensors } = emit(nodes, calibration.ranges, outputs, thrift)
  const ends = outputs.map((id) => ({ id, tensor: outputTensor(tensors[id]!, model) }))
  const { activations, weights } = model
  const ir = model.build(
    options.name ?? '',
    ends.map(({ tensor }) => tensor),
    8,
  )
  checkIr(ir)
  const io = ioOf(graph, nodes, tensors, ir, ends)
  const answers = answersOf(ir, weights, io, samples)
  const own = io.outputs.map(({ decode }, i) =>
    calibration.values.get(graph.outputs[i]!.value.id)!.flatMap((scores) => decodeScores(scores, decode)),
  )
  return { ir, weights, io, activations, answers, own, outputs: compare(io, answers, (_, i) => own[i]!) }
}

/** The first attempt that is well within the target of 5e-4 and 99.9 %, or the last. */
function firstGood(attempts: readonly (() => Attempt)[]): Attempt {
  let made: Attempt | undefined
  for (const make of attempts) {
    made = make()
    if (made.outputs.every(({ rms = 0, argmax = 1 }) => rms <= GOOD_RMS && argmax >= 0.999)) return made
  }
  return made!
}

/** The real graph under the first understanding of the batch axis that holds. */
function lowered(onnx: OnnxGraph, given: Samples | undefined, inCircuit: boolean): { graph: RealGraph; samples: Samples } {
  refuseInputs(onnx)
  const read = (batch: Batch, last: boolean): { graph: RealGraph; samples: Samples } => {
    // Operators first: what cannot be converted is said before anything about the samples.
    const graph = realGraph(onnx, { batch, inCircuit, last })
    if (given === undefined) return { graph, samples: syntheticSamples(onnx.inputs, batch) }
    const samples = perSample(given, batch)
    return { graph: realGraph(onnx, { batch, magnitudes: magnitudesOf(samples, onnx.inputs, batch), inCircuit, last }), samples }
  }
  const batches = batchesOf(onnx.inputs)
  for (const batch of batches.slice(0, -1)) {
    try {
      return read(batch, false)
    } catch (error) {
      if (!(error instanceof BatchMixed)) throw error
    }
  }
  return read(batches.at(-1), true)
}

/** With a batch of fixed length every given row is `length` samples. */
function perSample(samples: Samples, batch: Batch): Samples {
  return batch === undefined || batch.length === OPEN_BATCH ? samples : { ...samples, rows: samples.rows * batch.length }
}

/** An output must not be an input itself: a Reshape to the same axes stands between. */
function outputTensor(tensor: number, model: ReturnType<typeof emit>['model']): number {
  if (!model.inputs.includes(tensor)) return tensor
  const { axes, dt, f } = model.tensors[tensor]!
  return model.node('Reshape', [tensor], axes, dt, f, {})
}

function ioOf(
  graph: RealGraph,
  nodes: readonly RealNode[],
  tensors: readonly (number | undefined)[],
  ir: Ir,
  ends: readonly { id: number; tensor: number }[],
): ModelIo {
  const inputs = graph.inputs.map(({ name, shape }, source) => ({
    name,
    shape,
    parts: nodes.flatMap(({ op, shape: axes }, id) => {
      const tensor = tensors[id]
      if ((op.kind !== 'input' && op.kind !== 'keys') || op.source !== source || tensor === undefined) return []
      return [{ input: ir.inputs.indexOf(tensor), start: op.kind === 'input' ? op.start : 0, count: cells(axes) }]
    }),
  }))
  const outputs = graph.outputs.map(({ name, shape, value }) => ({
    name,
    shape,
    output: ends.findIndex(({ id }) => id === value.id),
    decode: value.kind === 'derived' ? value.decode : ({ kind: 'values' } as const),
  }))
  return { batch: graph.batch !== undefined, inputs, outputs }
}

/** What the integer model answers. @throws OgError `ZK_BOUND_EXCEEDED` */
function answersOf(ir: Ir, weights: Weights, io: ModelIo, samples: Samples): Answers {
  const bounds = boundsOf(ir, weights)
  const answers: Record<string, (number | string)[]> = Object.fromEntries(io.outputs.map(({ name }) => [name, []]))
  for (let r = 0; r < samples.rows; r++) {
    const trace = interpret(ir, weights, encodeInputs(ir, io, rowOf(samples, r)), { bounds })
    const decoded = decodeOutputs(
      ir,
      io,
      ir.outputs.map((id): IntArray => trace.tensors[id]!),
    )
    for (const [name, values] of Object.entries(decoded)) for (const value of values) answers[name]!.push(value)
  }
  return answers
}

/** Fidelity of every output over all samples. */
function compare(
  { outputs }: ModelIo,
  answers: Answers,
  reference: (name: string, i: number) => ArrayLike<number | string>,
): OutputFidelity[] {
  return outputs.map(({ name, decode, shape }, i) => {
    const want = reference(name, i)
    const got = answers[name]!
    if (want.length !== got.length)
      throw new OgError('ZK_INPUT_SHAPE', `Reference answers of "${name}" have ${want.length} values; the samples give ${got.length}.`)
    return fidelity(name, decode, got, want, shape.at(-1) ?? 1)
  })
}

function rowOf({ inputs, rows }: Samples, r: number): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(inputs).map(([name, data]) => {
      const size = data.length / rows
      return [name, Float32Array.from({ length: size }, (_, i) => data[r * size + i]!)]
    }),
  )
}

function refuseUnfaithful(outputs: readonly OutputFidelity[], maxRms: number): void {
  for (const { name, rms } of outputs) {
    if (rms !== undefined && !(rms <= maxRms))
      throw new OgError(
        'ZK_FIDELITY',
        `Output "${name}" of the integer model differs from the float model by ${rms.toPrecision(3)} (relative RMS); at most ${maxRms} is allowed.`,
        { details: { output: name, rms, maxRms } },
      )
  }
}

function notesOf({ calibration }: CompileOptions, io: ModelIo): string[] {
  const notes =
    calibration === undefined ? ['Scales were chosen with made-up inputs in [-1, 1]; give sample inputs for a model in use.'] : []
  for (const { name, decode } of io.outputs) {
    if (decode.kind === 'link' && decode.link !== 'none')
      notes.push(`Output "${name}": scores are proven, the caller applies the ${decode.link} function.`)
    if (decode.kind === 'label') notes.push(`Output "${name}": scores are proven, the caller picks the label from them.`)
  }
  return notes
}

/** The worst numbers beside the float64 run, as the publisher's own words in the model. */
function withCalibration(ir: Ir, outputs: readonly OutputFidelity[], samples: number): Ir {
  const worst = (pick: (o: OutputFidelity) => number | undefined): string =>
    Math.max(0, ...outputs.map((o) => pick(o) ?? 0)).toExponential(3)
  return { ...ir, calib: { maxErr: worst((o) => o.maxError), rms: worst((o) => o.rms), n: samples } }
}
