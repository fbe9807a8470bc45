import type { ModelIo } from '../convert/io.ts'
import type { Decode } from '../convert/real/value.ts'
import { cellsOf } from '../ir/axes.ts'
import type { Fail } from '../ir/fail.ts'
import { readerOf } from '../ir/read.ts'
import type { Ir } from '../ir/types.ts'

const MAX_TEXT = 256
const MAX_RANK = 8
const MAX_LENGTH = 2 ** 26
const MAX_PORTS = 64
const MAX_PARTS = 1024
const MAX_LABELS = 2 ** 16
const LINKS = ['none', 'logistic', 'softmax'] as const
const BINARIES = ['complement', 'negate'] as const

/** The mapping as values that CBOR without floats can hold: a threshold is the 8 big-endian bytes of its double. */
export function ioToPlain({ batch, inputs, outputs }: ModelIo): object {
  return {
    batch: batch ? 1 : 0,
    inputs: inputs.map(({ name, shape, parts }) => ({ name, shape, parts: parts.map(({ input, start, count }) => [input, start, count]) })),
    outputs: outputs.map(({ name, shape, output, decode }) => ({ name, shape, output, decode: decodeToPlain(decode) })),
  }
}

/** The mapping from untrusted plain values; it fits the integer model. Refuses through `fail`. */
export function ioFromPlain(value: unknown, ir: Ir, fail: Fail): ModelIo {
  const read = readerOf(fail)
  const map = read.map(value, 'io', ['batch', 'inputs', 'outputs'])
  const shape = (axes: unknown, place: string) => read.ints(axes, place, 1, MAX_LENGTH, MAX_RANK)
  const inputs = read.list(map.inputs, 'io.inputs', MAX_PORTS, 1).map((entry, i) => {
    const place = `io.inputs[${i}]`
    const fields = read.map(entry, place, ['name', 'shape', 'parts'])
    const parts = read.list(fields.parts, `${place}.parts`, MAX_PARTS).map((part, j) => {
      const [input, start, count] = read.list(part, `${place}.parts[${j}]`, 3, 3)
      return {
        input: read.int(input, `${place}.parts[${j}][0]`, 0, ir.inputs.length - 1),
        start: read.int(start, `${place}.parts[${j}][1]`, 0, MAX_LENGTH),
        count: read.int(count, `${place}.parts[${j}][2]`, 1, MAX_LENGTH),
      }
    })
    return { name: read.text(fields.name, `${place}.name`, MAX_TEXT), shape: shape(fields.shape, `${place}.shape`), parts }
  })
  const outputs = read.list(map.outputs, 'io.outputs', MAX_PORTS, 1).map((entry, i) => {
    const place = `io.outputs[${i}]`
    const fields = read.map(entry, place, ['name', 'shape', 'output', 'decode'])
    return {
      name: read.text(fields.name, `${place}.name`, MAX_TEXT),
      shape: shape(fields.shape, `${place}.shape`),
      output: read.int(fields.output, `${place}.output`, 0, ir.outputs.length - 1),
      decode: decodeFromPlain(fields.decode, `${place}.decode`, fail),
    }
  })
  const io: ModelIo = { batch: read.int(map.batch, 'io.batch', 0, 1) === 1, inputs, outputs }
  checkNames(io, fail)
  checkParts(io, ir, fail)
  checkOutputs(io, ir, fail)
  return io
}

function decodeToPlain(decode: Decode): object {
  if (decode.kind !== 'label' || decode.threshold === undefined) return decode
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, decode.threshold)
  return { ...decode, threshold: bytes }
}

function decodeFromPlain(value: unknown, place: string, fail: Fail): Decode {
  const read = readerOf(fail)
  const kind = value instanceof Map ? value.get('kind') : undefined
  if (kind === 'values') {
    read.map(value, place, ['kind'])
    return { kind }
  }
  if (kind === 'link') {
    const map = read.map(value, place, ['kind', 'link', 'columns'], ['binary'])
    const columns = read.int(map.columns, `${place}.columns`, 1, MAX_LENGTH)
    const link = LINKS.find((name) => name === map.link) ?? fail(`${place}.link`, `is not one of ${LINKS.join(', ')}`)
    if (map.binary === undefined) return { kind, link, columns }
    return { kind, link, columns, binary: BINARIES.find((name) => name === map.binary) ?? fail(`${place}.binary`, 'is unknown') }
  }
  if (kind !== 'label') fail(`${place}.kind`, 'is not values, link or label')
  const map = read.map(value, place, ['kind', 'columns', 'labels'], ['threshold'])
  const columns = read.int(map.columns, `${place}.columns`, 1, MAX_LENGTH)
  const labels = read
    .list(map.labels, `${place}.labels`, MAX_LABELS, 1)
    .map((label, i) =>
      typeof label === 'string'
        ? read.text(label, `${place}.labels[${i}]`, MAX_TEXT)
        : read.int(label, `${place}.labels[${i}]`, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER),
    )
  if (new Set(labels.map((label) => typeof label)).size > 1) fail(`${place}.labels`, 'are texts and numbers; one tensor holds one of them')
  if (map.threshold === undefined) return { kind: 'label', columns, labels }
  const bytes = read.bytes(map.threshold, `${place}.threshold`, 8)
  const threshold = new DataView(bytes.buffer, bytes.byteOffset).getFloat64(0)
  if (!Number.isFinite(threshold)) fail(`${place}.threshold`, 'is not finite')
  return { kind: 'label', columns, labels, threshold }
}

function checkNames({ inputs, outputs }: ModelIo, fail: Fail): void {
  for (const [place, ports] of Object.entries({ inputs, outputs }))
    if (new Set(ports.map(({ name }) => name)).size !== ports.length) fail(`io.${place}`, 'names one tensor twice')
}

/** Every input of the integer model is given whole, once, from inside a tensor. */
function checkParts({ inputs }: ModelIo, ir: Ir, fail: Fail): void {
  const given = new Set<number>()
  for (const [i, { shape, parts }] of inputs.entries()) {
    const size = cellsOf(shape)
    for (const [j, { input, start, count }] of parts.entries()) {
      const place = `io.inputs[${i}].parts[${j}]`
      if (start + count > size) fail(place, `ends behind the ${size} elements of the tensor`)
      const cells = cellsOf(ir.tensors[ir.inputs[input]!]!.axes)
      if (cells !== count) fail(place, `gives ${count} elements; input ${input} has ${cells}`)
      if (given.has(input)) fail(place, `gives input ${input} a second time`)
      given.add(input)
    }
  }
  for (let input = 0; input < ir.inputs.length; input++) if (!given.has(input)) fail('io.inputs', `gives no input ${input}`)
}

/** The scores of an output are whole rows, each decoded to what the declared shape holds. */
function checkOutputs({ outputs }: ModelIo, ir: Ir, fail: Fail): void {
  for (const [i, { output, shape, decode }] of outputs.entries()) {
    const place = `io.outputs[${i}]`
    const scores = cellsOf(ir.tensors[ir.outputs[output]!]!.axes)
    const columns = decode.kind === 'values' ? scores : decode.columns
    if (scores % columns !== 0) fail(`${place}.decode.columns`, `are ${columns}; output ${output} has ${scores} scores`)
    const width = decode.kind === 'values' ? columns : rowWidth(decode, columns, `${place}.decode`, fail)
    const cells = (scores / columns) * width
    if (cellsOf(shape) !== cells) fail(`${place}.shape`, `has ${cellsOf(shape)} elements; output ${output} gives ${cells}`)
  }
}

/** Elements that a row of scores becomes. */
function rowWidth(decode: Exclude<Decode, { kind: 'values' }>, columns: number, place: string, fail: Fail): number {
  const binary = decode.kind === 'label' ? decode.threshold !== undefined : decode.binary !== undefined
  if (binary && columns !== 1) fail(place, `decides two classes by one score, of ${columns}`)
  const classes = binary ? 2 : columns
  if (decode.kind === 'link') return classes
  if (decode.labels.length !== classes) fail(`${place}.labels`, `are ${decode.labels.length} for ${classes} classes`)
  return 1
}
