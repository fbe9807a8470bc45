import { expect, it } from 'vitest'
import { codeOf } from '../../engine/values.testkit.ts'
import { doubler, sleeper } from '../../onnx/writer.testkit.ts'
import type { ScheduledModel } from '../scheduledModel.ts'
import { ask, first, later, type Suite, specOf, steps, x } from './suite.testkit.ts'

/** Models fall asleep and wake up, and share the memory of the machine. */
export function memoryOfScheduling({ name, make, makeEngine }: Suite): void {
  it('puts an idle model to sleep and wakes it on use', async () => {
    const scheduler = make({ idleMs: 500 })
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
    expect(first(await ask(scheduled, [x(1)]))).toBe(2)
    await expect.poll(() => scheduled.state).toBe('asleep')
    await expect.poll(() => scheduler.budget.used).toBe(0)
    expect(scheduled.servable).toBe(true)
    expect(first(await ask(scheduled, [x(2)]))).toBe(4)
    expect(scheduled.stats).toMatchObject({ loads: 2, unloads: 1 })
  })

  it('wakes up again while it is falling asleep, and is counted once', async () => {
    const scheduler = make({ idleMs: 0 })
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
    await scheduled.warm()
    const asleep = scheduled.sleep()
    expect(first(await ask(scheduled, [x(3)]))).toBe(6)
    await asleep
    expect(scheduled.state).toBe('ready')
    expect(scheduler.budget.used).toBeGreaterThan(50e6)
    expect(scheduled.stats).toMatchObject({ loads: 2, unloads: 1, deaths: { crash: 0, timeout: 0, memory: 0 } })
  })

  it('forgets a model when all that added it have retired it, and nobody waits for its answer', async () => {
    const scheduler = make({ idleMs: 40 })
    const spec = specOf(makeEngine(), sleeper())
    const scheduled = scheduler.add(spec)
    await scheduled.warm()
    process.kill(scheduled.pid!, 'SIGSTOP')
    const { pid } = scheduled
    const running = ask(scheduled, [steps(10)])
    expect(scheduler.add(spec)).toBe(scheduled)
    scheduler.retire(scheduled)
    scheduler.retire(scheduled)
    await later(100)
    expect([...scheduler.models()]).toEqual([scheduled])
    process.kill(pid!, 'SIGCONT')
    expect((await running).outputs).toHaveLength(1)
    await expect.poll(() => [...scheduler.models()]).toEqual([])
    await expect.poll(() => scheduler.budget.used).toBe(0)
    // Added again, it is new; retired once of twice, it stays.
    const again = scheduler.add(spec)
    expect(again).not.toBe(scheduled)
    scheduler.retire(scheduler.add(spec))
    expect((await ask(again, [steps(10)])).outputs).toHaveLength(1)
    await expect.poll(() => again.state).toBe('asleep')
    await later(100)
    expect(scheduler.get(spec.modelId)).toBe(again)
  })

  it('makes room by putting the model to sleep that was idle longest', async () => {
    const engine = makeEngine()
    const specs = [1, 2, 3].map((width) => specOf(engine, doubler(width)))
    // Room for two: what a process is counted with depends on the engine.
    const scheduler = make({ memoryBudgetBytes: name === 'onnx' ? 220e6 : 300e6, modelMemoryBytes: 2 ** 31 })
    const [one, two, three] = specs.map((spec) => scheduler.add(spec)) as [ScheduledModel, ScheduledModel, ScheduledModel]
    await one.warm()
    await two.warm()
    await ask(one, [x(1)])
    await three.warm()
    expect([one.state, two.state, three.state]).toEqual(['ready', 'asleep', 'ready'])
  })

  it('waits for room while all are busy, and never evicts a model in use', async () => {
    const engine = makeEngine()
    const scheduler = make({ memoryBudgetBytes: name === 'onnx' ? 150e6 : 220e6, modelMemoryBytes: 2 ** 31 })
    const busy = scheduler.add(specOf(engine, sleeper()))
    const other = scheduler.add(specOf(engine, doubler(1)))
    await busy.warm()
    process.kill(busy.pid!, 'SIGSTOP')
    const running = ask(busy, [steps(300)])
    const answer = ask(other, [x(4)])
    await later(50)
    process.kill(busy.pid!, 'SIGCONT')
    expect((await running).outputs).toHaveLength(1)
    expect(first(await answer)).toBe(8)
    expect(busy.stats.deaths).toEqual({ crash: 0, timeout: 0, memory: 0 })
  })

  it('says so when a model can never fit', async () => {
    const scheduler = make({ memoryBudgetBytes: 10e6 })
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
    expect((await codeOf(ask(scheduled, [x(1)]))).code).toBe('ENGINE_OUT_OF_MEMORY')
  })
}
