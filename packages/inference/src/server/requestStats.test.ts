import { expect, test } from 'vitest'
import { RequestStats } from './requestStats.ts'

test('every status is there before it is answered: an alarm on its increase hears of the first one, too', () => {
  const stats = new RequestStats()
  for (const status of [200, 400, 402, 429, 500, 503, 507]) expect(stats.byStatus.get(status), `${status}`).toBe(0)
  stats.observe(507, 0.1)
  expect(stats.byStatus.get(507)).toBe(1)
})
