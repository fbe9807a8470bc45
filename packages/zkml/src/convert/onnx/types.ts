/** A tensor stored in the file. `data` holds the values as doubles (exact for every type read but int64 beyond 2^53, which saturates). */
export interface OnnxTensor {
  readonly name: string
  /** TensorProto.DataType. */
  readonly type: number
  readonly dims: readonly number[]
  readonly data: Float64Array
}

/** The value of an attribute: numbers, texts or one tensor; a subgraph is only noted, since no operator in scope has one. */
export interface OnnxAttribute {
  readonly name: string
  readonly numbers: readonly number[]
  readonly texts: readonly string[]
  readonly tensor?: OnnxTensor
  readonly graph?: true
}

/** One operation of the graph as the file has it. `domain` is '' for the standard operators, `ai.onnx.ml` for the classical ones. */
export interface OnnxNode {
  readonly name: string
  readonly op: string
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

/** Declared input or output: element type and dimensions; null where the file leaves a dimension open. */
export interface OnnxValue {
  readonly name: string
  readonly type: number
  readonly shape?: readonly (number | string | null)[]
}

/** What the converter reads out of a file. */
export interface OnnxGraph {
  /** Version of the standard operator set; 1 when only `ai.onnx.ml` is imported. */
  readonly opset: number
  readonly nodes: readonly OnnxNode[]
  readonly constants: ReadonlyMap<string, OnnxTensor>
  /** Declared inputs without those that have a stored value. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
}

/** Element types by TensorProto.DataType. */
export const ONNX_TYPE = { float: 1, uint8: 2, int8: 3, int32: 6, int64: 7, string: 8, bool: 9, double: 11 } as const
