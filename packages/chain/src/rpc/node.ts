import { setImmediate } from 'node:timers/promises'
import type { Hex, NetworkFile } from '@opengradient/protocol'
import { Turnstile } from '../call/turnstile.ts'
import type { Chain } from '../chain.ts'
import { rulesOf } from '../executor/rules.ts'
import type { RpcContext } from './context.ts'
import { createDispatcher, type Dispatcher, type RpcOutcome } from './dispatcher.ts'
import { Filters } from './filters/filters.ts'
import { Subscriptions } from './filters/subscriptions.ts'
import { tipOracle } from './gas/tips.ts'
import { bounded, type LightBlocks } from './lightBlocks.ts'
import type { RpcLimits } from './limits.ts'
import { developmentMethods } from './methods/development.ts'
import { DEBUG_REFUSED, METHODS } from './methods/index.ts'
import { threadedMethods } from './thread/methods.ts'

export interface RpcNodeOptions {
  readonly limits: RpcLimits
  readonly networkFile: NetworkFile
  /** Of a node on CometBFT. */
  readonly lightBlocks?: LightBlocks | undefined
  /** `web3_clientVersion`. */
  readonly version: string
  /** Unix seconds. */
  readonly now: () => number
  /** Whether the methods of `debug_` are answered; true unless said. */
  readonly debug?: boolean
  /** Milliseconds from now until calls, simulations and traces get threads of their own; 0 unless said. */
  readonly threadsAfter?: number
  /** Fresh ids that nobody can guess. */
  readonly newId: () => Hex
  /** Told of each call that was answered. */
  readonly onAnswered?: ((method: string, outcome: RpcOutcome) => void) | undefined
  /** Told about faults of ours; clients only see "internal error". */
  readonly onFault: (method: string, error: unknown) => void
}

/** JSON-RPC on a chain, without a transport. */
export interface RpcNode {
  readonly dispatcher: Dispatcher
  /** Forgets the filters and subscriptions of a connection that ended. */
  release(owner: string): void
  /** Ends what is still being answered. */
  close(): Promise<void>
}

/** Of up to `maxResponseChars` each, that are made at the same time. */
const LONG_ANSWERS = 4

export function createRpcNode(chain: Chain, options: RpcNodeOptions): RpcNode {
  const { limits, networkFile, lightBlocks, version, now, newId, debug = true, threadsAfter = 0, onAnswered, onFault } = options
  const filters = new Filters(chain, limits, now, newId)
  const clock = { now: () => performance.now(), pause: () => setImmediate() }
  const onUntold = (error: unknown) => onFault('eth_subscription', error)
  const subscriptions = new Subscriptions(chain, limits.maxSubscriptions, newId, { ...clock, onFault: onUntold })
  const context: RpcContext = {
    chain,
    filters,
    subscriptions,
    limits,
    suggestedTip: tipOracle(chain),
    scans: new Turnstile(limits.maxScans, limits.maxWaitingScans, 'searches through blocks and pool'),
    long: new Turnstile(LONG_ANSWERS, limits.maxWaitingCalls, 'long answers'),
    heavy: new Turnstile(limits.maxTraces, limits.maxWaitingTraces),
    ...clock,
    version,
    networkFile,
    lightBlocks: lightBlocks && bounded(lightBlocks),
  }
  const since = performance.now()
  const settled = () => performance.now() - since >= threadsAfter
  // A database in memory is in this thread alone.
  const folder = chain.dataDir
  const threads = folder === undefined ? undefined : threadedMethods({ rules: rulesOf(chain.genesis), folder, limits, settled })
  return {
    dispatcher: createDispatcher({
      methods: { ...METHODS, ...threads?.methods, ...(chain.blockTime && developmentMethods), ...(!debug && DEBUG_REFUSED) },
      context,
      limits,
      onAnswered,
      onInternalError: onFault,
    }),
    release(owner) {
      filters.removeOwner(owner)
      subscriptions.removeOwner(owner)
    },
    async close() {
      filters.close()
      subscriptions.close()
      await threads?.close()
    },
  }
}
