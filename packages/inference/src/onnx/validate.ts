import { eachField, FieldPath, OgError, ProtobufReader as Reader } from '@opengradient/protocol'
import type { Signature, TensorInfo } from '../engine/engine.ts'
import { Context, checkDomain } from './context.ts'
import { type GraphFacts, readGraph } from './graph.ts'
import { DEFAULT_ONNX_LIMITS, type OnnxLimits } from './limits.ts'
import { ONNX_TYPES } from './types.ts'
import type { DeclaredValue } from './valueInfo.ts'

/** What a valid file says about itself. */
export interface OnnxModel {
  readonly signature: Signature
  readonly irVersion: number
  /** Version of each operator set used; the standard one has the name ''. */
  readonly opsets: ReadonlyMap<string, number>
  /** Operators used, sorted: `Gemm`, `ai.onnx.ml:TreeEnsembleRegressor`. */
  readonly operators: readonly string[]
  /** Elements of all stored tensors. */
  readonly parameters: bigint
}

/**
 * Reads a whole ONNX file strictly, before any runtime sees it. Refused: data outside the file (anywhere, dense or sparse, inside subgraphs
 * too), operators of other domains, model-local functions, training graphs, unknown types or fields, sizes that do not match, truncated or
 * trailing bytes, shapes that no honest model asks for. Time and memory are bounded by `limits`, whatever the bytes.
 *
 * @throws OgError `MODEL_INVALID` with `details.field` (which field) and `details.reason` (a word for programs)
 */
export function validateOnnx(bytes: Uint8Array, limits: OnnxLimits = DEFAULT_ONNX_LIMITS): OnnxModel {
  const path = new FieldPath()
  if (bytes.length === 0) throw path.invalid('TRUNCATED', 'the file is empty')
  if (bytes.length > limits.maxBytes) throw path.invalid('TOO_LARGE', `${bytes.length} bytes; this node reads at most ${limits.maxBytes}`)
  const context = new Context(path, limits)
  const opsets = new Map<string, number>()
  let irVersion = 0
  let graph: GraphFacts | undefined
  const refuse = (reason: string, message: string) => (): never => {
    throw path.invalid(reason, message)
  }
  eachField(
    new Reader(bytes, path, { left: limits.maxFields }),
    {
      1: (r) => {
        irVersion = r.int31()
        if (irVersion < 1 || irVersion > 20) throw path.invalid('IR_VERSION', `version ${irVersion} of the format is not known`)
      },
      2: (r) => void r.span(),
      3: (r) => void r.span(),
      4: (r) => void r.span(),
      5: (r) => void r.int64(),
      6: (r) => void r.span(),
      7: (r) => {
        graph = context.at('graph', () => readGraph(r.message(), context, () => undefined, 0))
      },
    },
    {
      8: (r) => context.at(`opset_import[${opsets.size}]`, () => readOpset(r.message(), context, opsets)),
      14: (r) => void r.span(),
      20: refuse('TRAINING', 'training_info: models for training are refused; export for inference'),
      25: refuse('FUNCTION', 'functions: model-local functions are refused; inline them when exporting'),
      26: refuse('CONFIGURATION', 'configuration: multi-device models are refused'),
    },
  )
  for (const check of context.later) check()
  if (irVersion === 0) throw path.invalid('IR_VERSION', 'ir_version is missing: this is not an ONNX file')
  if (graph === undefined) throw path.invalid('TRUNCATED', 'graph is missing')
  if (opsets.size === 0) throw path.invalid('OPSET', 'opset_import is missing')
  return {
    signature: signatureOf(graph, path),
    irVersion,
    opsets,
    operators: [...context.operators].sort(),
    parameters: context.parameters,
  }
}

function readOpset(reader: Reader, context: Context, opsets: Map<string, number>): void {
  let domain = ''
  let version = 0
  eachField(
    reader,
    {
      1: (r) => {
        domain = r.text(256)
      },
      2: (r) => {
        version = r.int31()
      },
    },
    {},
  )
  checkDomain(domain, context)
  const { minOpset, maxOpset } = context.limits
  if (version < minOpset || version > maxOpset)
    throw context.path.invalid('OPSET', `version ${version} of "${domain}" is outside ${minOpset}–${maxOpset}`)
  const name = domain === 'ai.onnx' ? '' : domain
  if (opsets.has(name)) throw context.path.invalid('DUPLICATE_NAME', `the operator set "${domain}" is imported twice`)
  opsets.set(name, version)
}

function signatureOf(graph: GraphFacts, path: FieldPath): Signature {
  const inputs = graph.inputs.filter(({ name }) => !graph.initializers.has(name))
  const signature = {
    inputs: inputs.map((value, i) => infoOf(value, `graph.input[${i}]`)),
    outputs: graph.outputs.map((value, i) => infoOf(value, `graph.output[${i}]`)),
  }
  if (signature.outputs.length === 0) throw path.invalid('OUTPUT', 'the graph has no output')
  for (const list of [signature.inputs, signature.outputs]) {
    const names = new Set(list.map(({ name }) => name))
    if (names.size !== list.length) throw path.invalid('DUPLICATE_NAME', 'two inputs or two outputs of one name')
  }
  return signature
}

function infoOf(value: DeclaredValue, field: string): TensorInfo {
  const invalid = (reason: string, message: string): OgError =>
    new OgError('MODEL_INVALID', `${field}: ${message}`, { details: { field, reason } })
  if (value.name === '') throw invalid('NAME', 'a value without a name')
  if (value.tensor === undefined) throw invalid('TYPE', `"${value.name}" is not a tensor`)
  const datatype = ONNX_TYPES.get(value.tensor.type)?.datatype
  if (datatype === undefined) throw invalid('DATATYPE', `"${value.name}" has a type that the Open Inference Protocol has no name for`)
  return { name: value.name, datatype, shape: value.tensor.shape }
}
