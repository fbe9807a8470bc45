/** A small writer of ONNX files, for models that tests need and nobody trains: 80 lines of protocol buffers. */

export type Bytes = Uint8Array

const encoder = new TextEncoder()

export function varint(value: number | bigint): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value))
  const out: number[] = []
  do {
    out.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(out)
}

export function join(...parts: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts))
}

/** A varint field. */
export function int(field: number, value: number | bigint): Bytes {
  return join(varint(field * 8), varint(value))
}

/** A length-delimited field: bytes, text or a message. */
export function block(field: number, value: Bytes | string): Bytes {
  const bytes = typeof value === 'string' ? encoder.encode(value) : value
  return join(varint(field * 8 + 2), varint(bytes.length), bytes)
}

export const TYPE = { FLOAT: 1, UINT8: 2, INT32: 6, INT64: 7, STRING: 8, BOOL: 9, FLOAT16: 10, DOUBLE: 11 } as const

/** A TensorProto with `raw_data`. */
export function tensor(
  name: string,
  type: number,
  dims: readonly (number | bigint)[],
  raw: ArrayBufferView | Bytes,
  ...extra: Bytes[]
): Bytes {
  const data = new Uint8Array(raw.buffer, raw.byteOffset, raw.byteLength)
  return join(...dims.map((dim) => int(1, dim)), int(2, type), block(8, name), block(9, data), ...extra)
}

export function int64s(name: string, values: readonly (number | bigint)[], dims: readonly number[] = [values.length]): Bytes {
  return tensor(name, TYPE.INT64, dims, BigInt64Array.from(values, BigInt))
}

export function floats(name: string, values: readonly number[], dims: readonly number[] = [values.length]): Bytes {
  return tensor(name, TYPE.FLOAT, dims, Float32Array.from(values))
}

/** A ValueInfoProto of a tensor; without `shape` its rank is open. */
export function value(name: string, type: number, shape?: readonly (number | string | null)[]): Bytes {
  const dims = shape?.map((dim) => block(1, dim === null ? new Uint8Array() : typeof dim === 'number' ? int(1, dim) : block(2, dim)))
  const tensorType = join(int(1, type), ...(dims === undefined ? [] : [block(2, join(...dims))]))
  return join(block(1, name), block(2, block(1, tensorType)))
}

export const attribute = {
  int: (name: string, i: number | bigint): Bytes => join(block(1, name), int(3, i), int(20, 2)),
  ints: (name: string, values: readonly (number | bigint)[]): Bytes => join(block(1, name), ...values.map((i) => int(8, i)), int(20, 7)),
  text: (name: string, s: string): Bytes => join(block(1, name), block(4, s), int(20, 3)),
  tensor: (name: string, t: Bytes): Bytes => join(block(1, name), block(5, t), int(20, 4)),
  graph: (name: string, g: Bytes): Bytes => join(block(1, name), block(6, g), int(20, 5)),
  sparse: (name: string, s: Bytes): Bytes => join(block(1, name), block(22, s), int(20, 11)),
}

export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Bytes[] = [],
  domain?: string,
): Bytes {
  return join(
    ...inputs.map((name) => block(1, name)),
    ...outputs.map((name) => block(2, name)),
    block(4, opType),
    ...(domain === undefined ? [] : [block(7, domain)]),
    ...attributes.map((a) => block(5, a)),
  )
}

export interface GraphParts {
  readonly nodes: readonly Bytes[]
  readonly inputs?: readonly Bytes[]
  readonly outputs: readonly Bytes[]
  readonly initializers?: readonly Bytes[]
  readonly extra?: readonly Bytes[]
}

export function graph({ nodes, inputs = [], outputs, initializers = [], extra = [] }: GraphParts): Bytes {
  return join(
    ...nodes.map((n) => block(1, n)),
    block(2, 'g'),
    ...initializers.map((t) => block(5, t)),
    ...inputs.map((v) => block(11, v)),
    ...outputs.map((v) => block(12, v)),
    ...extra,
  )
}

export function opset(version: number, domain = ''): Bytes {
  return join(block(1, domain), int(2, version))
}

export function model(
  g: Bytes,
  { opsets = [opset(17)], irVersion = 8, extra = [] }: { opsets?: readonly Bytes[]; irVersion?: number; extra?: readonly Bytes[] } = {},
): Bytes {
  return join(int(1, irVersion), ...opsets.map((o) => block(8, o)), block(7, g), ...extra)
}

/** y = x + x over [N, width] floats: the smallest useful model. */
export function doubler(width = 4): Bytes {
  return model(
    graph({
      nodes: [node('Add', ['x', 'x'], ['y'])],
      inputs: [value('x', TYPE.FLOAT, ['N', width])],
      outputs: [value('y', TYPE.FLOAT, ['N', width])],
    }),
  )
}

/** Counts to `n` (int64 scalar) one by one inside a Loop: takes as long as asked, and gives n back. */
export function sleeper(): Bytes {
  const body = graph({
    nodes: [node('Add', ['acc', 'one'], ['acc_out']), node('Identity', ['cond'], ['cond_out'])],
    inputs: [value('i', TYPE.INT64, []), value('cond', TYPE.BOOL, []), value('acc', TYPE.INT64, [])],
    outputs: [value('cond_out', TYPE.BOOL, []), value('acc_out', TYPE.INT64, [])],
  })
  const yes = tensor('yes', TYPE.BOOL, [], Uint8Array.of(1))
  return model(
    graph({
      nodes: [node('Loop', ['n', 'yes', 'zero'], ['count'], [attribute.graph('body', body)])],
      inputs: [value('n', TYPE.INT64, [])],
      outputs: [value('count', TYPE.INT64, [])],
      initializers: [yes, int64s('zero', [0], []), int64s('one', [1], [])],
    }),
  )
}

/** Entries of a table of three: a place beyond it is refused by the runtime, which says which place. */
export function picker(): Bytes {
  return model(
    graph({
      nodes: [node('Gather', ['table', 'at'], ['y'])],
      inputs: [value('at', TYPE.INT64, ['N'])],
      outputs: [value('y', TYPE.FLOAT, ['N'])],
      initializers: [floats('table', [1, 2, 3])],
    }),
  )
}

/** Sums `shape` (int64[2]) many ones: allocates as much as its input says, which no reader of the file can know. */
export function hoarder(): Bytes {
  return model(
    graph({
      nodes: [
        node('ConstantOfShape', ['shape'], ['ones'], [attribute.tensor('value', floats('', [1]))]),
        node('ReduceSum', ['ones'], ['sum'], [attribute.int('keepdims', 0)]),
      ],
      inputs: [value('shape', TYPE.INT64, [2])],
      outputs: [value('sum', TYPE.FLOAT, [])],
    }),
  )
}
