import { expect, test } from 'vitest'
import type { LoadedModel, RunResult } from '../engine/engine.ts'
import { ModelQueue } from './queue.ts'
import type { ModelSpec } from './spec.ts'
import { ModelStats } from './stats.ts'

/** A queue before a process that answers when it is told to. `ms`: what its runs have taken so far. */
function scene(ms: number) {
  const inHand: ((result: RunResult) => void)[] = []
  const model = { run: () => new Promise<RunResult>((resolve) => inHand.push(resolve)) } as unknown as LoadedModel
  const stats = new ModelStats()
  stats.compute.observe(ms / 1000)
  const residence = { model, stackable: false, acquire: async () => model, lastUsed: 0 }
  const queue = new ModelQueue({ spec: {} as ModelSpec, residence, stats, maxRunMs: 1_000, onIdle: () => {} })
  return {
    ask: (count: number) => Array.from({ length: count }, () => queue.run([], { deadlineMs: 10_000 })),
    /** Answers one, and gives how many the process has then. */
    async answer() {
      inHand.shift()!({ outputs: [], computeUs: ms * 1000 })
      for (let turn = 0; turn < 10; turn++) await undefined
      return inHand.length
    },
    inHand,
  }
}

test.each([
  [10, 1, 2],
  [1, 4, 8],
  [0.1, 8, 16],
])('a process of a model of %f ms gets more when %i runs are left to it: %i then', async (ms, half, most) => {
  const { ask, answer, inHand } = scene(ms)
  const answers = ask(100)
  expect(inHand).toHaveLength(half + 1)
  let left = 100
  const counts: number[] = []
  while (inHand.length > 0) {
    counts.push(await answer())
    left--
    expect(inHand.length).toBeLessThanOrEqual(left)
  }
  const round = Array.from({ length: half }, (_, i) => most - i)
  const rounds = Array.from({ length: 100 }, (_, i) => round[i % half]!)
  expect(counts.slice(0, 100 - most)).toEqual(rounds.slice(0, 100 - most))
  await Promise.all(answers)
})

test('what comes while a process has half of its runs or fewer goes to it at once', async () => {
  const { ask, answer, inHand } = scene(1)
  for (let i = 1; i <= 5; i++) {
    ask(1)
    expect(inHand).toHaveLength(i)
  }
  ask(1)
  expect(inHand).toHaveLength(5)
  expect(await answer()).toBe(5)
})
