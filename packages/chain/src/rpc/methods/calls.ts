import type { CallOptions, CallRequest, CallResult } from '../../chain.ts'
import { type BlockId, blockId, LATEST } from '../codec/blockId.ts'
import { blockOverride, type CallParam, callRequest, stateOverride } from '../codec/call.ts'
import { invalidParams, serverError } from '../codec/error.ts'
import { data, quantity } from '../codec/hex.ts'
import { optional, required } from '../codec/params.ts'
import { revertError } from '../codec/revert.ts'
import { isPending, needBlock, type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'

const spec = [required(callRequest), optional(blockId, LATEST), optional(stateOverride), optional(blockOverride)] as const

/** Times the list is fed back: it changes the gas, which may change the path. Contracts that never settle get the last one. */
const MAX_LIST_ROUNDS = 5

/** Running code without a transaction. A revert is error 3 with the revert data. */
export const callMethods: Readonly<Record<string, RpcMethod>> = {
  eth_call: rpcMethod(spec, async (context, [param, id, overrides, block]) => {
    const { request, height } = prepare(context, param, id)
    return data(succeeded(await context.chain.call(request, height, options(overrides, block, id))).returnData)
  }),

  eth_estimateGas: rpcMethod(spec, async (context, [param, id, overrides, block]) => {
    const { request, height } = prepare(context, param, id)
    return quantity(succeeded(await context.chain.estimateGas(request, height, options(overrides, block, id))).gasUsed)
  }),

  eth_createAccessList: rpcMethod(
    [required(callRequest), optional(blockId, LATEST), optional(stateOverride)],
    async (context, [param, id, overrides]) => {
      const { request, height } = prepare(context, param, id)
      return accessList(context, request, height, { ...options(overrides, undefined, id), accessList: true })
    },
  ),
}

/** Bounds the gas and resolves the block; refuses a request meant for another chain. */
function prepare({ chain, limits }: RpcContext, { chainId, ...request }: CallParam, id: BlockId): { request: CallRequest; height: bigint } {
  if (chainId !== undefined && chainId !== chain.chainId)
    throw invalidParams(`chainId does not match node's (have=${chainId}, want=${chain.chainId})`)
  const { height } = needBlock(chain, id)
  const gas = request.gas !== undefined && request.gas > limits.maxCallGas ? limits.maxCallGas : request.gas
  return { request: gas === undefined ? request : { ...request, gas }, height }
}

/** As in geth, code sees the block whose state it runs on; only `pending` asks for the next one. */
function options(overrides: CallOptions['overrides'], block: CallOptions['block'], id: BlockId): CallOptions {
  return { ...(overrides && { overrides }), ...(block && { block }), sameBlock: !isPending(id) }
}

function succeeded(result: CallResult): CallResult {
  if (result.status === 'revert') throw revertError(result.returnData)
  if (result.status === 'halt') throw serverError(result.error ?? 'execution failed')
  return result
}

async function accessList({ chain }: RpcContext, request: CallRequest, height: bigint, callOptions: CallOptions) {
  let result = await chain.call(request, height, callOptions)
  for (let round = 1; round < MAX_LIST_ROUNDS; round += 1) {
    const list = result.accessList ?? []
    const next = await chain.call({ ...request, accessList: list }, height, callOptions)
    const settled = JSON.stringify(next.accessList ?? []) === JSON.stringify(list)
    result = next
    if (settled) break
  }
  const { status, error, gasUsed } = result
  const failure =
    status === 'revert' ? revertError(result.returnData).message : status === 'halt' ? (error ?? 'execution failed') : undefined
  return { accessList: result.accessList ?? [], gasUsed: quantity(gasUsed), ...(failure !== undefined && { error: failure }) }
}
