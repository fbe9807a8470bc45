import { eachField, type ProtobufReader } from '@opengradient/protocol'
import { type ElementBudget, readTensor } from './tensor.ts'
import type { OnnxAttribute, OnnxNode } from './types.ts'

const MAX_PORTS = 1024

/** A NodeProto with its attributes. @throws OgError `MODEL_INVALID` */
export function readNode(reader: ProtobufReader, budget: ElementBudget): OnnxNode {
  const { path } = reader
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, OnnxAttribute>()
  let name = ''
  let op = ''
  let domain = ''
  const port = (into: string[]) => (r: ProtobufReader) => {
    if (into.push(r.text()) > MAX_PORTS) throw path.invalid('TOO_COMPLEX', `a node with more than ${MAX_PORTS} inputs or outputs`)
  }
  eachField(
    reader,
    {
      3: (r) => {
        name = r.text()
      },
      4: (r) => {
        op = r.text(256)
      },
      6: (r) => void r.span(),
      7: (r) => {
        domain = r.text(256)
      },
      8: (r) => void r.span(),
    },
    {
      1: port(inputs),
      2: port(outputs),
      5: (r) => {
        const attribute = readAttribute(r.message(), budget)
        if (attributes.has(attribute.name)) throw path.invalid('DUPLICATE_NAME', `two attributes "${attribute.name}"`)
        attributes.set(attribute.name, attribute)
      },
      9: (r) => void r.span(),
      10: (r) => void r.span(),
    },
  )
  return { name, op, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes }
}

function readAttribute(reader: ProtobufReader, budget: ElementBudget): OnnxAttribute {
  const view = new DataView(reader.bytes.buffer, reader.bytes.byteOffset, reader.bytes.byteLength)
  const numbers: number[] = []
  const integers: bigint[] = []
  const texts: string[] = []
  let name = ''
  let tensor: OnnxAttribute['tensor']
  let graph = false
  const floats = (r: ProtobufReader): void => r.fixedOffsets('fixed32', (at) => numbers.push(view.getFloat32(at, true)))
  const text = (r: ProtobufReader): void => void texts.push(r.text(2 ** 16))
  const other = (r: ProtobufReader): void => {
    graph = true
    r.span()
  }
  eachField(
    reader,
    {
      1: (r) => {
        name = r.text(256)
      },
      2: floats,
      3: (r) => void integers.push(r.int64()),
      4: text,
      5: (r) => {
        tensor = readTensor(r.message(), budget)
      },
      6: other,
      13: (r) => void r.span(),
      14: other,
      20: (r) => void r.int31(),
      21: other,
      22: other,
    },
    { 7: floats, 8: (r) => void r.int64s(integers, Number.POSITIVE_INFINITY), 9: text, 10: other, 11: other, 15: other, 23: other },
  )
  for (const value of integers) numbers.push(Number(value))
  return { name, numbers, texts, ...(tensor === undefined ? {} : { tensor }), ...(graph ? { graph: true } : {}) }
}
