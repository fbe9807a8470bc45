import { type Datatype, ELEMENT_BYTES, FieldPath, ProtobufReader as Reader, PROTOBUF_WIRE as WIRE } from '@opengradient/protocol'
import type { Tensor } from '../src/engine/tensor.ts'
import { ONNX_TYPES } from '../src/onnx/types.ts'

/** A TensorProto file (`input_0.pb`) with its elements, whether they are raw or in a typed list. */
export function readStoredTensor(bytes: Uint8Array): Omit<Tensor, 'name'> {
  const reader = new Reader(bytes, new FieldPath(), { left: 10_000_000 })
  const dims: bigint[] = []
  let type = 0
  let raw: Uint8Array | undefined
  const integers: bigint[] = []
  const fixed: Uint8Array[] = []
  const texts: Uint8Array[] = []
  while (reader.next()) {
    const { field, wire } = reader
    if (field === 1) reader.int64s(dims, 32)
    else if (field === 2) type = reader.int31()
    else if (field === 9) raw = slice(bytes, reader)
    else if (field === 5 || field === 7 || field === 11) reader.int64s(integers, Number.POSITIVE_INFINITY)
    else if (field === 6) texts.push(slice(bytes, reader))
    else if ((field === 4 || field === 10) && wire === WIRE.bytes) fixed.push(slice(bytes, reader))
    else if (field === 4 || field === 10) {
      const start = reader.at
      reader.fixed(field === 4 ? WIRE.fixed32 : WIRE.fixed64)
      fixed.push(bytes.slice(start, reader.at))
    } else reader.span()
  }
  const datatype = ONNX_TYPES.get(type)?.datatype
  if (datatype === undefined) throw new Error(`a stored tensor of type ${type}`)
  return { datatype, shape: dims.map(Number), data: raw ?? elements(datatype, { integers, fixed, texts }) }
}

function slice(bytes: Uint8Array, reader: Reader): Uint8Array {
  const { start, end } = reader.span()
  return bytes.slice(start, end)
}

function elements(
  datatype: Datatype,
  lists: { integers: readonly bigint[]; fixed: readonly Uint8Array[]; texts: readonly Uint8Array[] },
): Uint8Array {
  if (datatype === 'BYTES') {
    return Buffer.concat(
      lists.texts.flatMap((text) => {
        const length = Buffer.alloc(4)
        length.writeUInt32LE(text.length)
        return [length, Buffer.from(text)]
      }),
    )
  }
  if (lists.fixed.length > 0) return Buffer.concat(lists.fixed)
  const size = ELEMENT_BYTES[datatype]
  const out = new Uint8Array(lists.integers.length * size)
  for (const [i, value] of lists.integers.entries())
    for (let b = 0; b < size; b++) out[i * size + b] = Number((BigInt.asUintN(64, value) >> BigInt(8 * b)) & 0xffn)
  return out
}
