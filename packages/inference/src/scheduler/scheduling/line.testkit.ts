import { expect, it } from 'vitest'
import { Canceller } from '../../engine/cancellation.ts'
import { codeOf } from '../../engine/values.testkit.ts'
import { doubler, sleeper } from '../../onnx/writer.testkit.ts'
import { ask, first, later, type Suite, specOf, steps, x } from './suite.testkit.ts'

/** Who waits in the line of a model, for how long, and who is refused. */
export function lineOfScheduling({ make, makeEngine }: Suite): void {
  it('loads once for all who ask at the same time, on first use', async () => {
    const scheduler = make()
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
    expect(scheduled.state).toBe('asleep')
    const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => ask(scheduled, [x(i)])))
    expect(answers.map(first)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i))
    expect(scheduled.stats.loads).toBe(1)
    expect(scheduled.state).toBe('ready')
  })

  it('answers 1,000 requests queued at once, and refuses the one beyond its queue with a time to come back', async () => {
    const scheduler = make({ maxQueue: 1000 })
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
    const answers = Array.from({ length: 1000 }, (_, i) => ask(scheduled, [x(i)]))
    const refused = await codeOf(ask(scheduled, [x(1)]))
    expect(refused.code).toBe('ENGINE_QUEUE_FULL')
    expect(refused.details.retryAfterMs).toBeGreaterThanOrEqual(1000)
    expect((await Promise.all(answers)).map(first)).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i))
    expect(scheduled.stats).toMatchObject({ succeeded: 1000, failed: 0, refused: 1 })
    expect(scheduled.outstanding).toBe(0)
  })

  it('holds no more bytes of requests than it may', async () => {
    const scheduler = make({ maxQueuedBytes: 10 })
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
    const one = ask(scheduled, [x(1)])
    const two = ask(scheduled, [x(2)])
    expect((await codeOf(ask(scheduled, [x(3)]))).code).toBe('ENGINE_QUEUE_FULL')
    await Promise.all([one, two])
    expect(first(await ask(scheduled, [x(3)]))).toBe(6)
  })

  it.each([
    [10, 2],
    [1, 5],
    [0.01, 9],
  ])('gives the process of a model of %f ms %i requests that come one by one, and more when it has answered', async (ms, atOnce) => {
    const scheduler = make()
    const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
    await scheduled.warm()
    scheduled.stats.compute.observe(ms / 1000)
    // A stopped process answers none of them.
    process.kill(scheduled.pid!, 'SIGSTOP')
    const answers = Array.from({ length: 20 }, (_, i) => ask(scheduled, [x(i)]))
    expect([scheduled.stats.executions, scheduled.waiting]).toEqual([atOnce, 20 - atOnce])
    process.kill(scheduled.pid!, 'SIGCONT')
    expect((await Promise.all(answers)).map(first)).toEqual(Array.from({ length: 20 }, (_, i) => 2 * i))
  })

  it('gives up a request at its deadline, in the queue and during the run, and answers the rest', async () => {
    const scheduler = make()
    const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
    await scheduled.warm()
    const pid = scheduled.pid!
    // A stopped process cannot finish.
    process.kill(pid, 'SIGSTOP')
    const running = codeOf(ask(scheduled, [steps(1_000)], { deadlineMs: 40 }))
    const waiting = codeOf(ask(scheduled, [steps(1)], { deadlineMs: 20 }))
    const patient = ask(scheduled, [steps(3)])
    expect((await waiting).code).toBe('ENGINE_DEADLINE')
    expect((await running).code).toBe('ENGINE_DEADLINE')
    // What is given up runs to its end.
    process.kill(pid, 'SIGCONT')
    expect((await patient).outputs[0]!.data[0]).toBe(3)
    expect(scheduled.pid).toBe(pid)
    expect(scheduled.stats.deaths).toEqual({ crash: 0, timeout: 0, memory: 0 })
  })

  it('forgets a request whose caller left, before, in the queue, during the run', async () => {
    const scheduler = make()
    const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
    await scheduled.warm()
    const [gone, running, waiting] = [new Canceller(), new Canceller(), new Canceller()]
    gone.cancel()
    process.kill(scheduled.pid!, 'SIGSTOP')
    const answers = [
      codeOf(ask(scheduled, [steps(1)], { cancellation: gone })),
      codeOf(ask(scheduled, [steps(1_000)], { cancellation: running })),
      ...Array.from({ length: 6 }, () => codeOf(ask(scheduled, [steps(1)], { cancellation: waiting }))),
    ]
    await later(10)
    running.cancel()
    waiting.cancel()
    expect((await Promise.all(answers)).map(({ code }) => code)).toEqual(answers.map(() => 'ENGINE_CANCELLED'))
    process.kill(scheduled.pid!, 'SIGCONT')
    expect((await ask(scheduled, [steps(9)])).outputs[0]!.data[0]).toBe(9)
  })

  it('drains: answers those admitted, refuses newcomers, ends every process', async () => {
    const scheduler = make()
    const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
    await scheduled.warm()
    const pid = scheduled.pid!
    const admitted = [ask(scheduled, [steps(2_000)]), ask(scheduled, [steps(2)])]
    const drained = scheduler.drain()
    expect((await codeOf(ask(scheduled, [steps(1)]))).code).toBe('NODE_DRAINING')
    expect((await Promise.all(admitted)).map(({ outputs }) => outputs[0]!.data.length)).toEqual([8, 8])
    await drained
    expect(() => process.kill(pid, 0)).toThrow()
  })
}
