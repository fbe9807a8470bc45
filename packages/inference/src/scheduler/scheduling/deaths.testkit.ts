import type { Hex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { codeOf } from '../../engine/values.testkit.ts'
import { sleeper } from '../../onnx/writer.testkit.ts'
import { ask, FOREVER, later, type Suite, specOf, steps } from './suite.testkit.ts'

/** A process that dies takes nobody with it but the request that killed it. */
export function deathsOfScheduling({ make, makeEngine }: Suite): void {
  it('runs innocent requests again when the process dies under another', async () => {
    const scheduler = make({ quarantine: { backOffMs: 1 } })
    const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
    await scheduled.warm()
    const culprit = codeOf(ask(scheduled, [steps(FOREVER)]))
    const innocent = Array.from({ length: 8 }, (_, i) => ask(scheduled, [steps(i)]))
    await later(20)
    process.kill(scheduled.pid!, 'SIGKILL')
    expect((await culprit).code).toBe('ENGINE_CRASHED')
    expect((await Promise.all(innocent)).map(({ outputs }) => outputs[0]!.data[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(scheduled.stats.deaths.crash).toBe(1)
    expect(scheduled.stats.loads).toBe(2)
  })

  it('ends a run that exceeds what any run may take, and says so to its caller alone', async () => {
    const scheduler = make({ maxRunMs: 2_000, quarantine: { backOffMs: 1 } })
    const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
    await scheduled.warm()
    // A stopped process never ends, and takes nothing from the others.
    process.kill(scheduled.pid!, 'SIGSTOP')
    const endless = codeOf(ask(scheduled, [steps(1)]))
    const behind = ask(scheduled, [steps(4)])
    expect((await endless).code).toBe('ENGINE_DEADLINE')
    expect((await behind).outputs[0]!.data[0]).toBe(4)
    expect(scheduled.stats.deaths.timeout).toBe(1)
  })

  it('keeps a model out that crashes again and again, by the hash of its file, and lets it back later', async () => {
    let time = 0
    const scheduler = make({ quarantine: { strikes: 3, baseMs: 1_500, backOffMs: 1, now: () => time } })
    const engine = makeEngine()
    const scheduled = scheduler.add(specOf(engine, sleeper()))
    const twin = scheduler.add(specOf(engine, sleeper(), { modelId: `0x${'77'.repeat(32)}` as Hex }))
    for (let i = 0; i < 3; i++) {
      const crashing = codeOf(ask(scheduled, [steps(FOREVER)]))
      while (scheduled.pid === undefined) await later(5)
      await later(10)
      process.kill(scheduled.pid, 'SIGKILL')
      expect((await crashing).code).toBe('ENGINE_CRASHED')
    }
    const refused = await codeOf(ask(scheduled, [steps(1)]))
    expect(refused.code).toBe('ENGINE_QUARANTINED')
    expect(refused.details.retryAfterMs).toBe(1_500)
    expect((await codeOf(ask(twin, [steps(1)]))).code).toBe('ENGINE_QUARANTINED')
    expect(scheduled.state).toBe('quarantined')
    time = 1_500
    expect((await ask(scheduled, [steps(5)])).outputs[0]!.data[0]).toBe(5)
  })
}
