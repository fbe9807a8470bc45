import { afterEach, describe } from 'vitest'
import type { MakeEngine } from '../engine/compliance/suite.testkit.ts'
import { Scheduler } from './scheduler.ts'
import { checksOfScheduling } from './scheduling/checks.testkit.ts'
import { deathsOfScheduling } from './scheduling/deaths.testkit.ts'
import { lineOfScheduling } from './scheduling/line.testkit.ts'
import { memoryOfScheduling } from './scheduling/memory.testkit.ts'
import type { Suite } from './scheduling/suite.testkit.ts'
import { togetherOfScheduling } from './scheduling/together.testkit.ts'

/** What the scheduler must do on top of every engine. */
export function describeScheduling(name: string, makeEngine: MakeEngine): void {
  describe(`scheduling on ${name}`, () => {
    const open: Scheduler[] = []
    const make: Suite['make'] = (options = {}) => {
      const scheduler = new Scheduler(options)
      open.push(scheduler)
      return scheduler
    }
    afterEach(async () => {
      await Promise.all(open.splice(0).map((scheduler) => scheduler.drain(0)))
    })

    const suite: Suite = { name, makeEngine, make }
    lineOfScheduling(suite)
    checksOfScheduling(suite)
    deathsOfScheduling(suite)
    memoryOfScheduling(suite)
    togetherOfScheduling(suite)
  })
}
