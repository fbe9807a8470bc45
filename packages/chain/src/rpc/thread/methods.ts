import type { ChainRules } from '../../executor/rules.ts'
import { type ReadContext, type RpcContext, refuseWhileRestoring } from '../context.ts'
import type { RpcLimits } from '../limits.ts'
import type { Method, MethodTable } from '../method.ts'
import { callMethods } from '../methods/calls.ts'
import { simulateMethods } from '../methods/simulate.ts'
import { traceMethods } from '../methods/trace.ts'
import { Lane } from './lane.ts'

/** Milliseconds that a simulation or trace gets to end by itself, which it does between two steps; one step may take longer than all its time. */
const GRACE = 1_000

export interface ThreadedOptions {
  readonly rules: ChainRules
  /** The chain's database. */
  readonly folder: string
  readonly limits: RpcLimits
  /** Until then methods are answered in the thread that asks: to start another one takes half a second of CPU. */
  readonly settled: () => boolean
}

export interface ThreadedMethods {
  readonly methods: MethodTable<RpcContext>
  /** Ends the threads; who still waits is told so. */
  close(): Promise<void>
}

/**
 * The methods that run code for clients, answered by threads of their own with the chain's database open: consensus goes on meanwhile,
 * whatever is asked. Calls do not wait for simulations and traces, which may take long by their nature.
 */
export function threadedMethods({ rules, folder, limits, settled }: ThreadedOptions): ThreadedMethods {
  const options = { folder, rules, limits }
  const calls = new Lane(options, {
    width: limits.maxCalls,
    line: limits.maxWaitingCalls,
    time: { limit: limits.maxCallMilliseconds, grace: 0 },
    what: 'calls',
  })
  const heavy = new Lane(options, {
    width: limits.maxTraces,
    line: limits.maxWaitingTraces,
    time: { limit: limits.maxTraceMilliseconds, grace: GRACE },
    what: 'simulations and traces',
  })
  const over = (lane: Lane, methods: MethodTable<ReadContext>): MethodTable<RpcContext> =>
    Object.fromEntries(
      Object.entries(methods).map(([name, here]): [string, Method<RpcContext>] => {
        const there = asked(lane, name)
        return [name, (context, params, client) => (settled() ? there : here)(context, params, client)]
      }),
    )
  return {
    methods: { ...over(calls, callMethods), ...over(heavy, { ...simulateMethods, ...traceMethods }) },
    close: async () => {
      await Promise.all([calls.close(), heavy.close()])
    },
  }
}

const asked =
  (lane: Lane, method: string): Method<RpcContext> =>
  ({ chain }, params) => {
    refuseWhileRestoring(chain)
    return lane.ask(() => ({ method, params, first: chain.firstBlock(), height: chain.head().height }))
  }
