import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { isOgError } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { doubler, hoarder, picker, sleeper } from '../../onnx/writer.testkit.ts'
import { MODELS } from '../../server/folderSource.testkit.ts'
import { isolationPlan } from '../isolation.ts'
import { numbersOf } from '../tensor.ts'
import { bytesOf, codeOf, fp32, int64 } from '../values.testkit.ts'
import { FOREVER, isRunning, later, long, type Suite } from './suite.testkit.ts'

/** A process for each model: what it may do, what its end means, and what others notice of it. */
export function processOfEngine(suite: Suite): void {
  const { withModel, makeEngine } = suite
  it('survives kill -9 in the middle of a run', async () => {
    const loaded = await suite.engine.load(bytesOf(sleeper()))
    const running = codeOf(loaded.run(long(FOREVER)))
    const behind = codeOf(loaded.run(long(1)))
    await later(30)
    process.kill(loaded.pid, 'SIGKILL')
    const [first, second] = await Promise.all([running, behind])
    expect([first.code, first.details.started]).toEqual(['ENGINE_CRASHED', true])
    expect([second.code, second.details.started]).toEqual(['ENGINE_CRASHED', false])
    expect(isOgError(await loaded.ended, 'ENGINE_CRASHED')).toBe(true)
    await withModel(doubler(1), async (next) => void (await next.run([fp32('x', [1, 1], [1])])))
  })

  it('tells nobody what the request of somebody else made the runtime print', async () => {
    const lines: string[] = []
    const noisy = makeEngine({ log: (line) => lines.push(line) })
    const loaded = await noisy.load(bytesOf(picker()))
    const first = await codeOf(loaded.run([int64('at', [1], [7_654_321])]))
    const next = codeOf(loaded.run([int64('at', [1], [0])]))
    process.kill(loaded.pid, 'SIGKILL')
    const error = await next
    expect([first.message, lines.join()]).toEqual([expect.stringContaining('7654321'), expect.stringContaining('7654321')])
    expect(error.code).toBe('ENGINE_CRASHED')
    expect(JSON.stringify([error.toJSON(), (await loaded.ended)?.message])).not.toContain('7654321')
    await noisy.close()
  })

  it('refuses what needs more memory than the process may have, without harm to others', async () => {
    const { isolation } = await suite.engine.identity()
    const neighbour = await suite.engine.load(bytesOf(doubler(1)))
    const loaded = await suite.engine.load(bytesOf(hoarder()), { memoryLimitBytes: 512 * 2 ** 20 })
    const modest = await loaded.run([int64('shape', [2], [1000, 1000])])
    expect(numbersOf(modest.outputs[0]!)![0]).toBe(1e6)
    const error = await codeOf(loaded.run([int64('shape', [2], [40_000, 20_000])]))
    expect(isolation.memoryLimit).toBe(process.platform === 'linux')
    expect(error.code).toBe('ENGINE_OUT_OF_MEMORY')
    expect((await neighbour.run([fp32('x', [1, 1], [4])])).outputs).toHaveLength(1)
    await Promise.all([loaded.unload(), neighbour.unload()])
  })

  it('finishes what runs when it is unloaded while busy, and takes no more', async () => {
    const loaded = await suite.engine.load(bytesOf(sleeper()))
    const running = [loaded.run(long(2_000)), loaded.run(long(7))]
    const unloaded = loaded.unload()
    expect((await codeOf(loaded.run(long(1)))).code).toBe('ENGINE_CLOSED')
    const answers = await Promise.all(running)
    expect(answers[1]!.outputs[0]!.data[0]).toBe(7)
    await unloaded
    expect(await loaded.ended).toBeUndefined()
    expect(isRunning(loaded.pid)).toBe(false)
  })

  it('loads twice at once into two processes that know nothing of each other', async () => {
    const [one, two] = await Promise.all([suite.engine.load(bytesOf(doubler(1))), suite.engine.load(bytesOf(doubler(1)))])
    expect(one.pid).not.toBe(two.pid)
    process.kill(one.pid, 'SIGKILL')
    await one.ended
    expect((await two.run([fp32('x', [1, 1], [1])])).outputs).toHaveLength(1)
    await two.unload()
  })

  it('is not disturbed by noise on stdout and stderr, and logs it', async () => {
    const lines: string[] = []
    const noisy = makeEngine({ log: (line) => lines.push(line), logSeverityLevel: 0 })
    await withModel(
      readFileSync(join(MODELS, 'digits_lenet', 'model.onnx')),
      async (loaded) => {
        for (let i = 0; i < 5; i++) await loaded.run([fp32('input', [1, 1, 28, 28], new Float32Array(784))])
      },
      noisy,
    )
    await noisy.close()
    expect(lines.length).toBeGreaterThan(10)
    expect(lines.length).toBeLessThan(200)
    expect(lines.every((line) => /^[\x20-\x7e]*$/.test(line))).toBe(true)
  })

  it('refuses an answer over the limit', async () => {
    const small = makeEngine({ maxOutputBytes: 100_000 })
    const loaded = await small.load(bytesOf(doubler(1000)))
    expect((await loaded.run([fp32('x', [20, 1000], new Float32Array(20_000))])).outputs).toHaveLength(1)
    const error = await codeOf(loaded.run([fp32('x', [30, 1000], new Float32Array(30_000))]))
    expect(error.code).toBe('ENGINE_OUTPUT_TOO_LARGE')
    await small.close()
  })

  it.runIf(process.platform === 'linux')(
    'fences its process in: no environment, empty folder, limits, no network, no telemetry',
    async () => {
      const { pid } = suite.neighbour
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .filter(Boolean)
        .map((entry) => entry.split('=')[0])
      expect(
        environment.filter((key) => !['PATH', 'PWD', 'UV_THREADPOOL_SIZE', 'ORT_DISABLE_TELEMETRY', '_', 'OLDPWD', 'SHLVL'].includes(key!)),
      ).toEqual([])
      expect(environment).toContain('ORT_DISABLE_TELEMETRY')
      expect(readdirSync(readlinkSync(`/proc/${pid}/cwd`))).toEqual([])
      const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
      expect(limits).toMatch(/Max file size\s+0\s/)
      const { isolation, wrap } = await isolationPlan()
      const [, kib] = /ulimit -d (\d+)/.exec(wrap([], { memoryBytes: 2 ** 31 }).args.join(' '))!
      expect(limits).toMatch(new RegExp(`Max data size\\s+${Number(kib) * 1024}\\s`))
      expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/NoNewPrivs:\s+1/)
      expect((await suite.engine.identity()).isolation).toEqual(isolation)
      expect(readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net')).toBe(isolation.noNetwork)
      // Descriptors of its own, and the one socket to us.
      const sockets = readdirSync(`/proc/${pid}/fd`).filter(
        (fd) => existsSync(`/proc/${pid}/fd/${fd}`) && readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:'),
      )
      expect(sockets.map(Number).filter((fd) => fd > 3)).toEqual([])
    },
  )

  it('ends every process when it is closed, in the middle of a run too', async () => {
    const closing = makeEngine()
    const loaded = await closing.load(bytesOf(sleeper()))
    const running = codeOf(loaded.run(long(FOREVER)))
    await later(10)
    await closing.close()
    expect((await running).code).toBe('ENGINE_CLOSED')
    expect(isRunning(loaded.pid)).toBe(false)
    expect((await codeOf(closing.load(bytesOf(doubler(1))))).code).toBe('ENGINE_CLOSED')
  })
}
