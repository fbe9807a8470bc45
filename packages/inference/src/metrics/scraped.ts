import { collectDefaultMetrics, Registry } from 'prom-client'

/**
 * Metrics of a program; those of its process (`process_…`, `nodejs_…`) begin with the first scrape. The lag of the event loop is measured a
 * hundred times a second, which costs half a percent of a core: more than everything else that an idle node does.
 */
export class ScrapedRegistry extends Registry {
  #scraped = false

  override metrics(): Promise<string> {
    if (!this.#scraped) collectDefaultMetrics({ register: this })
    this.#scraped = true
    return super.metrics()
  }
}
