import { eachField, type ProtobufReader as Reader, PROTOBUF_WIRE as WIRE } from '@opengradient/protocol'
import { type Constants, checkAllocation } from './bombs.ts'
import { type Context, checkDomain } from './context.ts'
import { readSparseTensor, readTensor, type StoredTensor } from './tensorProto.ts'
import { type DeclaredValue, readType, readValueInfo } from './valueInfo.ts'

/** Attributes with more integers than this are data (trees), not sizes; only their count matters. */
const MAX_KEPT_INTS = 64

/** Measured: what a node or an attribute costs to read, beside its fields, in fields that are skipped. */
const COST = 40

/** A graph's interface: what it declares, and which of its inputs have a stored default. */
export interface GraphFacts {
  readonly inputs: readonly DeclaredValue[]
  readonly outputs: readonly DeclaredValue[]
  readonly initializers: ReadonlySet<string>
}

interface Attribute {
  readonly name: string
  readonly ints?: readonly bigint[]
  readonly tensor?: StoredTensor
}

/**
 * A GraphProto with everything in it. Allocation is checked only when the whole file is read (`context.later`): a file may list its stored
 * tensors after the nodes that use them, and a subgraph may use those of the graphs around it.
 */
export function readGraph(reader: Reader, context: Context, outer: Constants, depth: number): GraphFacts {
  if (depth > context.limits.maxDepth) throw context.path.invalid('NESTING', `graphs nested deeper than ${context.limits.maxDepth}`)
  const inputs: DeclaredValue[] = []
  const outputs: DeclaredValue[] = []
  const initializers = new Set<string>()
  const constants = new Map<string, StoredTensor>()
  const lookup: Constants = (name) => constants.get(name) ?? outer(name)
  const counts = { node: 0, initializer: 0, sparse: 0, input: 0, output: 0, value: 0 }
  const store = (tensor: StoredTensor): void => {
    if (tensor.name === '') throw context.path.invalid('NAME', 'a stored tensor without a name')
    if (initializers.has(tensor.name)) throw context.path.invalid('DUPLICATE_NAME', `two stored tensors "${tensor.name}"`)
    initializers.add(tensor.name)
    constants.set(tensor.name, tensor)
    context.parameters += tensor.elements
  }
  eachField(
    reader,
    { 2: (r) => void r.span(), 10: (r) => void r.span() },
    {
      1: (r) => context.at(`node[${counts.node++}]`, () => readNode(r.message(COST), context, lookup, constants, depth)),
      5: (r) => context.at(`initializer[${counts.initializer++}]`, () => store(readTensor(r.message(), context))),
      11: (r) => void inputs.push(context.at(`input[${counts.input++}]`, () => readValueInfo(r.message(), context))),
      12: (r) => void outputs.push(context.at(`output[${counts.output++}]`, () => readValueInfo(r.message(), context))),
      13: (r) => void context.at(`value_info[${counts.value++}]`, () => readValueInfo(r.message(), context)),
      14: (r) => void r.span(),
      15: (r) => context.at(`sparse_initializer[${counts.sparse++}]`, () => store(readSparseTensor(r.message(), context))),
      16: (r) => void r.span(),
    },
  )
  return { inputs, outputs, initializers }
}

function readNode(reader: Reader, context: Context, lookup: Constants, constants: Map<string, StoredTensor>, depth: number): void {
  if (++context.nodes > context.limits.maxNodes) throw context.path.invalid('TOO_COMPLEX', `more than ${context.limits.maxNodes} nodes`)
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes: Attribute[] = []
  let opType = ''
  let domain = ''
  eachField(
    reader,
    {
      3: (r) => void r.span(),
      4: (r) => {
        opType = r.text(256)
      },
      6: (r) => void r.span(),
      7: (r) => {
        domain = context.at('domain', () => {
          const text = r.text(256)
          checkDomain(text, context)
          return text
        })
      },
      8: (r) => {
        if (r.text() !== '') throw context.path.invalid('FUNCTION', 'overloads of model-local functions are refused')
      },
    },
    {
      1: (r) => void inputs.push(r.text()),
      2: (r) => void outputs.push(r.text()),
      5: (r) =>
        void attributes.push(context.at(`attribute[${attributes.length}]`, () => readAttribute(r.message(COST), context, lookup, depth))),
      9: (r) => void r.span(),
      10: (r) => void r.span(),
    },
  )
  if (opType === '') throw context.path.invalid('NODE', 'a node without op_type')
  const standard = domain !== 'ai.onnx.ml'
  context.operators.add(standard ? opType : `${domain}:${opType}`)
  if (!standard) return
  if (opType === 'Constant' && outputs[0] !== undefined) {
    const constant = constantOf(outputs[0], attributes)
    if (constant !== undefined) constants.set(constant.name, constant)
  }
  const ints = new Map(attributes.flatMap(({ name, ints }) => (ints === undefined ? [] : [[name, ints] as const])))
  // The path is gone by the time this runs, so it is kept.
  const where = context.path.text
  context.later.push(() => context.at(where, () => checkAllocation({ opType, inputs, ints }, lookup, context)))
}

/** The value of a Constant node, as far as it can be a shape. */
function constantOf(name: string, attributes: readonly Attribute[]): StoredTensor | undefined {
  for (const attribute of attributes) {
    if (attribute.name === 'value' && attribute.tensor !== undefined) return { ...attribute.tensor, name }
    if ((attribute.name === 'value_ints' || attribute.name === 'value_int') && attribute.ints !== undefined) {
      return { name, type: 7, dims: [BigInt(attribute.ints.length)], elements: BigInt(attribute.ints.length), integers: attribute.ints }
    }
  }
  return undefined
}

/** An AttributeProto; tensors and graphs inside it are read like those outside. */
function readAttribute(reader: Reader, context: Context, lookup: Constants, depth: number): Attribute {
  let name = ''
  let tensor: StoredTensor | undefined
  const ints: bigint[] = []
  let intCount = 0
  let tensors = 0
  let graphs = 0
  const graph = (part: string) => (r: Reader) => void context.at(part, () => readGraph(r.message(), context, lookup, depth + 1))
  eachField(
    reader,
    {
      1: (r) => {
        name = r.text(256)
      },
      2: (r) => r.fixed(WIRE.fixed32),
      3: (r) => {
        ints.push(r.int64())
        intCount++
      },
      4: (r) => void r.span(),
      5: (r) => {
        tensor = context.at('t', () => readTensor(r.message(), context))
      },
      6: graph('g'),
      13: (r) => void r.span(),
      14: (r) => void context.at('tp', () => readType(r.message(), context, 0)),
      20: (r) => void r.int31(),
      21: (r) => {
        if (r.text(256) !== '') throw context.path.invalid('FUNCTION', 'references to attributes of a function are refused outside one')
      },
      22: (r) => void context.at('sparse_tensor', () => readSparseTensor(r.message(), context)),
    },
    {
      7: (r) => void r.countScalars('fixed32'),
      8: (r) => {
        intCount += r.int64s(ints, MAX_KEPT_INTS)
      },
      9: (r) => void r.span(),
      10: (r) => void context.at(`tensors[${tensors++}]`, () => readTensor(r.message(), context)),
      11: (r) => graph(`graphs[${graphs++}]`)(r),
      15: (r) => void context.at('type_protos', () => readType(r.message(), context, 0)),
      23: (r) => void context.at('sparse_tensors', () => readSparseTensor(r.message(), context)),
    },
  )
  return { name, ...(tensor === undefined ? {} : { tensor }), ...(intCount > 0 && intCount <= MAX_KEPT_INTS ? { ints } : {}) }
}
