import { Counter, Gauge, type Metric, type Registry } from 'prom-client'
import type { ScheduledModel } from '../scheduler/scheduledModel.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { DEATH_REASONS, type ModelStats } from '../scheduler/stats.ts'
import type { RequestStats } from '../server/requestStats.ts'
import { Histogram } from './histogram.ts'
import { ScrapedRegistry } from './scraped.ts'
import { seriesOf } from './series.ts'

/**
 * Everything Prometheus may know of an inference node. Nothing is counted here: the numbers lie in the scheduler and the server, and are read
 * when somebody scrapes.
 */
export function nodeMetrics({ scheduler, requests }: { scheduler: Scheduler; requests: RequestStats }): Registry {
  const registry = new ScrapedRegistry()
  const series = seriesOf(scheduler)
  const sum = <T>(all: readonly T[], read: (one: T) => number): number => all.reduce((total, one) => total + read(one), 0)
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect: function collect() {
        this.set(read())
      },
    })
  }
  const labelNames = ['model'] as const
  const gaugeOf = (name: string, help: string, read: (model: ScheduledModel) => number): void => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect: function collect() {
        this.reset()
        for (const { label, models } of series()) this.set({ model: label }, sum(models, read))
      },
    })
  }
  const counterOf = (name: string, help: string, read: (stats: ModelStats) => number): void => {
    new Counter({
      name,
      help,
      labelNames,
      registers: [registry],
      collect: function collect() {
        this.reset()
        for (const { label, stats } of series()) this.inc({ model: label }, sum(stats, read))
      },
    })
  }
  const histogramOf = (name: string, help: string, read: (stats: ModelStats) => Histogram): void =>
    histogram(registry, name, help, labelNames, () =>
      series().map(({ label, stats }) => [{ model: label }, Histogram.together(stats.map(read))] as const),
    )

  new Counter({
    name: 'og_inference_requests_total',
    help: 'Inference requests by HTTP status',
    labelNames: ['status'] as const,
    registers: [registry],
    collect: function collect() {
      this.reset()
      for (const [status, count] of requests.byStatus) this.inc({ status: String(status) }, count)
    },
  })
  histogram(registry, 'og_inference_request_duration_seconds', 'From the last byte of the request to the answer', [], () => [
    [{}, requests.duration],
  ])
  gauge('og_inference_queued_bytes', 'Bytes of requests that have no answer yet', () => scheduler.queuedBytes)
  gauge('og_inference_memory_budget_bytes', 'Memory that models may use', () => scheduler.budget.limitBytes)
  gauge('og_inference_memory_reserved_bytes', 'Memory that loaded models are counted with', () => scheduler.budget.used)
  gauge('og_inference_quarantined_models', 'Model files kept out because they crash', () => scheduler.quarantine.size)
  gauge('og_inference_draining', '1 while the node is shutting down', () => (scheduler.draining ? 1 : 0))
  gaugeOf('og_model_ready', '1 while the model is loaded and tested', (model) => (model.state === 'ready' ? 1 : 0))
  gaugeOf('og_model_outstanding_requests', 'Requests admitted and not answered', (model) => model.outstanding)
  gaugeOf('og_model_resident_bytes', 'Resident memory of its process', (model) => model.residentBytes)
  counterOf('og_model_succeeded_total', 'Requests answered', ({ succeeded }) => succeeded)
  counterOf('og_model_failed_total', 'Requests that ended in an error', ({ failed }) => failed)
  counterOf('og_model_cancelled_total', 'Requests whose caller left', ({ cancelled }) => cancelled)
  counterOf('og_model_refused_total', 'Requests refused because the queue was full, or the model is kept out', ({ refused }) => refused)
  counterOf('og_model_retried_total', 'Requests run again because the process ended under them', ({ retried }) => retried)
  counterOf('og_model_executions_total', 'Runs of the engine', ({ executions }) => executions)
  counterOf('og_model_loads_total', 'Loads begun', ({ loads }) => loads)
  counterOf('og_model_load_failures_total', 'Loads or self-tests that failed', ({ loadFailures }) => loadFailures)
  counterOf('og_model_unloads_total', 'Processes ended to free memory', ({ unloads }) => unloads)
  new Counter({
    name: 'og_model_deaths_total',
    help: 'Processes that ended unasked, by reason',
    labelNames: ['model', 'reason'] as const,
    registers: [registry],
    collect: function collect() {
      this.reset()
      for (const { label, stats } of series())
        for (const reason of DEATH_REASONS)
          this.inc(
            { model: label, reason },
            sum(stats, ({ deaths }) => deaths[reason]),
          )
    },
  })
  histogramOf('og_model_queue_seconds', 'Time in the queue', ({ queue }) => queue)
  histogramOf('og_model_compute_seconds', 'Time inside the engine', ({ compute }) => compute)
  histogramOf('og_model_batch_requests', 'Requests run at once', ({ batch }) => batch)
  histogramOf('og_model_load_seconds', 'From the start of a load to ready', ({ load }) => load)
  return registry
}

type Labels = Readonly<Record<string, string>>

/** Registers histograms that are kept elsewhere. prom-client asks a metric for its values and for nothing else. */
export function histogram(
  registry: Registry,
  name: string,
  help: string,
  labelNames: readonly string[],
  read: () => readonly (readonly [Labels, Histogram])[],
): void {
  const values = (): object[] =>
    read().flatMap(([labels, { bounds, counts, sum, count }]) => {
      let below = 0
      const buckets = bounds.map((le, i) => {
        below += counts[i]!
        return { metricName: `${name}_bucket`, labels: { ...labels, le }, value: below }
      })
      return [
        ...buckets,
        { metricName: `${name}_bucket`, labels: { ...labels, le: '+Inf' }, value: count },
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: count },
      ]
    })
  const metric = {
    name,
    help,
    type: 'histogram',
    aggregator: 'sum',
    labelNames,
    get: async () => ({ name, help, type: 'histogram', aggregator: 'sum', values: values() }),
    reset: () => {},
  }
  registry.registerMetric(metric as unknown as Metric)
}
