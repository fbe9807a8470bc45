import { setImmediate } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { Share } from './share.ts'

/** Work takes the time that it says; turns of the thread are counted. */
function setUp() {
  let time = 0
  let turn = 0
  const share = new Share({
    now: () => time,
    pause: async () => {
      await setImmediate()
    },
  })
  const counting = { going: true }
  const count = async () => {
    while (counting.going) {
      await setImmediate()
      turn++
    }
  }
  void count()
  const log: { readonly name: string; readonly turn: number }[] = []
  const work = (name: string, milliseconds: number) => () => {
    time += milliseconds
    log.push({ name, turn })
    return name
  }
  return { share, work, log, stop: () => (counting.going = false) }
}

describe('a share of the thread', () => {
  it('is ten milliseconds of each turn for all who ask together, first come first served', async () => {
    const { share, work, log, stop } = setUp()
    const names = Array.from({ length: 100 }, (_, index) => String(index))
    expect(await Promise.all(names.map((name) => share.through(work(name, 4))))).toEqual(names)
    stop()
    expect(log.map(({ name }) => name)).toEqual(names)
    const inTurn = new Map<number, number>()
    for (const { turn } of log) inTurn.set(turn, (inTurn.get(turn) ?? 0) + 1)
    // 4 + 4 + 4 ms: the third begins before the ten are over.
    expect(Math.max(...inTurn.values())).toBe(3)
  })

  it('is not used up by many short ones', async () => {
    const { share, work, log, stop } = setUp()
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => share.through(work(String(index), 0))))
    stop()
    expect(new Set(log.map(({ turn }) => turn)).size).toBe(1)
  })

  it('counts what the work does after the promises that it waits for, and hands on what it throws', async () => {
    const { share, work, log, stop } = setUp()
    const long = async (name: string) => {
      await null
      await null
      return work(name, 11)()
    }
    const asked = [share.through(() => long('a')), share.through(() => long('b')), share.through(() => Promise.reject(new Error('no')))]
    expect(await Promise.allSettled(asked)).toMatchObject([{ value: 'a' }, { value: 'b' }, { reason: new Error('no') }])
    stop()
    expect(log[0]!.turn).toBeLessThan(log[1]!.turn)
  })

  it('does not wait for work that waits for something else', async () => {
    const { share, work, stop } = setUp()
    const never = share.through(() => new Promise<string>(() => {}))
    expect(await share.through(work('after', 1))).toBe('after')
    stop()
    expect(await Promise.race([never, Promise.resolve('still waits')])).toBe('still waits')
  })
})
