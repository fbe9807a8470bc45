import { type ErrorCode, OgError } from '@opengradient/protocol'

/** A failure that a JSON-RPC client sees: `{ code, message, data? }`. Codes follow EIP-1474 and what geth answers. */
export class RpcError extends Error {
  readonly code: number
  readonly data: unknown

  constructor(code: number, message: string, data?: unknown) {
    super(message)
    this.name = 'RpcError'
    this.code = code
    this.data = data
  }
}

/** The JSON-RPC codes this node answers with. */
export const RPC_CODE = {
  /** The body is not JSON. */
  parse: -32700,
  /** The JSON is not a request. */
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internal: -32603,
  /** The call failed for a reason the caller can understand: unknown block, refused transaction, out of gas. */
  server: -32000,
  /** Too much asked for at once (EIP-1474 "limit exceeded"). */
  limit: -32005,
  /** Blocks that this node does not keep (EIP-4444). */
  pruned: 4444,
  /** The call reverted; `data` holds the revert data. */
  reverted: 3,
} as const

/** Parameters that cannot be read: `-32602`, worded as geth words it. */
export const invalidParams = (message: string): RpcError => new RpcError(RPC_CODE.invalidParams, message)

/** More than this node answers in one go: `-32005`. The message says the limit and how to stay below it. */
export const limitExceeded = (message: string): RpcError => new RpcError(RPC_CODE.limit, message)

/** Blocks from before the snapshot with which this node began: `4444`, as geth words it. */
export const prunedHistory = (): RpcError => new RpcError(RPC_CODE.pruned, 'pruned history unavailable')

/** A request that was understood and failed: `-32000`. */
export const serverError = (message: string): RpcError => new RpcError(RPC_CODE.server, message)

/** Faults of the node, which are for its operator: their messages may name what is none of the client's business. */
const OURS: readonly ErrorCode[] = ['INTERNAL', 'CHAIN_DATA_CORRUPT']

/** The error as the client may see it; undefined when it is a fault of ours. */
export function publicError(error: unknown): RpcError | undefined {
  if (error instanceof RpcError) return error
  if (!(error instanceof OgError) || OURS.includes(error.code)) return undefined
  return new RpcError(RPC_CODE.server, error.message, error.toJSON())
}
