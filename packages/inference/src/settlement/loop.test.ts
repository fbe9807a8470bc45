import { OgError } from '@opengradient/protocol'
import { expect, onTestFinished, test, vi } from 'vitest'
import { silentLog } from '../log.ts'
import { Loop } from './loop.ts'

function loopOf(work: () => Promise<boolean>, over = {}) {
  const warnings: string[] = []
  const log = { ...silentLog, warn: (facts: object) => void warnings.push((facts as { message: string }).message) }
  const loop = new Loop({ work, idleMs: 60_000, retryMs: 1, name: 'test', log, ...over })
  onTestFinished(() => loop.stop())
  loop.start()
  return { loop, warnings }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const until = (said: () => void) => vi.waitFor(said, { timeout: 120_000, interval: 2 })

test('it works at the start, when kicked, again while there is more, and never twice at once', async () => {
  let [runs, atOnce, most] = [0, 0, 0]
  const { loop } = loopOf(async () => {
    most = Math.max(most, ++atOnce)
    await pause(2)
    atOnce--
    return ++runs < 3
  })
  await until(() => expect(runs).toBe(3))
  await pause(5)
  for (let i = 0; i < 5; i++) loop.kick()
  await until(() => expect(runs).toBe(4))
  await pause(10)
  expect(runs).toBe(4)
  expect(most).toBe(1)
})

test('a kick during a run is not lost', async () => {
  let runs = 0
  const { loop } = loopOf(async () => {
    if (++runs === 1) {
      await pause(5)
      loop.kick()
    }
    return false
  })
  await until(() => expect(runs).toBe(2))
})

test('a failure is tried again and logged once while it stays the same', async () => {
  let runs = 0
  const { warnings } = loopOf(async () => {
    runs++
    if (runs < 5) throw new Error('no chain')
    return false
  })
  await until(() => expect(runs).toBe(5))
  expect(warnings).toEqual(['no chain'])
})

test('reasons to work do not make a failure be tried again sooner', async () => {
  let runs = 0
  const { loop, warnings } = loopOf(
    async () => {
      runs++
      throw new Error('no gas')
    },
    { retryMs: 60_000 },
  )
  await until(() => expect(warnings).toEqual(['no gas']))
  for (let i = 0; i < 5; i++) {
    loop.kick()
    await pause(2)
  }
  expect(runs).toBe(1)
})

test('it counts the runs that no RPC answered, until one is answered or there is a reason to work', async () => {
  let reachable = false
  let failure: Error = new OgError('CHAIN_UNREACHABLE', 'no chain')
  let runs = 0
  const { loop } = loopOf(async () => {
    runs++
    if (!reachable) throw failure
    return false
  })
  await until(() => expect(loop.unreachable).toBeGreaterThan(2))
  failure = new Error('something else')
  await until(() => expect(loop.unreachable).toBe(0))
  failure = new OgError('CHAIN_UNREACHABLE', 'no chain')
  await until(() => expect(loop.unreachable).toBeGreaterThan(0))
  reachable = true
  await until(() => expect(loop.unreachable).toBe(0))
  const before = runs
  loop.kick()
  await until(() => expect(runs).toBe(before + 1))
  expect(loop.unreachable).toBe(0)
})

test('stopping waits for the run under way', async () => {
  let finished = false
  const { loop } = loopOf(async () => {
    await pause(20)
    finished = true
    return false
  })
  await loop.stop()
  expect(finished).toBe(true)
})
