import { Registry } from 'prom-client'
import { expect, test } from 'vitest'
import { paymentMetrics, StateCounts } from './payments.ts'

test('states are counted, and what waits is what the journal says at the time', async () => {
  const registry = new Registry()
  const states = new StateCounts()
  const counts = { open: 1, queued: 2, refused: 9, submitted: 3, withheld: 8, unbatched: 4, held: 5, challenged: 6 }
  const view = { balance: undefined as bigint | undefined }
  paymentMetrics(registry, { journal: { counts: () => counts, freeBytes: () => 12345 }, states, view })
  expect(await registry.metrics()).toContain('og_node_gas_balance_opg Nan')
  view.balance = 10n ** 18n / 4n
  for (const state of ['reserved', 'queued', 'reserved'] as const) states.note(state)
  counts.queued = 7
  const text = await registry.metrics()
  for (const line of [
    'og_requests_state_total{state="reserved"} 2',
    'og_requests_state_total{state="queued"} 1',
    'og_requests_state_total{state="reverted"} 0',
    'og_journal_disk_free_bytes 12345',
    'og_node_gas_balance_opg 0.25',
    'og_requests_waiting{for="queued"} 7',
    'og_requests_waiting{for="refused"} 9',
    'og_requests_waiting{for="withheld"} 8',
    'og_requests_waiting{for="unbatched"} 4',
    'og_requests_waiting{for="challenged"} 6',
  ]) {
    expect(text).toContain(line)
  }
  expect(await registry.metrics()).toContain('og_requests_state_total{state="reserved"} 2')
})
