/** What the validator lets pass. A file over one of these is refused before any engine sees it. */
export interface OnnxLimits {
  /** Bytes of the file. */
  readonly maxBytes: number
  /** Elements of any tensor whose size the file fixes without storing it: declared, sparse, or made from constants. */
  readonly maxElements: number
  readonly maxNodes: number
  /** Graphs inside graphs (If, Loop, Scan). */
  readonly maxDepth: number
  /** What reading may cost (`ProtobufBudget`), as so many fields that are skipped: bounds time and memory, whatever the fields are. It takes two seconds at most. */
  readonly maxFields: number
  readonly minOpset: number
  readonly maxOpset: number
}

export const DEFAULT_ONNX_LIMITS: OnnxLimits = {
  maxBytes: 2 ** 31 - 1,
  maxElements: 2 ** 28,
  maxNodes: 100_000,
  maxDepth: 8,
  maxFields: 40_000_000,
  minOpset: 1,
  maxOpset: 30,
}
