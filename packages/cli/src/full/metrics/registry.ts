import type { Chain } from '@opengradient/chain'
import { Counter, Gauge, histogram, type Registry, ScrapedRegistry } from '@opengradient/inference/metrics'
import type { EngineView } from '../engineStatus.ts'
import type { NodeCounts } from './counts.ts'
import type { DiskUse } from './disk.ts'

export interface NodeMetrics {
  readonly chain: Pick<Chain, 'head' | 'pool' | 'halted' | 'restoring'>
  readonly counts: NodeCounts
  /** How CometBFT is; undefined when it does not answer. */
  readonly engine: () => Promise<EngineView | undefined>
  readonly disk: () => Promise<DiskUse>
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Everything Prometheus may know of a full node, read when somebody scrapes. CometBFT has metrics of its own. */
export function nodeMetrics({ chain, counts, engine, disk, now }: NodeMetrics): Registry {
  const registry = new ScrapedRegistry()
  const gauge = (name: string, help: string, read: () => number | Promise<number>): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect: async function collect() {
        this.set(await read())
      },
    })
  }
  const counter = (name: string, help: string, read: () => number): void => {
    new Counter({
      name,
      help,
      registers: [registry],
      collect: function collect() {
        this.reset()
        this.inc(read())
      },
    })
  }

  gauge('og_chain_height', 'Height of the last committed block', () => Number(chain.head().height))
  gauge('og_chain_block_age_seconds', 'Seconds since the time of the last committed block', () => now() / 1000 - timeOf(chain))
  gauge('og_chain_halted', '1 once no block can be made any more', () => (chain.halted() ? 1 : 0))
  gauge('og_chain_restoring', '1 while the state is being restored from a snapshot', () => (chain.restoring() === undefined ? 0 : 1))
  counter('og_chain_transactions_total', 'Transactions of the blocks since the start', () => counts.transactions)
  counter('og_chain_gas_total', 'Gas of the blocks since the start', () => Number(counts.gas))
  histogram(registry, 'og_chain_block_execution_seconds', 'Running one block', [], () => [[{}, counts.steps.run]])
  histogram(registry, 'og_chain_block_commit_seconds', 'Storing one block', [], () => [[{}, counts.steps.commit]])
  gauge('og_chain_database_bytes', 'Files of the state database; at most a minute old', async () => (await disk()).used)
  gauge('og_chain_disk_free_bytes', 'Free where the database lies; at most a minute old', async () => (await disk()).free)

  new Gauge({
    name: 'og_pool_transactions',
    help: 'Transactions in the pool: those that can run now, and those that wait for an earlier nonce',
    labelNames: ['state'] as const,
    registers: [registry],
    collect: function collect() {
      const { pending, queued } = chain.pool.count()
      this.set({ state: 'pending' }, pending)
      this.set({ state: 'queued' }, queued)
    },
  })
  new Counter({
    name: 'og_rpc_requests_total',
    help: 'Calls of JSON-RPC by method and outcome: ok, refused, limited, fault',
    labelNames: ['method', 'outcome'] as const,
    registers: [registry],
    collect: function collect() {
      this.reset()
      for (const [method, outcomes] of counts.calls) for (const [outcome, count] of outcomes) this.inc({ method, outcome }, count)
    },
  })

  // One question for all four, which are collected together.
  let asked: Promise<EngineView | undefined> | undefined
  const ofEngine = (name: string, help: string, read: (seen: EngineView) => number | undefined, otherwise = Number.NaN): void =>
    gauge(name, help, async () => {
      asked ??= engine().finally(() => {
        asked = undefined
      })
      const seen = await asked
      return (seen && read(seen)) ?? otherwise
    })
  const behind = ({ highestPeer }: EngineView) => highestPeer && Math.max(0, highestPeer - Number(chain.head().height))
  ofEngine('og_engine_up', '1 while CometBFT answers; the other numbers of it are NaN when it does not', () => 1, 0)
  ofEngine('og_engine_peers', 'Peers of CometBFT', ({ peers }) => peers)
  ofEngine('og_engine_peer_lag_blocks', 'Blocks that the furthest peer has and this node lacks; NaN without peers', behind)
  ofEngine('og_engine_catching_up', '1 while CometBFT fetches blocks that others have', ({ catchingUp }) => (catchingUp ? 1 : 0))
  return registry
}

const timeOf = (chain: Pick<Chain, 'head'>): number => Number(chain.head().block.header.timestamp)
