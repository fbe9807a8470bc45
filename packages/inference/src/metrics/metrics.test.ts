import { expect, test } from 'vitest'
import { ModelStats } from '../scheduler/stats.ts'
import { Histogram } from './histogram.ts'
import { nodeMetrics } from './metrics.ts'
import { OWN_SERIES } from './series.ts'

const idOf = (n: number): string => `0x${n.toString(16).padStart(64, '0')}`

/** What metrics see of a scheduler. */
function node() {
  const models: { spec: { modelId: string }; stats: ModelStats; state: string; outstanding: number; residentBytes: number }[] = []
  const scheduler = { models: () => models, queuedBytes: 0, budget: { limitBytes: 1, used: 0 }, quarantine: { size: 0 }, draining: false }
  const add = (loads: number): ModelStats => {
    const stats = Object.assign(new ModelStats(), { loads })
    models.push({ spec: { modelId: idOf(models.length) }, stats, state: 'ready', outstanding: 1, residentBytes: 2 })
    return stats
  }
  const registry = nodeMetrics({ scheduler, requests: { byStatus: new Map([[200, 1]]), duration: new Histogram([1]) } } as never)
  const scrape = async () => new Map((await registry.metrics()).split('\n').map((line) => line.split(/ (?=\S+$)/) as [string, string]))
  const forget = (stats: ModelStats) =>
    models.splice(
      models.findIndex((model) => model.stats === stats),
      1,
    )
  return { add, forget, registry, scrape }
}

test('models that strangers publish have no series without end: past the first that were loaded, all are one', async () => {
  const { add, scrape } = node()
  add(0).refused = 1
  for (let i = 0; i < OWN_SERIES; i++) add(1).succeeded = 1
  const full = await scrape()
  const sizes = []
  for (let i = 0; i < 50; i++) {
    const late = add(1)
    late.succeeded = 2
    late.deaths.memory = 1
    late.compute.observe(0.5)
    late.compute.observe(100)
  }
  for (let i = 0; i < 2; i++) sizes.push((await scrape()).size)
  const seen = await scrape()
  expect(sizes).toEqual([full.size, full.size])
  expect(seen.get(`og_model_succeeded_total{model="${idOf(1)}"}`)).toBe('1')
  expect(seen.get(`og_model_succeeded_total{model="${idOf(OWN_SERIES)}"}`)).toBe('1')
  expect(seen.has(`og_model_succeeded_total{model="${idOf(OWN_SERIES + 1)}"}`)).toBe(false)
  const others = (name: string, more = '') => seen.get(`og_model_${name}{model="others"${more}}`)
  expect([others('succeeded_total'), others('refused_total'), others('ready'), others('resident_bytes')]).toEqual(['100', '1', '51', '102'])
  expect(others('deaths_total', ',reason="memory"')).toBe('50')
  expect([others('compute_seconds_bucket', ',le="0.25"'), others('compute_seconds_bucket', ',le="0.5"')]).toEqual(['0', '50'])
  expect([others('compute_seconds_count'), others('compute_seconds_sum')]).toEqual(['100', '5025'])
})

test('a model that has its series keeps it, and nobody else is counted there', async () => {
  const { add, scrape } = node()
  const early = add(0)
  for (let i = 0; i < OWN_SERIES; i++) add(1)
  await scrape()
  early.loads = 1
  const seen = await scrape()
  expect(seen.has(`og_model_loads_total{model="${idOf(0)}"}`)).toBe(false)
  expect(seen.get('og_model_loads_total{model="others"}')).toBe('1')
})

test('what the others have counted never falls, however many of them are forgotten; a series of its own ends with its model', async () => {
  const { add, forget, scrape } = node()
  const first = add(1)
  for (let i = 1; i < OWN_SERIES; i++) add(1)
  const [one, two] = [add(2), add(3)]
  one.deaths.crash = 7
  one.load.observe(1)
  expect((await scrape()).get('og_model_loads_total{model="others"}')).toBe('5')
  one.succeeded = 9
  for (const stats of [first, one]) forget(stats)
  for (const left of [two, undefined]) {
    const seen = await scrape()
    const others = (name: string, more = '') => seen.get(`og_model_${name}{model="others"${more}}`)
    expect([others('loads_total'), others('succeeded_total'), others('deaths_total', ',reason="crash"')]).toEqual(['5', '9', '7'])
    expect([others('load_seconds_count'), others('ready')]).toEqual(['1', left ? '1' : '0'])
    expect(seen.has(`og_model_loads_total{model="${idOf(0)}"}`)).toBe(false)
    if (left) forget(left)
  }
})

test('what is scraped is named as Prometheus wants it: help and type, counters end in _total and nothing else does, buckets only grow', async () => {
  const { add, registry } = node()
  const stats = add(1)
  for (const value of [1e-6, 0.3, 100]) stats.queue.observe(value)
  await registry.metrics()
  for (const { name, help, type } of registry.getMetricsAsArray()) {
    expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/)
    expect(help, name).not.toBe('')
    expect(name.endsWith('_total'), `${name} is a ${type}`).toBe(String(type) === 'counter')
    expect(name).not.toMatch(/_(count|sum|bucket|milliseconds|ms|kilobytes|mb|percent)$/)
  }
  const text = await registry.metrics()
  const series = text.matchAll(/^(\w+)_bucket\{((?:[^,}]+,)*)le="[^"]+"([^}]*)\} (\S+)$/gm)
  const last = new Map<string, number>()
  for (const [, name, before, after, value] of series) {
    const key = `${name} ${before}${after}`
    expect(Number(value), key).toBeGreaterThanOrEqual(last.get(key) ?? 0)
    last.set(key, Number(value))
  }
  expect(last.size).toBeGreaterThan(4)
  expect(last.get(`og_model_queue_seconds model="${idOf(0)}",`)).toBe(3)
})
