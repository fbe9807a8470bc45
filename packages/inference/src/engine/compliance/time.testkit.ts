import { isOgError } from '@opengradient/protocol'
import { expect, it, vi } from 'vitest'
import { sleeper } from '../../onnx/writer.testkit.ts'
import { Canceller } from '../cancellation.ts'
import { bytesOf, codeOf, fp32 } from '../values.testkit.ts'
import { FOREVER, isRunning, long, type Suite } from './suite.testkit.ts'

/** Who waits for how long: cancelled runs, deadlines, neighbours in the line. */
export function timeOfEngine(suite: Suite): void {
  const { withModel } = suite
  it('does not run what was cancelled before', async () => {
    const cancellation = new Canceller()
    cancellation.cancel()
    expect((await codeOf(suite.neighbour.run([fp32('x', [1, 1], [1])], { cancellation }))).code).toBe('ENGINE_CANCELLED')
  })

  it('lets the caller go at once when cancelled during a run, and finishes the run', () =>
    withModel(sleeper(), async (loaded) => {
      const cancellation = new Canceller()
      // A stopped process cannot finish.
      process.kill(loaded.pid, 'SIGSTOP')
      const slow = codeOf(loaded.run(long(1_000), { cancellation }))
      cancellation.cancel()
      expect((await slow).code).toBe('ENGINE_CANCELLED')
      process.kill(loaded.pid, 'SIGCONT')
      expect((await loaded.run(long(3))).outputs[0]!.data[0]).toBe(3)
    }))

  it('is not bothered by a cancellation after the answer', async () => {
    const cancellation = new Canceller()
    await suite.neighbour.run([fp32('x', [1, 1], [1])], { cancellation })
    cancellation.cancel()
    expect((await suite.neighbour.run([fp32('x', [1, 1], [2])])).outputs).toHaveLength(1)
  })

  it('ends the process of a run over its time; those behind it had not started', async () => {
    const loaded = await suite.engine.load(bytesOf(sleeper()))
    const slow = codeOf(loaded.run(long(FOREVER), { timeoutMs: 100 }))
    const behind = codeOf(loaded.run(long(1)))
    const [first, second] = await Promise.all([slow, behind])
    expect([first.code, first.details.started]).toEqual(['ENGINE_DEADLINE', true])
    expect([second.code, second.details.started]).toEqual(['ENGINE_DEADLINE', false])
    expect(loaded.alive).toBe(false)
    expect(isOgError(await loaded.ended, 'ENGINE_DEADLINE')).toBe(true)
    expect(isRunning(loaded.pid)).toBe(false)
    expect((await codeOf(loaded.run(long(1)))).details.started).toBe(false)
  })

  it("does not count a neighbour's time", async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    try {
      await withModel(sleeper(), async (loaded) => {
        process.kill(loaded.pid, 'SIGSTOP')
        const neighbour = loaded.run(long(1))
        const line = Array.from({ length: 3 }, () => loaded.run(long(20_000), { timeoutMs: 1_000 }))
        await vi.advanceTimersByTimeAsync(2_000)
        process.kill(loaded.pid, 'SIGCONT')
        await neighbour
        await vi.advanceTimersByTimeAsync(999)
        expect(await Promise.all(line)).toHaveLength(3)
      })
    } finally {
      vi.useRealTimers()
    }
  })
}
