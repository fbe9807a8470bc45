import { Gauge } from 'prom-client'
import { expect, test } from 'vitest'
import { ScrapedRegistry } from './scraped.ts'

const names = (registry: ScrapedRegistry) => registry.getMetricsAsArray().map(({ name }) => name)

test('nothing of the process is watched while nobody scrapes', () => {
  const registry = new ScrapedRegistry()
  new Gauge({ name: 'og_own', help: 'One of its own', registers: [registry] })
  expect(names(registry)).toEqual(['og_own'])
})

test('the first scrape has the metrics of the process already, and later ones have them once', async () => {
  const registry = new ScrapedRegistry()
  new Gauge({ name: 'og_own', help: 'One of its own', registers: [registry] }).set(7)
  for (const text of [await registry.metrics(), await registry.metrics()]) {
    expect(text).toMatch(/^og_own 7$/m)
    for (const name of ['process_cpu_seconds_total', 'process_resident_memory_bytes', 'nodejs_eventloop_lag_p99_seconds'])
      expect(text.match(new RegExp(`^${name} `, 'gm'))).toHaveLength(1)
  }
})
