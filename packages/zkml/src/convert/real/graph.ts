import { dynamicShape, unsupported } from '../errors.ts'
import { ONNX_TYPE, type OnnxGraph, type OnnxValue } from '../onnx/types.ts'
import { Call } from '../op/call.ts'
import { RULES } from '../op/registry.ts'
import { type Batch, Builder, OPEN_BATCH } from './builder.ts'
import { inputNodes, type Magnitudes } from './input.ts'
import { cells, type RealNode } from './types.ts'
import type { Value } from './value.ts'

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
  const first = inputs.map(({ name, shape }) => {
    if (shape === undefined) throw dynamicShape(name, 'the file declares no shape')
    const open = shape.findIndex((n, i) => i > 0 && typeof n !== 'number')
    if (open > 0) throw dynamicShape(name, `dimension ${open} is open; only the first one may be`)
    return shape[0]
  })
  if (first.length === 0) throw unsupported('Graph', '', 'a model without inputs')
  const known = first.filter((n) => typeof n === 'number')
  if (known.length === 0) return first.includes(undefined) ? [undefined] : [{ length: OPEN_BATCH }]
  if (known.length < first.length) throw dynamicShape(inputs[0]!.name, 'some inputs have an open first dimension and some a fixed one')
  return known.every((n) => n === known[0]) ? [{ length: known[0]! }, undefined] : [undefined]
}

/** Applies the conversion rule of every node. @throws OgError `ZK_UNSUPPORTED_OP`, `ZK_DYNAMIC_SHAPE`; BatchMixed if the batch does not hold. */
export function realGraph(graph: OnnxGraph, batch: Batch, magnitudes: Magnitudes | undefined): RealGraph {
  const b = new Builder(batch)
  const values = new Map<string, Value>()
  for (const { name, dims, data, type } of graph.constants.values())
    values.set(name, { kind: 'const', tensor: { shape: dims, data }, integer: type === ONNX_TYPE.int64 || type === ONNX_TYPE.int32 })
  const inputs = graph.inputs.map((value, source): RealInput => {
    b.from = { op: 'Input', node: value.name }
    if (value.type !== ONNX_TYPE.float && value.type !== ONNX_TYPE.double)
      throw unsupported('Input', value.name, `element type ${value.type}; inputs are floating-point numbers`)
    const shape = (batch === undefined ? value.shape! : value.shape!.slice(1)) as number[]
    if (cells(shape) === 0) throw unsupported('Input', value.name, 'an input without elements')
    values.set(value.name, { ...b.value(inputNodes(b, source, shape, magnitudes?.[source]), shape), source })
    return { name: value.name, shape }
  })
  for (const node of graph.nodes) {
    const key = node.domain === '' ? node.op : `${node.domain}:${node.op}`
    const name = node.name || (node.outputs[0] ?? '')
    b.from = { op: node.op, node: name }
    const rule = RULES.get(key)
    if (rule === undefined) throw unsupported(node.op, name, 'the operator is not supported')
    const operands = node.inputs.map((input) => {
      const value = values.get(input)
      if (value === undefined && input !== '') throw unsupported(node.op, name, `it reads "${input}", which nothing before it defines`)
      return value
    })
    const results = rule(new Call(node, operands, graph.opset, b))
    for (const [i, output] of node.outputs.entries()) {
      const result = results[i]
      if (output === '' || result === undefined) continue
      if (values.has(output)) throw unsupported(node.op, name, `it defines "${output}" again`)
      values.set(output, result)
    }
  }
  return { batch, nodes: b.nodes, inputs, outputs: graph.outputs.map(({ name }) => outputOf(name, values.get(name), batch)) }
}

function outputOf(name: string, value: Value | undefined, batch: Batch): RealOutput {
  if (value === undefined) throw unsupported('Output', name, 'nothing computes it')
  if (value.kind === 'const') throw unsupported('Output', name, 'a constant')
  return { name, shape: batch === undefined ? value.shape : value.shape.slice(1), value }
}
