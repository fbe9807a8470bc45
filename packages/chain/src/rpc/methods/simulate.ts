import type { Hex } from '@opengradient/protocol'
import { LimitReached } from '../../call/patience.ts'
import { wholeBlock } from '../../ledger/chainBlock.ts'
import { type RefusalReason, SimulationRefusal } from '../../simulate/refusal.ts'
import type { SimulatedBlock, SimulatedCall } from '../../simulate/request.ts'
import { faultOf } from '../../trace/faults.ts'
import { blockJson } from '../codec/block.ts'
import { blockId, LATEST } from '../codec/blockId.ts'
import { limitExceeded, RPC_CODE, RpcError } from '../codec/error.ts'
import { data, quantity } from '../codec/hex.ts'
import { optional, required } from '../codec/params.ts'
import { logJson } from '../codec/receipt.ts'
import { revertError } from '../codec/revert.ts'
import { simulation } from '../codec/simulate.ts'
import { needHeader, type ReadContext, type ReadMethod, rpcMethod } from '../context.ts'

/** The codes of `eth_simulateV1` (execution-apis), by what went wrong. */
const REFUSAL_CODE: Readonly<Record<RefusalReason, number>> = {
  'nonce-too-low': -38010,
  'nonce-too-high': -38011,
  'nonce-exhausted': RPC_CODE.internal,
  'fee-too-low': -38012,
  'gas-too-low': -38013,
  'funds-too-low': -38014,
  'block-full': -38015,
  'number-order': -38020,
  'time-order': -38021,
  'init-code-too-large': -38025,
  limit: -38026,
  override: RPC_CODE.server,
  message: RPC_CODE.invalidParams,
}

/** A fault of the EVM inside of a simulated call. */
const VM_ERROR = -32015

/** Blocks and calls that are made up on top of a committed block. */
export const simulateMethods: Readonly<Record<string, ReadMethod>> = {
  eth_simulateV1: rpcMethod(
    [required(simulation), optional(blockId, LATEST)],
    async ({ chain, limits, heavy }: ReadContext, [request, id]) => {
      const { height } = needHeader(chain, id)
      const bounds = { gas: limits.maxCallGas, milliseconds: limits.maxTraceMilliseconds }
      const blocks = await heavy
        .through(() => chain.simulate(request, height, bounds))
        .catch((error: unknown) => {
          throw publicError(error)
        })
      return blocks.map((block) => simulatedBlockJson(block, request.returnFullTransactions))
    },
  ),
}

function publicError(error: unknown): unknown {
  if (error instanceof SimulationRefusal) return new RpcError(REFUSAL_CODE[error.reason], error.message)
  return error instanceof LimitReached ? limitExceeded(error.message) : error
}

function simulatedBlockJson({ block, calls }: SimulatedBlock, whole: boolean): Record<string, unknown> {
  const found = wholeBlock(block)
  const header = { height: found.height, hash: found.hash, header: block.header }
  return {
    ...blockJson(found, whole),
    calls: calls.map((call, index) => {
      const place = { transactionHash: data(block.transactions[index]!.hash()), transactionIndex: index }
      return { ...callJson(call), logs: call.logs.map((log) => logJson(header, place, log)) }
    }),
  }
}

function callJson({ status, returnData, gasUsed, maxUsedGas, error }: SimulatedCall): Record<string, unknown> {
  return {
    // What a call reverts with is told in its error, as in geth.
    returnData: status === 'success' ? data(returnData) : '0x',
    gasUsed: quantity(gasUsed),
    maxUsedGas: quantity(maxUsedGas),
    status: quantity(status === 'success' ? 1 : 0),
    ...(status === 'revert' && { error: revertJson(returnData) }),
    ...(status === 'halt' && { error: { message: faultOf(error ?? ''), code: VM_ERROR } }),
  }
}

function revertJson(returnData: Uint8Array): { message: string; code: number; data: Hex } {
  return { message: revertError(returnData).message, code: RPC_CODE.reverted, data: data(returnData) }
}
