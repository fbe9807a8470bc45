import { dynamicShape, unsupported } from '../errors.ts'
import { ONNX_TYPE, type OnnxGraph, type OnnxNode, type OnnxValue } from '../onnx/types.ts'
import { Call, type Rule } from '../op/call.ts'
import { RULES } from '../op/registry.ts'
import { Refusals } from '../refusals.ts'
import { type Batch, BatchMixed, Builder, OPEN_BATCH } from './builder.ts'
import { inputNodes, type Magnitudes } from './input.ts'
import type { RealNode } from './types.ts'
import type { Decode, Value } from './value.ts'

/** A declared input: its name, and the shape of one sample. */
export interface RealInput {
  readonly name: string
  readonly shape: readonly number[]
}

/** An output of the file: the proven value it comes from, and what the caller does with it. `shape`: of one sample. */
export interface RealOutput {
  readonly name: string
  readonly shape: readonly number[]
  readonly value: Exclude<Value, { kind: 'const' }>
}

/** The real graph of a file. */
export interface RealGraph {
  readonly batch: Batch
  readonly nodes: readonly RealNode[]
  readonly inputs: readonly RealInput[]
  readonly outputs: readonly RealOutput[]
}

/**
 * How the first axes of the inputs can be understood, best first. A length that the file leaves open is a batch; one length that all
 * inputs share may be one.
 */
export function batchesOf(inputs: readonly OnnxValue[]): Batch[] {
  const first = inputs.map(firstAxis)
  if (first.length === 0) throw unsupported('Graph', '', 'a model without inputs')
  const known = first.filter((n) => typeof n === 'number')
  const open = first.filter((n) => n === null || typeof n === 'string')
  if (open.length === 0 && known.length < first.length) return [undefined]
  if (open.length === first.length) return [{ length: OPEN_BATCH }]
  if (open.length > 0) throw dynamicShape('Input', inputs[0]!.name, 'some inputs have an open first dimension and some a fixed one')
  return known.every((n) => n === known[0]) ? [{ length: known[0]! }, undefined] : [undefined]
}

/** The first dimension of an input that can be one of an integer model. */
function firstAxis({ name, type, shape }: OnnxValue): number | string | null | typeof WHOLE {
  if (type !== ONNX_TYPE.float && type !== ONNX_TYPE.double)
    throw unsupported('Input', name, `element type ${TYPE_NAMES[type] ?? type}; inputs are floating-point numbers`)
  if (shape?.includes(0)) throw unsupported('Input', name, 'an input without elements')
  if (shape === undefined) throw dynamicShape('Input', name, 'the file declares no shape')
  const open = shape.findIndex((n, i) => i > 0 && typeof n !== 'number')
  if (open > 0) throw dynamicShape('Input', name, `dimension ${open} is open; only the first one may be`)
  // A number or a fixed vector is one sample.
  return shape.length === 0 || (shape.length === 1 && typeof shape[0] === 'number') ? WHOLE : shape[0]!
}

/** Refuses a file whose inputs cannot be those of an integer model, together with the operators that have no rule. @throws OgError */
export function refuseInputs({ inputs, nodes }: OnnxGraph): void {
  const refusals = new Refusals()
  for (const input of inputs) refusals.collect(() => firstAxis(input))
  if (!refusals.any) return
  for (const node of nodes) refusals.collect(() => ruleOf(node))
  refusals.refuse()
}

/** Elements of all constants that a file computes from constants. */
const MAX_CONSTANTS = 2 ** 26

const TYPE_NAMES: Readonly<Record<number, string>> = {
  2: 'uint8',
  3: 'int8',
  4: 'uint16',
  5: 'int16',
  6: 'int32',
  7: 'int64',
  8: 'string',
  9: 'bool',
}

const WHOLE = Symbol('no batch axis')

/** How `realGraph` reads a file. */
export interface Reading {
  readonly batch: Batch
  readonly magnitudes?: Magnitudes
  /** A softmax that ends the model is proven, too. */
  readonly inCircuit?: boolean
  /** There is no other understanding of the batch axis to try: a node that mixes samples is refused as any other is. */
  readonly last: boolean
}

/**
 * Applies the conversion rule of every node. Nodes that read what a refused one should have computed are passed over, unless their operator
 * itself has no rule.
 *
 * @throws OgError `ZK_UNSUPPORTED_OP`, `ZK_DYNAMIC_SHAPE` naming every node that is refused; BatchMixed if the batch does not hold
 */
export function realGraph(graph: OnnxGraph, { batch, magnitudes, inCircuit = false, last }: Reading): RealGraph {
  const b = new Builder(batch)
  const refusals = new Refusals()
  const values = new Map<string, Value>()
  const unknown = new Set<string>()
  for (const { name, dims, data, type } of graph.constants.values())
    values.set(name, { kind: 'const', tensor: { shape: dims, data }, integer: type === ONNX_TYPE.int64 || type === ONNX_TYPE.int32 })
  const inputs = graph.inputs.map((value, source): RealInput => {
    b.from = { op: 'Input', node: value.name }
    const shape = (batch === undefined ? value.shape! : value.shape!.slice(1)) as number[]
    const node = refusals.collect(() => inputNodes(b, source, shape, magnitudes?.[source]))
    if (node === undefined) unknown.add(value.name)
    else values.set(value.name, { ...b.value(node, shape), source })
    return { name: value.name, shape }
  })
  let stored = 0
  const convert = (node: OnnxNode): void => {
    const name = nameOf(node)
    b.from = { op: node.op, node: name }
    const rule = ruleOf(node)
    const missing = node.inputs.find((input) => input !== '' && !values.has(input))
    if (missing !== undefined && !unknown.has(missing))
      throw unsupported(node.op, name, `it reads "${missing}", which nothing before it defines`)
    if (node.inputs.some((input) => unknown.has(input))) return
    const operands = node.inputs.map((input) => values.get(input))
    const results = rule(new Call(node, operands, graph.opset, b))
    for (const result of results) stored += result.kind === 'const' ? result.tensor.data.length : 0
    if (stored > MAX_CONSTANTS) throw unsupported(node.op, name, `more than ${MAX_CONSTANTS} elements of computed constants in all`)
    for (const [i, output] of node.outputs.entries()) {
      const result = results[i]
      if (output === '' || result === undefined) continue
      if (values.has(output)) throw unsupported(node.op, name, `it defines "${output}" again`)
      values.set(output, result)
    }
  }
  for (const node of graph.nodes) {
    refusals.collect(() => asRefusal(() => convert(node), last, batch))
    for (const output of refusals.any ? node.outputs : []) if (!values.has(output)) unknown.add(output)
  }
  const outputs = graph.outputs.flatMap(({ name }) => {
    const output = unknown.has(name) ? undefined : refusals.collect(() => outputOf(name, values.get(name), batch))
    return output === undefined ? [] : [output]
  })
  refusals.refuse()
  return { batch, nodes: b.nodes, inputs, outputs: inCircuit ? outputs : outputs.map((output) => withLink(output, b.nodes, outputs)) }
}

const nameOf = ({ name, outputs }: OnnxNode): string => name || (outputs[0] ?? '')

function ruleOf(node: OnnxNode): Rule {
  const rule = RULES.get(node.domain === '' ? node.op : `${node.domain}:${node.op}`)
  if (rule === undefined) throw unsupported(node.op, nameOf(node), 'the operator is not supported')
  return rule
}

/** What a node throws; where nothing else can be tried, that it mixes the samples of a batch is a refusal, too. */
function asRefusal(convert: () => void, last: boolean, batch: Batch): void {
  try {
    convert()
  } catch (error) {
    if (!last || !(error instanceof BatchMixed)) throw error
    const { op, node } = error
    if (batch?.length === OPEN_BATCH) throw dynamicShape(op, node, 'it mixes the samples of a batch of open length')
    throw unsupported(op, node, 'it mixes the samples of a batch')
  }
}

/** A softmax that ends the model: its logits are proven, the caller applies it. Exact, and cheaper than 14 bits of a probability. */
function withLink(output: RealOutput, nodes: readonly RealNode[], outputs: readonly RealOutput[]): RealOutput {
  const { id } = output.value
  const node = nodes[id]!
  const read = nodes.some(({ inputs }) => inputs.some((x) => x.id === id)) || outputs.filter(({ value }) => value.id === id).length > 1
  if (output.value.kind !== 'var' || node.op.kind !== 'softmax' || read) return output
  const { shape } = output.value
  const decode: Decode = { kind: 'link', link: 'softmax', columns: node.shape.at(-1)! }
  return { ...output, value: { kind: 'derived', id: node.inputs[0]!.id, shape, decode } }
}

function outputOf(name: string, value: Value | undefined, batch: Batch): RealOutput {
  if (value === undefined) throw unsupported('Output', name, 'nothing computes it')
  if (value.kind === 'const') throw unsupported('Output', name, 'a constant')
  return { name, shape: batch === undefined ? value.shape : value.shape.slice(1), value }
}
