import fc from 'fast-check'
import { encodeAbiParameters, hashStruct } from 'viem'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../bytes/hex.ts'
import { hash32 } from '../testkit/arbitraries.testkit.ts'
import { ZK_CONTEXT_BYTES, ZK_STATEMENT_TYPES, type ZkStatement, zkContext, zkStatementHash } from './statement.ts'

const bytes = fc.uint8Array({ maxLength: 100 })
const statements = fc.record({ modelId: hash32, zkModelId: hash32, x: bytes, y: bytes, ctx: bytes })

describe('the hash of a statement', () => {
  it('is the EIP-712 struct hash that viem computes, in mode 0', () => {
    fc.assert(
      fc.property(statements, (statement) => {
        const data = {
          ...statement,
          x: bytesToHex(statement.x),
          y: bytesToHex(statement.y),
          ctx: bytesToHex(statement.ctx),
          mode: 0,
        }
        expect(zkStatementHash(statement)).toBe(hashStruct({ data, primaryType: 'ZkStatement', types: ZK_STATEMENT_TYPES }))
      }),
    )
  })

  it('changes with each part, and with bytes moved from one part to the next', () => {
    const one: ZkStatement = {
      modelId: `0x${'11'.repeat(32)}`,
      zkModelId: `0x${'22'.repeat(32)}`,
      x: Uint8Array.of(1, 2),
      y: Uint8Array.of(3),
      ctx: Uint8Array.of(4),
    }
    const others: Partial<ZkStatement>[] = [
      { modelId: one.zkModelId },
      { zkModelId: one.modelId },
      { x: Uint8Array.of(1) },
      { x: Uint8Array.of(1, 2, 0) },
      { x: Uint8Array.of(1), y: Uint8Array.of(2, 3) },
      { y: Uint8Array.of(3, 4), ctx: new Uint8Array() },
      { ctx: Uint8Array.of(5) },
    ]
    expect(new Set([one, ...others.map((other) => ({ ...one, ...other }))].map(zkStatementHash)).size).toBe(1 + others.length)
  })
})

describe('the context of a proof', () => {
  it('is the ABI encoding of chain, request and salt', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), hash32, hash32, (chainId, requestId, salt) => {
        const ctx = zkContext({ chainId, requestId, salt })
        expect(ctx).toHaveLength(ZK_CONTEXT_BYTES)
        const types = [{ type: 'uint256' }, { type: 'bytes32' }, { type: 'bytes32' }] as const
        expect(bytesToHex(ctx)).toBe(encodeAbiParameters(types, [chainId, requestId, salt]))
      }),
    )
  })
})
