import { concatBytes, utf8 } from '@opengradient/protocol'

/** A small writer of ONNX files for tests and benchmarks. */

export type Bytes = Uint8Array

function varint(value: number | bigint): Bytes {
  let rest = BigInt.asUintN(64, BigInt(value))
  const out: number[] = []
  do {
    out.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0))
    rest >>= 7n
  } while (rest > 0n)
  return Uint8Array.from(out)
}

/** A varint field. */
export function int(field: number, value: number | bigint): Bytes {
  return concatBytes(varint(field * 8), varint(value))
}

/** A length-delimited field: bytes, text or a message. */
export function block(field: number, value: Bytes | string): Bytes {
  const bytes = typeof value === 'string' ? utf8(value) : value
  return concatBytes(varint(field * 8 + 2), varint(bytes.length), bytes)
}

/** A TensorProto of floats. */
export function floats(name: string, dims: readonly number[], values: ArrayLike<number>): Bytes {
  const data = new Uint8Array(Float32Array.from(values).buffer)
  return concatBytes(...dims.map((dim) => int(1, dim)), int(2, 1), block(8, name), block(9, data))
}

/** A TensorProto of int64. */
export function int64s(name: string, values: readonly number[]): Bytes {
  const data = new Uint8Array(BigInt64Array.from(values, BigInt).buffer)
  return concatBytes(int(1, values.length), int(2, 7), block(8, name), block(9, data))
}

/** A ValueInfoProto of a tensor; `type` 1 is float32. Texts are open dimensions. */
export function value(name: string, shape: readonly (number | string)[], type = 1): Bytes {
  const dims = shape.map((dim) => block(1, typeof dim === 'number' ? int(1, dim) : block(2, dim)))
  return concatBytes(block(1, name), block(2, block(1, concatBytes(int(1, type), block(2, concatBytes(...dims))))))
}

export const attribute = {
  int: (name: string, i: number): Bytes => concatBytes(block(1, name), int(3, i), int(20, 2)),
  ints: (name: string, list: readonly number[]): Bytes => concatBytes(block(1, name), ...list.map((i) => int(8, i)), int(20, 7)),
  float: (name: string, f: number): Bytes =>
    concatBytes(block(1, name), Uint8Array.of(0x15), new Uint8Array(Float32Array.of(f).buffer), int(20, 1)),
  floats: (name: string, list: readonly number[]): Bytes =>
    concatBytes(block(1, name), block(7, new Uint8Array(Float32Array.from(list).buffer)), int(20, 6)),
  text: (name: string, s: string): Bytes => concatBytes(block(1, name), block(4, s), int(20, 3)),
  texts: (name: string, list: readonly string[]): Bytes => concatBytes(block(1, name), ...list.map((s) => block(9, s)), int(20, 8)),
}

/** A NodeProto; its name is that of its first output. */
export function node(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: readonly Bytes[] = [],
  domain = '',
): Bytes {
  return concatBytes(
    ...inputs.map((name) => block(1, name)),
    ...outputs.map((name) => block(2, name)),
    block(3, outputs[0]!),
    block(4, op),
    ...attributes.map((a) => block(5, a)),
    ...(domain === '' ? [] : [block(7, domain)]),
  )
}

export interface GraphParts {
  readonly nodes: readonly Bytes[]
  readonly inputs: readonly Bytes[]
  readonly outputs: readonly Bytes[]
  readonly constants?: readonly Bytes[]
}

/** A ModelProto of operator set 17. */
export function model({ nodes, inputs, outputs, constants = [] }: GraphParts, opset = 17): Bytes {
  const graph = concatBytes(
    ...nodes.map((n) => block(1, n)),
    block(2, 'g'),
    ...constants.map((t) => block(5, t)),
    ...inputs.map((v) => block(11, v)),
    ...outputs.map((v) => block(12, v)),
  )
  const ml = concatBytes(block(1, 'ai.onnx.ml'), int(2, 3))
  return concatBytes(int(1, 8), block(8, int(2, opset)), block(8, ml), block(7, graph))
}
