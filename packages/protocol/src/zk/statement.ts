import { concatBytes, uintBytes } from '../bytes/bytes.ts'
import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { compileTypedStruct } from '../typed-data/compile.ts'

/** Mode of a proof: succinct, not zero-knowledge. Version 1 has no other. */
export const ZK_MODE = 0

/** What a zk proof states: the integer model `zkModelId`, to which the author of `modelId` is committed, maps `x` to `y`. */
export interface ZkStatement {
  /** Network name of the model (`modelIdOf`). */
  modelId: Hex
  /** Hash of the zk manifest: the integer model with its weights. */
  zkModelId: Hex
  /** Values of the inputs as bytes: tensors in the order of the model, row-major little-endian of their type. */
  x: Uint8Array
  /** The same of the outputs. */
  y: Uint8Array
  /** What the proof is for (`zkContext`). */
  ctx: Uint8Array
}

/** EIP-712 types of a statement. A receipt of level zk is an EIP-712 struct that names the hash of this one. */
export const ZK_STATEMENT_TYPES = {
  ZkStatement: [
    { name: 'modelId', type: 'bytes32' },
    { name: 'zkModelId', type: 'bytes32' },
    { name: 'x', type: 'bytes' },
    { name: 'y', type: 'bytes' },
    { name: 'mode', type: 'uint8' },
    { name: 'ctx', type: 'bytes' },
  ],
} as const

const struct = compileTypedStruct(ZK_STATEMENT_TYPES, 'ZkStatement')

/** The `proofRef` of a receipt at level zk: EIP-712 struct hash of the statement. `HeldPayments.statementHash` computes the same. */
export function zkStatementHash({ modelId, zkModelId, x, y, ctx }: ZkStatement): Hex {
  return bytesToHex(struct.hash({ modelId, zkModelId, x: bytesToHex(x), y: bytesToHex(y), mode: ZK_MODE, ctx: bytesToHex(ctx) }))
}

/** Length of `zkContext`. */
export const ZK_CONTEXT_BYTES = 96

/**
 * The caller context of the proof for one request: `abi.encode(chainId, requestId, salt)`, 96 bytes. It makes a proof good for this request
 * on this chain only. `salt`: 32 bytes (`zkSaltOf`), without which the statement's hash would confirm a guessed input.
 */
export function zkContext({ chainId, requestId, salt }: { chainId: bigint; requestId: Hex; salt: Hex }): Uint8Array {
  return concatBytes(uintBytes(chainId, 32), hexToBytes(requestId, 32), hexToBytes(salt, 32))
}
