import { Histogram, SECONDS, SIZES } from '../metrics/histogram.ts'

/** Why the process of a model ended without being asked to. */
export const DEATH_REASONS = ['crash', 'timeout', 'memory'] as const
export type DeathReason = (typeof DEATH_REASONS)[number]

/** What happened to one model since the node started. Plain numbers: `/metrics` and `/v2/models/{m}/stats` read them when asked. */
export class ModelStats {
  succeeded = 0
  failed = 0
  cancelled = 0
  refused = 0
  retried = 0
  /** Runs of the engine; fewer than requests when they are batched. */
  executions = 0
  loads = 0
  loadFailures = 0
  unloads = 0
  readonly deaths: Record<DeathReason, number> = { crash: 0, timeout: 0, memory: 0 }
  /** Unix milliseconds of the last answer; 0: never. */
  lastInferenceMs = 0
  /** Seconds in the queue, of requests that ran. */
  readonly queue: Histogram = new Histogram(SECONDS)
  /** Seconds inside the engine, of runs. */
  readonly compute: Histogram = new Histogram(SECONDS)
  /** Requests per run. */
  readonly batch: Histogram = new Histogram(SIZES)
  /** Seconds from the start of a load to `ready`, self-test included. */
  readonly load: Histogram = new Histogram(SECONDS)

  /** Counts what another one has counted, too. */
  add(other: ModelStats): void {
    for (const key of COUNTERS) this[key] += other[key]
    for (const reason of DEATH_REASONS) this.deaths[reason] += other.deaths[reason]
    for (const key of HISTOGRAMS) this[key].add(other[key])
  }
}

const COUNTERS = ['succeeded', 'failed', 'cancelled', 'refused', 'retried', 'executions', 'loads', 'loadFailures', 'unloads'] as const
const HISTOGRAMS = ['queue', 'compute', 'batch', 'load'] as const
