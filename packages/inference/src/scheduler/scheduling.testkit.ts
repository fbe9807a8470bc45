import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Hex, type OgError, sha256Hex } from '@opengradient/protocol'
import { afterEach, describe, expect, it } from 'vitest'
import { Canceller } from '../engine/cancellation.ts'
import { codeOf, fp32, int64, type MakeEngine } from '../engine/compliance.testkit.ts'
import type { Engine } from '../engine/engine.ts'
import { equalTensors, numbersOf } from '../engine/tensor.ts'
import { validateOnnx } from '../onnx/validate.ts'
import { tensorOfVectors, vectorsOf } from '../onnx/vectors.testkit.ts'
import { doubler, graph, int64s, model, node, sleeper, TYPE, value } from '../onnx/writer.testkit.ts'
import { MODELS } from '../server/folderSource.testkit.ts'
import type { ScheduledModel } from './scheduledModel.ts'
import { Scheduler, type SchedulerOptions } from './scheduler.ts'
import type { ModelSpec } from './spec.ts'

export type SpecPatch = Partial<Pick<ModelSpec, 'golden' | 'closeness' | 'batch' | 'open' | 'sha256' | 'inputs' | 'outputs' | 'modelId'>>

/** What the scheduler is told of a model file. */
export function specOf(engine: Engine, bytes: Uint8Array, patch: SpecPatch = {}): ModelSpec {
  const sha256 = sha256Hex(bytes)
  const { inputs, outputs } = validateOnnx(bytes).signature
  return {
    modelId: sha256,
    engine,
    sha256,
    size: bytes.length,
    open: async () => ({ bytes, sha256 }),
    inputs,
    outputs,
    golden: [],
    closeness: { atol: 1e-6, rtol: 1e-4 },
    batch: { invariant: false, max: 1 },
    ...patch,
  }
}

const DEADLINE = { deadlineMs: 20_000 }
const x = (n: number): ReturnType<typeof fp32> => fp32('x', [1, 1], [n])
const steps = (n: number): ReturnType<typeof int64> => int64('n', [], [n])
const FOREVER = 2_000_000_000
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Places a request and runs it, as the server does. */
export async function ask(
  scheduled: ScheduledModel,
  inputs: Parameters<ReturnType<ScheduledModel['place']>['run']>[0],
  options: Partial<Parameters<ReturnType<ScheduledModel['place']>['run']>[1]> = {},
) {
  const place = scheduled.place(inputs.reduce((sum, { data }) => sum + data.length, 0))
  try {
    return await place.run(inputs, { ...DEADLINE, ...options })
  } finally {
    place.release()
  }
}

const first = (result: { outputs: readonly { data: Uint8Array }[] }): number => Buffer.from(result.outputs[0]!.data).readFloatLE(0)

/** What the scheduler must do on top of every engine. */
export function describeScheduling(name: string, makeEngine: MakeEngine): void {
  describe(`scheduling on ${name}`, () => {
    const open: Scheduler[] = []
    const make = (options: SchedulerOptions = {}): Scheduler => {
      const scheduler = new Scheduler(options)
      open.push(scheduler)
      return scheduler
    }
    afterEach(async () => {
      await Promise.all(open.splice(0).map((scheduler) => scheduler.drain(0)))
    })

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

    it('tests the model against its golden examples before it answers anybody', async () => {
      const scheduler = make()
      const wrong = [{ inputs: [x(2)], outputs: [fp32('y', [1, 1], [5])] }]
      const scheduled = scheduler.add(specOf(makeEngine(), doubler(1), { golden: wrong }))
      const error = await codeOf(ask(scheduled, [x(1)]))
      expect(error.code).toBe('ENGINE_GOLDEN_MISMATCH')
      expect(error.message).toContain('element 0 is 4, the manifest says 5')
      expect(scheduled.servable).toBe(false)
      expect(scheduled.stats).toMatchObject({ loads: 1, loadFailures: 1 })
      // The answer would be the same: no second process is started for it now.
      expect((await codeOf(ask(scheduled, [x(1)]))).code).toBe('ENGINE_GOLDEN_MISMATCH')
      expect(scheduled.stats.loads).toBe(1)
    })

    it('refuses a manifest that does not fit its file', async () => {
      const scheduler = make()
      const spec = specOf(makeEngine(), doubler(1))
      const scheduled = scheduler.add({ ...spec, outputs: [{ name: 'z', datatype: 'FP32', shape: ['N', 1] }] })
      const error = await codeOf(scheduled.warm())
      expect(error.code).toBe('MODEL_INVALID')
      expect(error.message).toContain('outputs "z"')
    })

    it('refuses a file that is not the one the manifest names', async () => {
      const scheduler = make()
      const scheduled = scheduler.add({
        ...specOf(makeEngine(), doubler(1)),
        open: async () => ({ bytes: doubler(2), sha256: sha256Hex(doubler(1)) }),
      })
      expect((await codeOf(scheduled.warm())).code).toBe('STORE_HASH_MISMATCH')
    })

    it('gives up a request at its deadline, in the queue and during the run, and answers the rest', async () => {
      const scheduler = make()
      const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
      await scheduled.warm()
      const before = performance.now()
      const running = codeOf(ask(scheduled, [steps(300_000)], { deadlineMs: 40 }))
      const waiting = codeOf(ask(scheduled, [steps(1)], { deadlineMs: 20 }))
      const patient = ask(scheduled, [steps(3)])
      expect((await waiting).code).toBe('ENGINE_DEADLINE')
      expect((await running).code).toBe('ENGINE_DEADLINE')
      const gaveUp = performance.now() - before
      expect((await patient).outputs[0]!.data[0]).toBe(3)
      // What is given up runs to its end.
      expect(gaveUp).toBeLessThan((performance.now() - before) / 2)
      expect(scheduled.stats.deaths).toEqual({ crash: 0, timeout: 0, memory: 0 })
    })

    it('forgets a request whose caller left, before, in the queue, during the run', async () => {
      const scheduler = make()
      const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
      await scheduled.warm()
      const [gone, running, waiting] = [new Canceller(), new Canceller(), new Canceller()]
      gone.cancel()
      const answers = [
        codeOf(ask(scheduled, [steps(1)], { cancellation: gone })),
        codeOf(ask(scheduled, [steps(300_000)], { cancellation: running })),
        ...Array.from({ length: 6 }, () => codeOf(ask(scheduled, [steps(1)], { cancellation: waiting }))),
      ]
      await later(10)
      running.cancel()
      waiting.cancel()
      expect((await Promise.all(answers)).map(({ code }) => code)).toEqual(answers.map(() => 'ENGINE_CANCELLED'))
      expect((await ask(scheduled, [steps(9)])).outputs[0]!.data[0]).toBe(9)
    })

    it('runs innocent requests again when the process dies under another', async () => {
      const scheduler = make({ quarantine: { backOffMs: 1 } })
      const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
      await scheduled.warm()
      const culprit = codeOf(ask(scheduled, [steps(FOREVER)]))
      const innocent = Array.from({ length: 8 }, (_, i) => ask(scheduled, [steps(i)]))
      await later(20)
      process.kill(scheduled.pid!, 'SIGKILL')
      expect((await culprit).code).toBe('ENGINE_CRASHED')
      expect((await Promise.all(innocent)).map(({ outputs }) => outputs[0]!.data[0])).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
      expect(scheduled.stats.deaths.crash).toBe(1)
      expect(scheduled.stats.loads).toBe(2)
    })

    it('ends a run that exceeds what any run may take, and says so to its caller alone', async () => {
      const scheduler = make({ maxRunMs: 150, quarantine: { backOffMs: 1 } })
      const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
      await scheduled.warm()
      const endless = codeOf(ask(scheduled, [steps(FOREVER)]))
      const behind = ask(scheduled, [steps(4)])
      expect((await endless).code).toBe('ENGINE_DEADLINE')
      expect((await behind).outputs[0]!.data[0]).toBe(4)
      expect(scheduled.stats.deaths.timeout).toBe(1)
    })

    it('keeps a model out that crashes again and again, by the hash of its file, and lets it back later', async () => {
      const scheduler = make({ quarantine: { strikes: 3, baseMs: 1500, backOffMs: 1 } })
      const engine = makeEngine()
      const scheduled = scheduler.add(specOf(engine, sleeper()))
      const twin = scheduler.add(specOf(engine, sleeper(), { modelId: `0x${'77'.repeat(32)}` as Hex }))
      for (let i = 0; i < 3; i++) {
        const crashing = codeOf(ask(scheduled, [steps(FOREVER)]))
        while (scheduled.pid === undefined) await later(5)
        await later(10)
        process.kill(scheduled.pid, 'SIGKILL')
        expect((await crashing).code).toBe('ENGINE_CRASHED')
      }
      const refused = await codeOf(ask(scheduled, [steps(1)]))
      expect(refused.code).toBe('ENGINE_QUARANTINED')
      expect(refused.details.retryAfterMs).toBeGreaterThan(0)
      expect((await codeOf(ask(twin, [steps(1)]))).code).toBe('ENGINE_QUARANTINED')
      expect(scheduled.state).toBe('quarantined')
      await later(Number(refused.details.retryAfterMs) + 20)
      expect((await ask(scheduled, [steps(5)])).outputs[0]!.data[0]).toBe(5)
    })

    it('puts an idle model to sleep and wakes it on use', async () => {
      const scheduler = make({ idleMs: 60 })
      const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
      expect(first(await ask(scheduled, [x(1)]))).toBe(2)
      await expect.poll(() => scheduled.state, { timeout: 5_000 }).toBe('asleep')
      await expect.poll(() => scheduler.budget.used, { timeout: 5_000 }).toBe(0)
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
      const running = ask(busy, [steps(300_000)])
      const answer = ask(other, [x(4)])
      expect((await running).outputs).toHaveLength(1)
      expect(first(await answer)).toBe(8)
      expect(busy.stats.deaths).toEqual({ crash: 0, timeout: 0, memory: 0 })
    })

    it('says so when a model can never fit', async () => {
      const scheduler = make({ memoryBudgetBytes: 10e6 })
      const scheduled = scheduler.add(specOf(makeEngine(), doubler(1)))
      expect((await codeOf(ask(scheduled, [x(1)]))).code).toBe('ENGINE_OUT_OF_MEMORY')
    })

    it('runs several requests at once where the manifest allows it, each answer the same bytes as alone', async () => {
      const bytes = readFileSync(join(MODELS, 'digits_mlp_784_128_10', 'model.onnx'))
      const scheduler = make()
      const input = tensorOfVectors({ name: 'input', datatype: 'FP32' }, vectorsOf('digits_mlp_784_128_10').inputs)
      const row = (i: number) => fp32('input', [1, 784], numbersOf(input)!.subarray(i * 784, (i + 1) * 784))
      const golden = [0, 1].map((i) => ({ inputs: [row(i)], outputs: [] }))
      const together = scheduler.add(specOf(makeEngine(), bytes, { golden, batch: { invariant: true, max: 8 } }))
      const alone = scheduler.add(specOf(makeEngine(), bytes, { golden, modelId: `0x${'11'.repeat(32)}` as Hex }))
      await Promise.all([together.warm(), alone.warm()])
      expect([together.stackable, alone.stackable]).toEqual([true, false])
      const rows = Array.from({ length: 32 }, (_, i) => [row(i)])
      const answers = await Promise.all(rows.map((inputs) => ask(together, inputs)))
      const references = await Promise.all(rows.map((inputs) => ask(alone, inputs)))
      for (const [i, { outputs }] of answers.entries()) expect(equalTensors(outputs[0]!, references[i]!.outputs[0]!)).toBe(true)
      expect(together.stats.executions).toBeLessThan(12)
      expect(Math.max(...answers.map(({ rows }) => rows))).toBe(8)
      expect(alone.stats.executions).toBe(32)
    })

    it('loses nobody when callers leave between others who are run together', async () => {
      const scheduler = make()
      const scheduled = scheduler.add(specOf(makeEngine(), doubler(1), { batch: { invariant: true, max: 4 } }))
      await scheduled.warm()
      const leaving = new Canceller()
      const answers = Array.from({ length: 40 }, (_, i) =>
        ask(scheduled, [x(i)], { deadlineMs: 5_000, ...(i % 3 === 1 ? { cancellation: leaving } : {}) }).then(
          first,
          (error: OgError) => error.code,
        ),
      )
      leaving.cancel()
      const expected = answers.map((_, i) => (i % 3 === 1 ? 'ENGINE_CANCELLED' : 2 * i))
      expect(await Promise.all(answers)).toEqual(expected)
    })

    it('does not believe a manifest that calls a model batch-invariant when it is not', async () => {
      // The sum over all rows: an honest-looking shape, but each row's answer depends on its neighbours.
      const mixing = model(
        graph({
          nodes: [node('ReduceSum', ['x', 'axes'], ['sum']), node('Add', ['x', 'sum'], ['y'])],
          inputs: [value('x', TYPE.FLOAT, ['N', 1])],
          outputs: [value('y', TYPE.FLOAT, ['N', 1])],
          initializers: [int64s('axes', [0])],
        }),
      )
      const said: string[] = []
      const scheduler = make({ log: (message) => said.push(message) })
      const golden = [1, 2].map((n) => ({ inputs: [x(n)], outputs: [fp32('y', [1, 1], [2 * n])] }))
      const scheduled = scheduler.add(specOf(makeEngine(), mixing, { golden, batch: { invariant: true, max: 16 } }))
      await scheduled.warm()
      expect(scheduled.stackable).toBe(false)
      expect(said.join()).toContain('batch-invariant')
      const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => ask(scheduled, [x(n)])))
      expect(answers.map(first)).toEqual([2, 4, 6, 8, 10, 12, 14, 16])
    })

    it('runs requests alone again when running them together failed', async () => {
      // Takes one row and no more, whatever it declares.
      const picky = model(
        graph({
          nodes: [node('Reshape', ['x', 'to'], ['flat']), node('Identity', ['flat'], ['y'])],
          inputs: [value('x', TYPE.FLOAT, ['N', 1])],
          outputs: [value('y', TYPE.FLOAT, ['N', 1])],
          initializers: [int64s('to', [1, 1])],
        }),
      )
      const scheduler = make()
      const scheduled = scheduler.add(specOf(makeEngine(), picky, { batch: { invariant: true, max: 16 } }))
      await scheduled.warm()
      const answers = await Promise.all([1, 2, 3, 4, 5, 6, 7, 8].map((n) => ask(scheduled, [x(n)])))
      expect(answers.map(first)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
      expect(scheduled.stats.failed).toBe(0)
    })

    it('drains: answers those admitted, refuses newcomers, ends every process', async () => {
      const scheduler = make()
      const scheduled = scheduler.add(specOf(makeEngine(), sleeper()))
      await scheduled.warm()
      const pid = scheduled.pid!
      const admitted = [ask(scheduled, [steps(200_000)]), ask(scheduled, [steps(2)])]
      const drained = scheduler.drain()
      expect((await codeOf(ask(scheduled, [steps(1)]))).code).toBe('NODE_DRAINING')
      expect((await Promise.all(admitted)).map(({ outputs }) => outputs[0]!.data.length)).toEqual([8, 8])
      await drained
      expect(() => process.kill(pid, 0)).toThrow()
    })
  })
}
