import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { FieldPath, OgError, ProtobufReader } from '@opengradient/protocol'
import type { Samples } from '../src/convert/calibrate.ts'
import { type Compiled, type CompileOptions, compile } from '../src/convert/compile.ts'
import { decodeOutputs, encodeInputs } from '../src/convert/io.ts'
import { readOnnx } from '../src/convert/onnx/read.ts'
import { MAX_ELEMENTS, readTensor } from '../src/convert/onnx/tensor.ts'
import { ONNX_TYPE, type OnnxTensor } from '../src/convert/onnx/types.ts'
import { interpret } from '../src/ir/interpret.ts'

interface Case {
  readonly case: string
  readonly data_sets: number
}

export interface ConformanceResult {
  /** Cases whose integer model gives the expected outputs within the bounds. */
  readonly passed: number
  readonly total: number
  /** `case: what differs` */
  readonly failed: string[]
  /** `case: refused, operator, reason`, sorted by reason: what the converter says it cannot do. */
  readonly known: string[]
}

/** Bounds of a match: relative RMS over an output, and the largest error beside the largest value. */
const MAX_RMS = 5e-4
const MAX_ERROR = 2e-3

/** The refusals that count as such: they name the node or the dimension, and the reason. */
const REFUSALS = new Set(['ZK_UNSUPPORTED_OP', 'ZK_DYNAMIC_SHAPE'])

/**
 * The ONNX project's own operator tests, each compiled to an integer model and run on integers. A case matches, or is refused by name; anything
 * else fails. `testdata` is the folder that holds `onnx/conformance`.
 */
export async function run(testdata: string): Promise<ConformanceResult> {
  const root = join(testdata, 'onnx', 'conformance')
  const cases = JSON.parse(readFileSync(join(root, 'index.json'), 'utf8')) as Case[]
  const failed: string[] = []
  const refused: { name: string; why: string }[] = []
  for (const { case: name, data_sets } of cases) {
    try {
      for (let set = 0; set < data_sets; set++) runSet(join(root, name), set)
    } catch (error) {
      if (error instanceof OgError && REFUSALS.has(error.code)) refused.push({ name, why: whyOf(error) })
      else failed.push(`${name}: ${error instanceof OgError ? `${error.code} ${error.message}` : String(error)}`)
    }
  }
  refused.sort((a, b) => (a.why < b.why ? -1 : a.why > b.why ? 1 : a.name < b.name ? -1 : 1))
  return {
    passed: cases.length - failed.length - refused.length,
    total: cases.length,
    failed,
    known: refused.map(({ name, why }) => `${name}: refused, ${why}`),
  }
}

function whyOf({ details }: OgError): string {
  const { op, reason } = details as { op: string; reason: string }
  return `${op}: ${reason}`
}

/**
 * One case, as it is; if that is refused, with the operands that models have as constants (weights, axes, bounds) fixed to their values: every input
 * that is no floating-point number, then every input but the first.
 */
function runSet(folder: string, set: number): void {
  const bytes = new Uint8Array(readFileSync(join(folder, 'model.onnx')))
  const at = (kind: string, i: number): string => join(folder, `test_data_set_${set}`, `${kind}_${i}.pb`)
  const given = readOnnx(bytes).inputs.map(({ name }, i) => ({ name, tensor: stored(at('input', i)) }))
  const attempts = [
    given.map(() => true),
    given.map(({ tensor }) => tensor?.type === ONNX_TYPE.float || tensor?.type === ONNX_TYPE.double),
    given.map((_, i) => i === 0),
  ]
  let refusal: unknown
  for (const free of attempts) {
    try {
      runBound(bytes, given, free, (i) => (existsSync(at('output', i)) ? stored(at('output', i)) : undefined))
      return
    } catch (error) {
      if (!(error instanceof OgError && REFUSALS.has(error.code))) throw error
      refusal ??= error
    }
  }
  throw refusal
}

interface Given {
  readonly name: string
  readonly tensor: OnnxTensor | undefined
}

/** Compiles with the inputs that are not `free` as constants, runs the integer model, compares every output. */
function runBound(
  bytes: Uint8Array,
  given: readonly Given[],
  free: readonly boolean[],
  expected: (i: number) => OnnxTensor | undefined,
): void {
  const constants = Object.fromEntries(given.flatMap(({ name, tensor }, i) => (free[i] || tensor === undefined ? [] : [[name, tensor]])))
  const inputs = given.filter((_, i) => free[i])
  const samples = samplesOf(inputs)
  const compiled = compiledFor(bytes, { maxRms: MAX_RMS, constants, ...(samples === undefined ? {} : { calibration: samples }) })
  const rows = compiled.io.batch ? inputs[0]!.tensor!.dims[0]! : 1
  const got = answers(compiled, samples!, rows)
  for (const [i, { name, shape }] of compiled.io.outputs.entries()) {
    const want = expected(i)
    if (want === undefined) continue
    const full = compiled.io.batch ? [rows, ...shape] : shape
    if (full.join() !== want.dims.join()) throw new Error(`${name}: shape [${full}] instead of [${want.dims}]`)
    compareTo(name, got[name]!, want)
  }
}

/** With a final softmax proven, if 14 bits of a probability are enough for the bound; else with logits proven. */
function compiledFor(bytes: Uint8Array, options: CompileOptions): Compiled {
  try {
    return compile(bytes, { ...options, softmax: 'circuit' })
  } catch (error) {
    if (!(error instanceof OgError && error.code === 'ZK_FIDELITY')) throw error
    return compile(bytes, options)
  }
}

/** A TensorProto file; undefined for what the converter does not read (texts, sequences). */
function stored(path: string): OnnxTensor | undefined {
  try {
    const bytes = new Uint8Array(readFileSync(path))
    return readTensor(new ProtobufReader(bytes, new FieldPath(), { left: 10_000_000 }), { left: MAX_ELEMENTS })
  } catch {
    return undefined
  }
}

function samplesOf(given: readonly Given[]): Samples | undefined {
  if (given.some(({ tensor }) => tensor === undefined)) return undefined
  return { rows: 1, inputs: Object.fromEntries(given.map(({ name, tensor }) => [name, tensor!.data])) }
}

function answers({ ir, weights, io }: Compiled, samples: Samples, rows: number): Record<string, (number | string)[]> {
  const trace = interpret(ir, weights, encodeInputs(ir, io, samples.inputs, rows), { batch: rows })
  return decodeOutputs(
    ir,
    io,
    ir.outputs.map((id) => trace.tensors[id]!),
  )
}

function compareTo(name: string, got: readonly (number | string)[], want: OnnxTensor): void {
  let errors = 0
  let total = 0
  let worst = 0
  let largest = 0
  for (const [i, value] of want.data.entries()) {
    const error = Math.abs(Number(got[i]) - value)
    errors += error * error
    total += value * value
    worst = Math.max(worst, error)
    largest = Math.max(largest, Math.abs(value))
  }
  const rms = errors === 0 ? 0 : Math.sqrt(errors / total)
  if (got.length !== want.data.length || !(rms <= MAX_RMS) || !(worst <= MAX_ERROR * largest))
    throw new Error(`${name}: relative RMS ${rms.toPrecision(3)}, largest error ${worst.toPrecision(3)} of ${largest.toPrecision(3)}`)
}
