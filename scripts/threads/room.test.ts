import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'

const MIB = 2 ** 20

test('threads have the memory that their program gives them, not what the tests are given', async () => {
  const limit = `require('node:worker_threads').parentPort.postMessage(require('node:v8').getHeapStatistics().heap_size_limit)`
  const resourceLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16 }
  const thread = new Worker(limit, { eval: true, execArgv: [], resourceLimits })
  const [bytes] = await once(thread, 'message')
  await thread.terminate()
  expect(bytes / MIB).toBeGreaterThan(64)
  expect(bytes / MIB).toBeLessThan(64 + 2 * 16)
})
