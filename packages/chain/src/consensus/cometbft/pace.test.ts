import { describe, expect, it } from 'vitest'
import { untilSecond } from './pace.ts'

/** Milliseconds that it takes when the clock stands at `now`. */
async function waited(second: bigint, now: number): Promise<number> {
  const started = performance.now()
  await untilSecond(second, () => now)
  return performance.now() - started
}

describe('the pace of blocks', () => {
  it('does not wait for a second that has come', async () => {
    for (const second of [0n, 9n, 10n]) {
      const later = new Promise((resolve) => setImmediate(resolve, 'later'))
      expect(await Promise.race([untilSecond(second, () => 10_000).then(() => 'now'), later])).toBe('now')
    }
  })

  it('waits until a second comes', async () => {
    expect(await waited(11n, 10_800)).toBeGreaterThan(190)
  })

  it('waits a second at most, however far behind the clock is', async () => {
    const took = await waited(10n ** 15n, 0)
    expect(took).toBeGreaterThan(990)
    expect(took).toBeLessThan(30_000)
  })
})
