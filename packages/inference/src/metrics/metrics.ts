import { Counter, Gauge, type Metric, type Registry } from 'prom-client'
import type { ScheduledModel } from '../scheduler/scheduledModel.ts'
import type { Scheduler } from '../scheduler/scheduler.ts'
import { DEATH_REASONS } from '../scheduler/stats.ts'
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
  const sum = (models: readonly ScheduledModel[], read: (model: ScheduledModel) => number): number =>
    models.reduce((total, model) => total + read(model), 0)
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
  const perModel = (kind: 'counter' | 'gauge', name: string, help: string, read: (model: ScheduledModel) => number): void => {
    const common = { name, help, labelNames: ['model'] as const, registers: [registry] }
    if (kind === 'gauge') {
      new Gauge({
        ...common,
        collect: function collect() {
          this.reset()
          for (const [model, models] of series()) this.set({ model }, sum(models, read))
        },
      })
    } else {
      new Counter({
        ...common,
        collect: function collect() {
          this.reset()
          for (const [model, models] of series()) this.inc({ model }, sum(models, read))
        },
      })
    }
  }

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
  perModel('gauge', 'og_model_ready', '1 while the model is loaded and tested', (model) => (model.state === 'ready' ? 1 : 0))
  perModel('gauge', 'og_model_outstanding_requests', 'Requests admitted and not answered', (model) => model.outstanding)
  perModel('gauge', 'og_model_resident_bytes', 'Resident memory of its process', (model) => model.residentBytes)
  perModel('counter', 'og_model_succeeded_total', 'Requests answered', ({ stats }) => stats.succeeded)
  perModel('counter', 'og_model_failed_total', 'Requests that ended in an error', ({ stats }) => stats.failed)
  perModel('counter', 'og_model_cancelled_total', 'Requests whose caller left', ({ stats }) => stats.cancelled)
  perModel(
    'counter',
    'og_model_refused_total',
    'Requests refused because the queue was full, or the model is kept out',
    ({ stats }) => stats.refused,
  )
  perModel('counter', 'og_model_retried_total', 'Requests run again because the process ended under them', ({ stats }) => stats.retried)
  perModel('counter', 'og_model_executions_total', 'Runs of the engine', ({ stats }) => stats.executions)
  perModel('counter', 'og_model_loads_total', 'Loads begun', ({ stats }) => stats.loads)
  perModel('counter', 'og_model_load_failures_total', 'Loads or self-tests that failed', ({ stats }) => stats.loadFailures)
  perModel('counter', 'og_model_unloads_total', 'Processes ended to free memory', ({ stats }) => stats.unloads)
  new Counter({
    name: 'og_model_deaths_total',
    help: 'Processes that ended unasked, by reason',
    labelNames: ['model', 'reason'] as const,
    registers: [registry],
    collect: function collect() {
      this.reset()
      for (const [model, models] of series())
        for (const reason of DEATH_REASONS)
          this.inc(
            { model, reason },
            sum(models, ({ stats }) => stats.deaths[reason]),
          )
    },
  })
  const label = (read: (model: ScheduledModel) => Histogram) => () =>
    series().map(([model, models]) => [{ model }, Histogram.together(models.map(read))] as const)
  histogram(
    registry,
    'og_model_queue_seconds',
    'Time in the queue',
    ['model'],
    label(({ stats }) => stats.queue),
  )
  histogram(
    registry,
    'og_model_compute_seconds',
    'Time inside the engine',
    ['model'],
    label(({ stats }) => stats.compute),
  )
  histogram(
    registry,
    'og_model_batch_requests',
    'Requests run at once',
    ['model'],
    label(({ stats }) => stats.batch),
  )
  histogram(
    registry,
    'og_model_load_seconds',
    'From the start of a load to ready',
    ['model'],
    label(({ stats }) => stats.load),
  )
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
