import type { ChainBlock } from '../../chain.ts'
import { serverError } from '../codec/error.ts'
import { type Decoder, optional, required, uint64 } from '../codec/params.ts'
import { type RpcContext, type RpcMethod, rpcMethod } from '../context.ts'

/** Seconds: hex, or a JSON number as tools send it. */
const seconds: Decoder<bigint> = (value, where) =>
  Number.isSafeInteger(value) && Number(value) >= 0 ? BigInt(value as number) : uint64(value, where)

/**
 * What only a development network answers. There is no `evm_snapshot` and `evm_revert`: a signed block is final, on every network.
 */
export const developmentMethods: Readonly<Record<string, RpcMethod>> = {
  /** Makes a block now, at the time given if there is one. */
  evm_mine: rpcMethod([optional(seconds)], async (context, [time]) => {
    if (time !== undefined) timeOf(context).setNext(time)
    await mined(context)
    return '0x0'
  }),

  /** Seconds by which later blocks are ahead of the clock. */
  evm_increaseTime: rpcMethod([required(seconds)], (context, [more]) => Number(timeOf(context).increase(more))),

  evm_setNextBlockTimestamp: rpcMethod([required(seconds)], (context, [time]) => {
    timeOf(context).setNext(time)
    return null
  }),
}

function timeOf({ chain }: RpcContext): NonNullable<RpcContext['chain']['blockTime']> {
  if (!chain.blockTime) throw serverError('this is not a development network')
  return chain.blockTime
}

function mined({ chain }: RpcContext): Promise<ChainBlock> {
  if (!chain.mine || chain.halted()) throw serverError('this node cannot make a block')
  return chain.mine()
}
