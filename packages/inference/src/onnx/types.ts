import type { Datatype } from '@opengradient/protocol'

/** TensorProto.DataType: bits of one element, and its name in the Open Inference Protocol if it has one. Complex numbers are not served. */
export const ONNX_TYPES: ReadonlyMap<number, { readonly bits: number; readonly datatype?: Datatype }> = new Map<
  number,
  { bits: number; datatype?: Datatype }
>([
  [1, { bits: 32, datatype: 'FP32' }],
  [2, { bits: 8, datatype: 'UINT8' }],
  [3, { bits: 8, datatype: 'INT8' }],
  [4, { bits: 16, datatype: 'UINT16' }],
  [5, { bits: 16, datatype: 'INT16' }],
  [6, { bits: 32, datatype: 'INT32' }],
  [7, { bits: 64, datatype: 'INT64' }],
  [8, { bits: 0, datatype: 'BYTES' }],
  [9, { bits: 8, datatype: 'BOOL' }],
  [10, { bits: 16, datatype: 'FP16' }],
  [11, { bits: 64, datatype: 'FP64' }],
  [12, { bits: 32, datatype: 'UINT32' }],
  [13, { bits: 64, datatype: 'UINT64' }],
  [16, { bits: 16 }], // bfloat16
  [17, { bits: 8 }], // float8 e4m3fn
  [18, { bits: 8 }], // float8 e4m3fnuz
  [19, { bits: 8 }], // float8 e5m2
  [20, { bits: 8 }], // float8 e5m2fnuz
  [21, { bits: 4 }], // uint4
  [22, { bits: 4 }], // int4
  [23, { bits: 4 }], // float4 e2m1
])

/** The typed list in which a tensor of a type may hold its elements instead of `raw_data`. */
export function listFieldOf(type: number): number {
  if (type === 1) return 4 // float_data
  if (type === 7) return 7 // int64_data
  if (type === 8) return 6 // string_data
  if (type === 11) return 10 // double_data
  if (type === 12 || type === 13) return 11 // uint64_data
  return 5 // int32_data, everything narrower
}
