import type { Hex } from '@opengradient/protocol'
import { LimitReached, Patience } from '../../call/patience.ts'
import type { ChainBlock } from '../../chain.ts'
import { Output } from '../../trace/output.ts'
import { type ReplayBounds, type TransactionTrace, traceBlock } from '../../trace/replay.ts'
import type { Outcome, Tracer } from '../../trace/tracer.ts'
import { blockId, blockNumberOrTag, LATEST } from '../codec/blockId.ts'
import { blockOverride, callRequest, stateOverride } from '../codec/call.ts'
import { limitExceeded, serverError } from '../codec/error.ts'
import { type Decoder, hash, member, optional, record, required } from '../codec/params.ts'
import { DEFAULT_TRACER, traceOptions } from '../codec/trace.ts'
import { findBlock, type ReadContext, type ReadMethod, rpcMethod } from '../context.ts'
import { callOptions, prepare } from './calls.ts'

const how = optional(traceOptions, DEFAULT_TRACER)

/** A trace of a call also takes the overrides of `eth_call`, among its options. */
const callTraceOptions: Decoder<{
  readonly tracer: Tracer
  readonly overrides: ReturnType<typeof stateOverride> | undefined
  readonly block: ReturnType<typeof blockOverride> | undefined
}> = (value, where) => ({
  tracer: traceOptions(value, where),
  overrides: member(record(value, where), 'stateOverrides', stateOverride, where),
  block: member(record(value, where), 'blockOverrides', blockOverride, where),
})

/** Running transactions again, watched. */
export const traceMethods: Readonly<Record<string, ReadMethod>> = {
  debug_traceTransaction: rpcMethod([required(hash), how], async (context: ReadContext, [wanted, tracer]) => {
    const place = context.chain.locate(wanted)
    const block = place && context.chain.blockByNumber(place.height)
    if (!block) throw serverError('transaction not found')
    const [trace] = await traced(context, block, tracer, place.index)
    return trace!.result
  }),

  debug_traceBlockByNumber: rpcMethod([required(blockNumberOrTag), how], (context: ReadContext, [id, tracer]) => {
    const block = findBlock(context.chain, id)
    if (!block) throw serverError(`block ${'height' in id ? `#${id.height}` : 'tag'} not found`)
    return traced(context, block, tracer)
  }),

  debug_traceBlockByHash: rpcMethod([required(hash), how], (context: ReadContext, [wanted, tracer]) => {
    const block = context.chain.blockByHash(wanted)
    if (!block) throw serverError(`block ${wanted} not found`)
    return traced(context, block, tracer)
  }),

  debug_traceCall: rpcMethod(
    [
      required(callRequest),
      optional(blockId, LATEST),
      optional(callTraceOptions, { tracer: DEFAULT_TRACER, overrides: undefined, block: undefined }),
    ],
    async (context: ReadContext, [param, id, { tracer, overrides, block }]) => {
      const { request, height } = prepare(context, param, id)
      const gasLimit = request.gas ?? context.limits.maxCallGas
      let finish: ((outcome: Outcome) => unknown) | undefined
      const message = { ...request, gas: gasLimit }
      const result = await heavily(context, (bounds) =>
        context.chain.watchedCall(message, height, callOptions(overrides, block, id), ({ vm, state }, { header }) => {
          const from = request.from ?? ZERO
          finish = tracer({ vm, state, ...bounds, from, to: request.to, coinbase: header.coinbase.toString(), gasLimit })
        }),
      )
      // It never began: not enough money or gas.
      if (result.status === 'halt' && result.gasUsed === 0n) throw serverError(result.error ?? 'the call cannot be made')
      return finish!({ gasUsed: result.gasUsed, failed: result.status !== 'success', returnData: result.returnData })
    },
  ),
}

const ZERO: Hex = `0x${'0'.repeat(40)}`

async function traced(context: ReadContext, block: ChainBlock, tracer: Tracer, index?: number): Promise<TransactionTrace[]> {
  if (block.height === 0n) throw serverError('genesis is not traceable')
  const replay = await context.chain.replay(block.height)
  return heavily(context, (bounds) => traceBlock(replay, block, tracer, bounds, index))
}

/** Does the work when there is room for it, within bounds. What took too much is the client's to ask differently. */
async function heavily<T>({ limits, heavy, now, pause }: ReadContext, work: (bounds: ReplayBounds) => Promise<T>): Promise<T> {
  try {
    return await heavy.through(() => {
      const patience = new Patience({ milliseconds: limits.maxTraceMilliseconds, now, pause })
      return work({ patience, output: new Output(limits.maxResponseChars) })
    })
  } catch (error) {
    throw error instanceof LimitReached ? limitExceeded(error.message) : error
  }
}
