import { afterAll, beforeAll, describe } from 'vitest'
import { doubler } from '../onnx/writer.testkit.ts'
import { answersOfEngine } from './compliance/answers.testkit.ts'
import { filesOfEngine } from './compliance/files.testkit.ts'
import { inputsOfEngine } from './compliance/inputs.testkit.ts'
import { processOfEngine } from './compliance/process.testkit.ts'
import type { MakeEngine, Suite } from './compliance/suite.testkit.ts'
import { timeOfEngine } from './compliance/time.testkit.ts'
import type { Engine, LoadedModel } from './engine.ts'
import { bytesOf } from './values.testkit.ts'

/** What every engine must do. One suite, run against each engine with its real process and its real runtime. */
export function describeEngine(name: string, makeEngine: MakeEngine): void {
  describe(`engine ${name}`, () => {
    let engine: Engine
    let neighbour: LoadedModel
    beforeAll(async () => {
      engine = makeEngine()
      neighbour = await engine.load(bytesOf(doubler(1)))
    })
    afterAll(() => engine.close())

    const suite: Suite = {
      name,
      makeEngine,
      get engine() {
        return engine
      },
      get neighbour() {
        return neighbour
      },
      async withModel(bytes, use, on = engine) {
        const loaded = await on.load(bytesOf(bytes))
        try {
          await use(loaded)
        } finally {
          await loaded.unload()
        }
      },
    }
    answersOfEngine(suite)
    inputsOfEngine(suite)
    filesOfEngine(suite)
    timeOfEngine(suite)
    processOfEngine(suite)
  })
}
