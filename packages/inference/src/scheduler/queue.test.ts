import { OgError } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Canceller } from '../engine/cancellation.ts'
import type { LoadedModel, RunResult } from '../engine/engine.ts'
import type { Tensor } from '../engine/tensor.ts'
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
  const answers: Promise<unknown>[] = []
  for (let i = 1; i <= 5; i++) {
    answers.push(...ask(1))
    expect(inHand).toHaveLength(i)
  }
  answers.push(...ask(1))
  expect(inHand).toHaveLength(5)
  expect(await answer()).toBe(5)
  while (inHand.length > 0) await answer()
  await Promise.all(answers)
})

interface InHand {
  readonly name: string
  resolve(result: RunResult): void
  reject(error: OgError): void
}

/** A queue before processes that die, are unloaded and are started again. Requests have names. */
class Processes {
  readonly stats = new ModelStats()
  /** What became of each request. */
  readonly told = new Map<string, string[]>()
  readonly cancellers: Canceller[] = []
  inHand: InHand[] = []
  /** Names in the order in which they were given to the first process, then to the next one … */
  readonly given: string[][] = [[]]
  readonly #queue: ModelQueue
  #alive = true

  constructor() {
    const model = {
      run: ([input]: readonly Tensor[]) =>
        new Promise<RunResult>((resolve, reject) => {
          const { name } = input!
          this.inHand.push({ name, resolve, reject })
          this.given.at(-1)!.push(name)
        }),
    } as unknown as LoadedModel
    const processes = this
    const residence = {
      get model() {
        return processes.#alive ? model : undefined
      },
      stackable: false,
      acquire: async () => {
        await settled()
        this.#alive = true
        this.given.push([])
        return model
      },
      lastUsed: 0,
    }
    this.stats.compute.observe(0.000_1)
    this.#queue = new ModelQueue({ spec: {} as ModelSpec, residence, stats: this.stats, maxRunMs: 1_000, onIdle: () => {} })
  }

  get open(): number {
    return this.#queue.open
  }

  ask(name: string, deadlineMs = 10_000): void {
    const told: string[] = []
    this.told.set(name, told)
    const canceller = new Canceller()
    this.cancellers.push(canceller)
    const input: Tensor = { name, datatype: 'FP32', shape: [1], data: Buffer.alloc(4) }
    const asked = this.#queue.run([input], { deadlineMs, cancellation: canceller })
    asked.then(
      ({ outputs }) => told.push(outputs[0]!.name),
      ({ code }) => told.push(code),
    )
  }

  answer(): void {
    const run = this.inHand.shift()
    const output: Tensor = { name: run?.name ?? '', datatype: 'FP32', shape: [1], data: Buffer.alloc(4) }
    run?.resolve({ outputs: [output], computeUs: 100 })
  }

  /** As `Child` tells it: who was being worked on, and who was not. */
  die(code: 'ENGINE_CRASHED' | 'ENGINE_CLOSED'): void {
    this.#alive = false
    const dead = this.inHand
    this.inHand = []
    for (const [i, run] of dead.entries()) run.reject(new OgError(code, 'it ended', { details: { started: i === 0 } }))
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Until a process that is asked for is there. */
async function started(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await settled()
}

test('those whom a process took with it that had not begun are run again in the order in which they came', async () => {
  const processes = new Processes()
  const names = Array.from({ length: 40 }, (_, i) => `${i}`)
  for (const name of names) processes.ask(name)
  processes.answer()
  await settled()
  expect(processes.inHand.length).toBe(16)
  processes.die('ENGINE_CRASHED')
  await started()
  while (processes.inHand.length > 0) {
    processes.answer()
    await settled()
  }
  expect(processes.told.get('1')).toEqual(['ENGINE_CRASHED'])
  expect(processes.given[1]).toEqual(names.slice(2))
})

test('whatever processes and callers do, each request is answered once, with what is its own', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('ask' as const), late: fc.boolean() }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('answer' as const), late: fc.boolean() }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat() }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('ENGINE_CRASHED' as const, 'ENGINE_CLOSED' as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('turn' as const) }) },
  )
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 120, size: 'max' }), async (steps) => {
      const processes = new Processes()
      let asked = 0
      for (const one of steps) {
        if (one.do === 'ask') processes.ask(`${asked++}`, one.late ? 1 : 10_000)
        else if (one.do === 'answer') processes.answer()
        else if (one.do === 'cancel') processes.cancellers[one.which % Math.max(1, asked)]?.cancel()
        else if (one.do === 'turn') await settled()
        else processes.die(one.do)
        expect(processes.inHand.length).toBeLessThanOrEqual(16)
      }
      await started()
      while (processes.inHand.length > 0) {
        processes.answer()
        await settled()
      }
      expect(processes.open).toBe(0)
      for (const [name, told] of processes.told) {
        expect(told).toHaveLength(1)
        expect([name, 'ENGINE_CRASHED', 'ENGINE_CLOSED', 'ENGINE_CANCELLED', 'ENGINE_DEADLINE']).toContain(told[0])
      }
      const { succeeded, failed, cancelled } = processes.stats
      expect(succeeded + failed + cancelled).toBe(asked)
    }),
    { numRuns: 300 },
  )
})
