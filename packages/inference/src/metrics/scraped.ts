import { collectDefaultMetrics, Registry } from 'prom-client'

/** Gauges of prom-client whose names say that they are counters; those without `_total` say the same by type. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/**
 * Metrics of a program; those of its process (`process_…`, `nodejs_…`) begin with the first scrape. The lag of the event loop is measured a
 * hundred times a second, which costs half a percent of a core: more than everything else that an idle node does.
 */
export class ScrapedRegistry extends Registry {
  #scraped = false

  override metrics(): Promise<string> {
    if (!this.#scraped) {
      collectDefaultMetrics({ register: this })
      for (const name of MISNAMED) this.removeSingleMetric(name)
    }
    this.#scraped = true
    return super.metrics()
  }
}
