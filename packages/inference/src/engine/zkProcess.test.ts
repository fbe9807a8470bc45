import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { MODELS } from '../server/folderSource.testkit.ts'
import { Canceller } from './cancellation.ts'
import type { Engine, LoadedModel } from './engine.ts'
import { isolationPlan } from './isolation.ts'
import type { Tensor } from './tensor.ts'
import { equalTensors } from './tensor.ts'
import { bytesOf, codeOf, fp32 } from './values.testkit.ts'
import { zkSample } from './zk.testkit.ts'
import { zkEngine } from './zk.ts'

/*
 * What the compliance suite demands of an engine's processes, for integer models: its own models are ONNX files with open shapes, every
 * datatype and loops, which integer models do not have.
 */
const sampleOf = (name: string) => zkSample(readFileSync(join(MODELS, name, 'model.onnx'))).bytes
const quick = sampleOf('volatility_mlp_16_32_32_1')
const slow = sampleOf('digits_mlp_784_128_10')
const image: Tensor[] = [
  fp32(
    'input',
    [1, 784],
    Array.from({ length: 784 }, (_, i) => (i % 17) / 17),
  ),
]
const row = (n: number): Tensor[] => [
  fp32(
    'input',
    [1, 16],
    Array.from({ length: 16 }, (_, i) => ((i * 7 + n) % 11) / 11 - 0.5),
  ),
]
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('processes of the engine zk', () => {
  let engine: Engine
  beforeAll(() => {
    engine = zkEngine()
  })
  afterAll(() => engine.close())

  const withModel = async (bytes: Uint8Array, use: (loaded: LoadedModel) => Promise<void>): Promise<void> => {
    const loaded = await engine.load(bytesOf(bytes))
    try {
      await use(loaded)
    } finally {
      await loaded.unload()
    }
  }

  it('answers the same bytes each time, in order, however many wait', () =>
    withModel(quick, async (loaded) => {
      const alone = (await loaded.run(row(0))).outputs
      const order: number[] = []
      const answers = await Promise.all(
        Array.from({ length: 300 }, async (_, i) => {
          const { outputs } = await loaded.run(row(i % 2 === 0 ? 0 : i))
          order.push(i)
          return outputs
        }),
      )
      for (const [i, outputs] of answers.entries())
        if (i % 2 === 0) for (const [o, output] of outputs.entries()) expect(equalTensors(output, alone[o]!)).toBe(true)
      expect(order).toEqual(answers.map((_, i) => i))
    }))

  it('ends a load that takes too long', async () => {
    expect((await codeOf(engine.load(bytesOf(quick), { timeoutMs: 5 }))).code).toBe('ENGINE_DEADLINE')
  })

  it('does not run what was cancelled before, and lets a caller go that leaves while it waits', () =>
    withModel(slow, async (loaded) => {
      const before = new Canceller()
      before.cancel()
      expect((await codeOf(loaded.run(image, { cancellation: before }))).code).toBe('ENGINE_CANCELLED')
      const others = [loaded.run(image), loaded.run(image)]
      const cancellation = new Canceller()
      const waiting = codeOf(loaded.run(image, { cancellation }))
      cancellation.cancel()
      expect((await waiting).code).toBe('ENGINE_CANCELLED')
      expect(await Promise.all(others)).toHaveLength(2)
    }))

  it('ends the process of a run over its time; those behind it had not started', async () => {
    const loaded = await engine.load(bytesOf(slow))
    await loaded.run(image)
    // A stopped process does not answer, however quick it is otherwise.
    process.kill(loaded.pid, 'SIGSTOP')
    const [first, second] = await Promise.all([codeOf(loaded.run(image, { timeoutMs: 20 })), codeOf(loaded.run(image))])
    expect([first.code, first.details.started]).toEqual(['ENGINE_DEADLINE', true])
    expect([second.code, second.details.started]).toEqual(['ENGINE_DEADLINE', false])
    expect(loaded.alive).toBe(false)
    await loaded.ended
    expect(isRunning(loaded.pid)).toBe(false)
  })

  it('survives kill -9 in the middle of a run', async () => {
    const loaded = await engine.load(bytesOf(slow))
    process.kill(loaded.pid, 'SIGSTOP')
    const running = Array.from({ length: 5 }, () => codeOf(loaded.run(image)))
    process.kill(loaded.pid, 'SIGKILL')
    const errors = await Promise.all(running)
    expect(errors.map(({ code }) => code)).toEqual(Array(5).fill('ENGINE_CRASHED'))
    expect(errors.map(({ details }) => details.started)).toEqual([true, false, false, false, false])
    await withModel(quick, async (next) => void (await next.run(row(1))))
  })

  it('finishes what runs when it is unloaded while busy, and takes no more', async () => {
    const loaded = await engine.load(bytesOf(slow))
    const running = [loaded.run(image), loaded.run(image)]
    const unloaded = loaded.unload()
    expect((await codeOf(loaded.run(image))).code).toBe('ENGINE_CLOSED')
    expect(await Promise.all(running)).toHaveLength(2)
    await unloaded
    expect([await loaded.ended, isRunning(loaded.pid)]).toEqual([undefined, false])
  })

  it('loads twice at once into two processes that know nothing of each other', async () => {
    const [one, two] = await Promise.all([engine.load(bytesOf(quick)), engine.load(bytesOf(quick))])
    process.kill(one.pid, 'SIGKILL')
    await one.ended
    expect((await two.run(row(2))).outputs).toHaveLength(2)
    await two.unload()
  })

  it('refuses an answer over the limit', async () => {
    const small = zkEngine({ maxOutputBytes: 160 })
    const loaded = await small.load(bytesOf(quick))
    expect((await loaded.run(row(3))).outputs).toHaveLength(2)
    await loaded.unload()
    const digits = await small.load(bytesOf(slow))
    expect((await codeOf(digits.run(image))).code).toBe('ENGINE_OUTPUT_TOO_LARGE')
    await small.close()
  })

  it('refuses what needs more memory than the process may have, without harm to others', async () => {
    const { isolation } = await engine.identity()
    const neighbour = await engine.load(bytesOf(quick))
    const error = await engine.load(bytesOf(slow), { memoryLimitBytes: 24 * 2 ** 20 }).then(
      () => undefined,
      (thrown: { code: string }) => thrown.code,
    )
    if (isolation.memoryLimit) expect(['ENGINE_OUT_OF_MEMORY', 'ENGINE_CRASHED']).toContain(error)
    expect((await neighbour.run(row(4))).outputs).toHaveLength(2)
    await neighbour.unload()
  })

  it.runIf(process.platform === 'linux')('fences its process in: no environment, empty folder, limits, no network', () =>
    withModel(quick, async ({ pid }) => {
      const known = ['PATH', 'PWD', 'UV_THREADPOOL_SIZE', 'ORT_DISABLE_TELEMETRY', '_', 'OLDPWD', 'SHLVL']
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').filter(Boolean)
      expect(environment.map((entry) => entry.split('=')[0]!).filter((key) => !known.includes(key))).toEqual([])
      expect(readdirSync(readlinkSync(`/proc/${pid}/cwd`))).toEqual([])
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
      expect(limits).toMatch(/Max file size\s+0\s/)
      const { isolation, wrap } = await isolationPlan()
      const [, kib] = /ulimit -d (\d+)/.exec(wrap([], { memoryBytes: 2 ** 31 }).args.join(' '))!
      expect(limits).toMatch(new RegExp(`Max data size\\s+${Number(kib) * 1024}\\s`))
      expect(readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net')).toBe(isolation.noNetwork)
      const sockets = readdirSync(`/proc/${pid}/fd`).filter(
        (fd) => existsSync(`/proc/${pid}/fd/${fd}`) && readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:'),
      )
      expect(sockets.map(Number).filter((fd) => fd > 3)).toEqual([])
    }),
  )

  it('ends every process when it is closed, in the middle of a run too', async () => {
    const closing = zkEngine()
    const loaded = await closing.load(bytesOf(slow))
    const running = codeOf(loaded.run(image))
    await closing.close()
    expect((await running).code).toBe('ENGINE_CLOSED')
    expect(isRunning(loaded.pid)).toBe(false)
    expect((await codeOf(closing.load(bytesOf(quick)))).code).toBe('ENGINE_CLOSED')
  })
})
