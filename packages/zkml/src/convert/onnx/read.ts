import { eachField, FieldPath, ProtobufReader } from '@opengradient/protocol'
import { readNode } from './node.ts'
import { type ElementBudget, MAX_ELEMENTS, readTensor } from './tensor.ts'
import type { OnnxGraph, OnnxNode, OnnxTensor, OnnxValue } from './types.ts'
import { readValue } from './value.ts'

/** Bytes of a file that the converter reads, its nodes, and its fields in all. */
const MAX_BYTES = 2 ** 30
const MAX_NODES = 100_000
const MAX_FIELDS = 20_000_000

/**
 * Reads an ONNX file strictly, values included: one pass, bounded time and memory. Refused are data outside the file, functions, training
 * graphs, unknown fields, repeated names, truncated bytes.
 *
 * @throws OgError `MODEL_INVALID` with `details.field` and `details.reason`
 */
export function readOnnx(bytes: Uint8Array): OnnxGraph {
  const path = new FieldPath()
  if (bytes.length > MAX_BYTES) throw path.invalid('TOO_LARGE', `${bytes.length} bytes; at most ${MAX_BYTES} are read`)
  const budget: ElementBudget = { left: MAX_ELEMENTS }
  let opset = 1
  let opsets = 0
  let graph: Omit<OnnxGraph, 'opset'> | undefined
  const skip = (r: ProtobufReader): void => void r.span()
  const refuse = (what: string) => (): never => {
    throw path.invalid('FUNCTION', `${what} are refused`)
  }
  eachField(
    new ProtobufReader(bytes, path, { left: MAX_FIELDS }),
    {
      1: (r) => void r.int31(),
      2: skip,
      3: skip,
      4: skip,
      5: (r) => void r.int64(),
      6: skip,
      7: (r) => {
        path.push('graph')
        graph = readGraph(r.message(), budget)
        path.pop()
      },
    },
    {
      8: (r) => {
        opsets++
        const { domain, version } = readOpset(r.message())
        if (domain === '') opset = version
      },
      14: skip,
      20: refuse('training graphs'),
      25: refuse('model-local functions'),
      26: refuse('multi-device configurations'),
    },
  )
  if (graph === undefined || opsets === 0) throw path.invalid('TRUNCATED', 'graph or opset_import is missing: this is not an ONNX file')
  return { opset, ...graph }
}

function readOpset(reader: ProtobufReader): { domain: string; version: number } {
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
  return { domain: domain === 'ai.onnx' ? '' : domain, version }
}

function readGraph(reader: ProtobufReader, budget: ElementBudget): Omit<OnnxGraph, 'opset'> {
  const { path } = reader
  const nodes: OnnxNode[] = []
  const inputs: OnnxValue[] = []
  const outputs: OnnxValue[] = []
  const constants = new Map<string, OnnxTensor>()
  const at = <T>(part: string, read: () => T): T => {
    path.push(part)
    const value = read()
    path.pop()
    return value
  }
  const skip = (r: ProtobufReader): void => void r.span()
  eachField(
    reader,
    { 2: skip, 10: skip },
    {
      1: (r) => {
        if (nodes.length === MAX_NODES) throw path.invalid('TOO_COMPLEX', `more than ${MAX_NODES} nodes`)
        nodes.push(at(`node[${nodes.length}]`, () => readNode(r.message(), budget)))
      },
      5: (r) => {
        const tensor = at(`initializer[${constants.size}]`, () => readTensor(r.message(), budget))
        if (constants.has(tensor.name)) throw path.invalid('DUPLICATE_NAME', `two stored tensors "${tensor.name}"`)
        constants.set(tensor.name, tensor)
      },
      11: (r) => void inputs.push(at(`input[${inputs.length}]`, () => readValue(r.message()))),
      12: (r) => void outputs.push(at(`output[${outputs.length}]`, () => readValue(r.message()))),
      13: skip,
      14: skip,
      15: () => {
        throw path.invalid('SPARSE', 'sparse tensors are refused; store them dense')
      },
      16: skip,
    },
  )
  return { nodes, constants, inputs: inputs.filter(({ name }) => !constants.has(name)), outputs }
}
