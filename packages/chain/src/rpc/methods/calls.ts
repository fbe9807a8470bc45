import type { CallOptions, CallRequest, CallResult } from '../../chain.ts'
import { type BlockId, blockId, LATEST } from '../codec/blockId.ts'
import { blockOverride, type CallParam, callRequest, stateOverride } from '../codec/call.ts'
import { invalidParams, serverError } from '../codec/error.ts'
import { data, quantity } from '../codec/hex.ts'
import { optional, required } from '../codec/params.ts'
import { revertError } from '../codec/revert.ts'
import { isPending, needHeader, type ReadContext, type ReadMethod, rpcMethod } from '../context.ts'

const spec = [required(callRequest), optional(blockId, LATEST), optional(stateOverride), optional(blockOverride)] as const

/** Times the list is fed back: it changes the gas, which may change the path. Contracts that never settle get the last one. */
const MAX_LIST_ROUNDS = 5

/** How the executor says that the gas did not even reach the first instruction, or is offered too little for; clients know geth's words. */
const TOO_LITTLE_TO_BEGIN = /^INTRINSIC_GAS_TOO_LOW/
const TOO_CHEAP = /^Transaction's \w+ \((\d+)\) is less than the block's baseFeePerGas \((\d+)\)/
const OUT_OF_GAS = /^(out of gas|INTRINSIC_GAS_TOO_LOW)/

/** Running code without a transaction. A revert is error 3 with the revert data. */
export const callMethods: Readonly<Record<string, ReadMethod>> = {
  eth_call: rpcMethod(spec, async (context: ReadContext, [param, id, overrides, block]) => {
    const { request, height } = prepare(context, param, id)
    return data(succeeded(await context.chain.call(request, height, callOptions(overrides, block, id))).returnData)
  }),

  eth_estimateGas: rpcMethod(spec, async (context: ReadContext, [param, id, overrides, block]) => {
    const { request, height } = prepare(context, param, id)
    const gas = await allowance(context, request, height, overrides)
    const result = await context.chain.estimateGas({ ...request, gas }, height, callOptions(overrides, block, id))
    if (result.status === 'halt' && OUT_OF_GAS.test(result.error ?? '')) throw serverError(`gas required exceeds allowance (${gas})`)
    return quantity(succeeded(result).gasUsed)
  }),

  eth_createAccessList: rpcMethod(
    [required(callRequest), optional(blockId, LATEST), optional(stateOverride)],
    async (context: ReadContext, [param, id, overrides]) => {
      const { request, height } = prepare(context, param, id)
      return accessList(context, request, height, { ...callOptions(overrides, undefined, id), accessList: true })
    },
  ),
}

/** Bounds the gas and resolves the block; refuses a request meant for another chain. */
export function prepare(
  { chain, limits }: ReadContext,
  { chainId, ...request }: CallParam,
  id: BlockId,
): { request: CallRequest; height: bigint } {
  if (chainId !== undefined && chainId !== chain.chainId)
    throw invalidParams(`chainId does not match node's (have=${chainId}, want=${chain.chainId})`)
  const { height } = needHeader(chain, id)
  const gas = request.gas !== undefined && request.gas > limits.maxCallGas ? limits.maxCallGas : request.gas
  return { request: gas === undefined ? request : { ...request, gas }, height }
}

/** The most gas an estimate may try: what the caller says, what one call may burn, and what the sender can pay at the price named. */
async function allowance(
  { chain, limits }: ReadContext,
  request: CallRequest,
  height: bigint,
  overrides: CallOptions['overrides'],
): Promise<bigint> {
  const most = request.gas ?? limits.maxCallGas
  const price = request.gasPrice ?? request.maxFeePerGas ?? 0n
  if (price === 0n || request.from === undefined) return most
  const balance = overrides?.get(request.from)?.balance ?? (await chain.state(height).account(request.from))?.balance ?? 0n
  const spendable = balance - (request.value ?? 0n)
  // Without even the value the estimate itself says what is missing.
  if (spendable < 0n) return most
  const affordable = spendable / price
  return affordable < most ? affordable : most
}

/** As in geth, code sees the block whose state it runs on; only `pending` asks for the next one. */
export function callOptions(overrides: CallOptions['overrides'], block: CallOptions['block'], id: BlockId): CallOptions {
  return { ...(overrides && { overrides }), ...(block && { block }), sameBlock: !isPending(id) }
}

function succeeded(result: CallResult): CallResult {
  if (result.status === 'revert') throw revertError(result.returnData)
  if (result.status === 'halt') throw serverError(haltReason(result))
  return result
}

const haltReason = ({ error = 'execution failed' }: CallResult): string =>
  error
    .replace(TOO_LITTLE_TO_BEGIN, 'intrinsic gas too low')
    .replace(TOO_CHEAP, 'max fee per gas less than block base fee: maxFeePerGas: $1, baseFee: $2')

async function accessList({ chain }: ReadContext, request: CallRequest, height: bigint, options: CallOptions) {
  let result = await chain.call(request, height, options)
  for (let round = 1; round < MAX_LIST_ROUNDS; round += 1) {
    const list = result.accessList ?? []
    const next = await chain.call({ ...request, accessList: list }, height, options)
    const settled = JSON.stringify(next.accessList ?? []) === JSON.stringify(list)
    result = next
    if (settled) break
  }
  const { status, gasUsed } = result
  const failure = status === 'revert' ? revertError(result.returnData).message : status === 'halt' ? haltReason(result) : undefined
  return { accessList: result.accessList ?? [], gasUsed: quantity(gasUsed), ...(failure !== undefined && { error: failure }) }
}
