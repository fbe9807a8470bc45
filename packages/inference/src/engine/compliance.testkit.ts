import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join as pathOf } from 'node:path'
import { isOgError, type OgError, sha256Hex } from '@opengradient/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { difference } from '../onnx/near.testkit.ts'
import { tensorOfVectors, vectorsOf } from '../onnx/vectors.testkit.ts'
import {
  attribute,
  type Bytes,
  block,
  doubler,
  graph,
  hoarder,
  int,
  int64s,
  join,
  model,
  node,
  opset,
  sleeper,
  TYPE,
  tensor,
  value,
} from '../onnx/writer.testkit.ts'
import { MODELS, sampleNames } from '../server/folderSource.testkit.ts'
import { Canceller } from './cancellation.ts'
import type { Engine, LoadedModel } from './engine.ts'
import { isolationPlan } from './isolation.ts'
import type { Tensor } from './tensor.ts'
import { equalTensors, numbersOf } from './tensor.ts'

export interface MakeEngineOptions {
  log?: (line: string) => void
  maxOutputBytes?: number
  logSeverityLevel?: number
}

export type MakeEngine = (options?: MakeEngineOptions) => Engine

export const bytesOf = (bytes: Uint8Array): { bytes: Uint8Array; sha256: `0x${string}` } => ({ bytes, sha256: sha256Hex(bytes) })

export function fp32(name: string, shape: readonly number[], values: ArrayLike<number>): Tensor {
  return { name, datatype: 'FP32', shape, data: new Uint8Array(Float32Array.from(values).buffer) }
}

export function int64(name: string, shape: readonly number[], values: readonly (number | bigint)[]): Tensor {
  return { name, datatype: 'INT64', shape, data: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) }
}

export async function codeOf(promise: Promise<unknown>): Promise<OgError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!isOgError(error)) throw new Error(`expected an OgError, got ${String(error)}`)
  return error
}

const FOREVER = 2_000_000_000
const long = (n: number): Tensor[] => [int64('n', [], [n])]
const later = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const isRunning = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What every engine must do. One suite, run against each engine with its real process and its real runtime. */
export function describeEngine(name: string, makeEngine: MakeEngine): void {
  describe(`engine ${name}`, () => {
    let engine: Engine
    beforeAll(() => {
      engine = makeEngine()
    })
    afterAll(() => engine.close())

    const withModel = async (bytes: Uint8Array, use: (loaded: LoadedModel) => Promise<void>, on: Engine = engine): Promise<void> => {
      const loaded = await on.load(bytesOf(bytes))
      try {
        await use(loaded)
      } finally {
        await loaded.unload()
      }
    }

    it('says who it is: name, version, digest of the binary, fingerprint, settings', async () => {
      const identity = await engine.identity()
      expect(identity.name).toBe(name)
      expect(identity.version).toMatch(/^\d+\.\d+\.\d+/)
      expect(identity.digest).toMatch(/^0x[0-9a-f]{64}$/)
      expect(identity.fingerprint.length).toBeLessThanOrEqual(256)
      expect(identity.parameters).toMatchObject({ threads: 1, graph_optimization: 'all' })
    })

    it('declares the inputs and outputs of the file', () =>
      withModel(doubler(4), async ({ signature, pid, alive }) => {
        expect(signature).toEqual({
          inputs: [{ name: 'x', datatype: 'FP32', shape: ['N', 4] }],
          outputs: [{ name: 'y', datatype: 'FP32', shape: ['N', 4] }],
        })
        expect(pid).toBeGreaterThan(0)
        expect(alive).toBe(true)
      }))

    it.each(sampleNames())('reproduces the vectors of %s', (sample) =>
      withModel(readFileSync(pathOf(MODELS, sample, 'model.onnx')), async (loaded) => {
        const vectors = vectorsOf(sample)
        const inputs = loaded.signature.inputs.map((info) => tensorOfVectors(info, vectors.inputs))
        const { outputs } = await loaded.run(inputs)
        for (const output of outputs) expect(difference(output, tensorOfVectors(output, vectors.outputs))).toBeUndefined()
      }),
    )

    it('answers the same bytes each time', () =>
      withModel(readFileSync(pathOf(MODELS, 'digits_lenet', 'model.onnx')), async (loaded) => {
        const input = [
          fp32(
            'input',
            [1, 1, 28, 28],
            Array.from({ length: 784 }, (_, i) => Math.sin(i)),
          ),
        ]
        const answers = await Promise.all(Array.from({ length: 20 }, () => loaded.run(input)))
        for (const { outputs } of answers) expect(equalTensors(outputs[0]!, answers[0]!.outputs[0]!)).toBe(true)
      }))

    it('refuses bytes that do not have the hash they were asked by', async () => {
      const error = await codeOf(engine.load({ bytes: doubler(3), sha256: sha256Hex(doubler(4)) }))
      expect(error.code).toBe('STORE_HASH_MISMATCH')
    })

    it('refuses a malformed file before it starts a process', async () => {
      const error = await codeOf(engine.load(bytesOf(doubler().subarray(0, 40))))
      expect(error.code).toBe('MODEL_INVALID')
      expect(error.details.reason).toBe('TRUNCATED')
    })

    it('reports what only the runtime refuses, and ends that process', async () => {
      const unknown = model(
        graph({
          nodes: [node('NoSuchOperator', ['x'], ['y'])],
          inputs: [value('x', TYPE.FLOAT, ['N'])],
          outputs: [value('y', TYPE.FLOAT, ['N'])],
        }),
      )
      const error = await codeOf(engine.load(bytesOf(unknown)))
      expect(error.code).toBe('ENGINE_LOAD_FAILED')
      expect(error.message).toContain('NoSuchOperator')
    })

    it('ends a load that takes too long', async () => {
      const error = await codeOf(engine.load(bytesOf(doubler()), { timeoutMs: 5 }))
      expect(error.code).toBe('ENGINE_DEADLINE')
    })

    describe('inputs', () => {
      let loaded: LoadedModel
      beforeAll(async () => {
        const two = model(
          graph({
            nodes: [node('Add', ['a', 'b'], ['y'])],
            inputs: [value('a', TYPE.FLOAT, ['N', 2]), value('b', TYPE.FLOAT, ['N', 2])],
            outputs: [value('y', TYPE.FLOAT, ['N', 2])],
          }),
        )
        loaded = await engine.load(bytesOf(two))
      })
      afterAll(() => loaded.unload())
      const a = fp32('a', [1, 2], [1, 2])
      const b = fp32('b', [1, 2], [3, 4])

      it.each<[string, Tensor[], string]>([
        ['another datatype', [{ ...a, datatype: 'INT32' }, b], 'INPUT_DATATYPE'],
        ['another rank', [{ ...a, shape: [2] }, b], 'INPUT_SHAPE'],
        ['another fixed dimension', [fp32('a', [1, 3], [1, 2, 3]), b], 'INPUT_SHAPE'],
        ['one symbol with two sizes', [fp32('a', [2, 2], [1, 2, 3, 4]), b], 'INPUT_SHAPE'],
        ['a negative dimension', [{ ...a, shape: [-1, 2] }, b], 'INPUT_SHAPE'],
        ['a broken dimension', [{ ...a, shape: [0.5, 2] }, b], 'INPUT_SHAPE'],
        ['a dimension beyond 32 bits', [{ ...a, shape: [2 ** 33, 2] }, b], 'INPUT_SHAPE'],
        ['too few bytes', [{ ...a, data: a.data.subarray(1) }, b], 'INPUT_SIZE'],
        ['too many bytes', [{ ...a, data: new Uint8Array(9) }, b], 'INPUT_SIZE'],
        ['a missing input', [a], 'INPUT_MISSING'],
        ['one input too many', [a, b, b], 'INPUT_UNKNOWN'],
        ['another name', [a, { ...b, name: 'c' }], 'INPUT_UNKNOWN'],
      ])('refuses %s, naming it, and goes on', async (_, inputs, code) => {
        expect((await codeOf(loaded.run(inputs))).code).toBe(code)
        const { outputs } = await loaded.run([a, b])
        expect([...numbersOf(outputs[0]!)!]).toEqual([4, 6])
      })

      it('answers a zero-size batch with zero rows', async () => {
        const { outputs } = await loaded.run([fp32('a', [0, 2], []), fp32('b', [0, 2], [])])
        expect(outputs[0]).toMatchObject({ shape: [0, 2], datatype: 'FP32' })
        expect(outputs[0]!.data.length).toBe(0)
      })

      it('passes NaN and infinities through', async () => {
        const { outputs } = await loaded.run([fp32('a', [1, 2], [Number.NaN, Number.POSITIVE_INFINITY]), b])
        expect([...numbersOf(outputs[0]!)!]).toEqual([Number.NaN, Number.POSITIVE_INFINITY])
      })

      it('reports what the runtime refuses at run time, and goes on', async () => {
        const split = model(
          graph({
            nodes: [node('Reshape', ['x', 'to'], ['y'])],
            inputs: [value('x', TYPE.FLOAT, ['N'])],
            outputs: [value('y', TYPE.FLOAT, [2, 3])],
            initializers: [int64s('to', [2, 3])],
          }),
        )
        await withModel(split, async (reshaper) => {
          expect((await codeOf(reshaper.run([fp32('x', [5], [1, 2, 3, 4, 5])]))).code).toBe('ENGINE_FAILED')
          expect((await reshaper.run([fp32('x', [6], [1, 2, 3, 4, 5, 6])])).outputs[0]!.shape).toEqual([2, 3])
        })
      })
    })

    it('carries every datatype', async () => {
      const samples: [Tensor['datatype'], number, Uint8Array][] = [
        ['BOOL', 9, Uint8Array.of(1, 0)],
        ['UINT8', 2, Uint8Array.of(0, 255)],
        ['INT8', 3, Uint8Array.of(128, 127)],
        ['UINT16', 4, Uint8Array.of(1, 2, 3, 4)],
        ['INT16', 5, Uint8Array.of(0, 128, 255, 127)],
        ['UINT32', 12, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)],
        ['INT32', 6, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 255)],
        ['UINT64', 13, new Uint8Array(16).fill(255)],
        ['INT64', 7, new Uint8Array(16).fill(254)],
        ['FP16', 10, Uint8Array.of(0, 60, 0, 192)],
        ['FP32', 1, new Uint8Array(Float32Array.of(1.5, -0).buffer)],
        ['FP64', 11, new Uint8Array(Float64Array.of(Math.PI, -1e300).buffer)],
        ['BYTES', 8, Buffer.from('\u0003\0\0\0h\u00e9\0\0\0\0')],
      ]
      const names = samples.map(([datatype]) => datatype)
      const identities = model(
        graph({
          nodes: names.map((name) => node('Identity', [`in_${name}`], [`out_${name}`])),
          inputs: samples.map(([name, type]) => value(`in_${name}`, type, [2])),
          outputs: samples.map(([name, type]) => value(`out_${name}`, type, [2])),
        }),
      )
      await withModel(identities, async (loaded) => {
        const { outputs } = await loaded.run(samples.map(([datatype, , data]) => ({ name: `in_${datatype}`, datatype, shape: [2], data })))
        for (const [i, [datatype, , data]] of samples.entries())
          expect(outputs[i], datatype).toMatchObject({ name: `out_${datatype}`, datatype, shape: [2], data: Buffer.from(data) })
      })
    })

    it('gives only the outputs asked for, in the order asked', async () => {
      const two = model(
        graph({
          nodes: [node('Neg', ['x'], ['minus']), node('Abs', ['x'], ['abs'])],
          inputs: [value('x', TYPE.FLOAT, [1])],
          outputs: [value('minus', TYPE.FLOAT, [1]), value('abs', TYPE.FLOAT, [1])],
        }),
      )
      await withModel(two, async (loaded) => {
        const { outputs } = await loaded.run([fp32('x', [1], [-2])], { outputs: [1, 0] })
        expect(outputs.map((output) => [output.name, numbersOf(output)![0]])).toEqual([
          ['abs', 2],
          ['minus', 2],
        ])
        expect((await loaded.run([fp32('x', [1], [-2])], { outputs: [1] })).outputs).toHaveLength(1)
        expect((await codeOf(loaded.run([fp32('x', [1], [-2])], { outputs: [2] }))).code).toBe('INPUT_UNKNOWN')
      })
    })

    it('carries tensors far larger than one read', () =>
      withModel(doubler(1000), async (loaded) => {
        const rows = 2_000
        const values = Float32Array.from({ length: rows * 1000 }, (_, i) => i)
        const { outputs } = await loaded.run([fp32('x', [rows, 1000], values)])
        expect(numbersOf(outputs[0]!)!.every((y, i) => y === 2 * values[i]!)).toBe(true)
      }))

    it('does not run what was cancelled before', () =>
      withModel(doubler(1), async (loaded) => {
        const cancellation = new Canceller()
        cancellation.cancel()
        expect((await codeOf(loaded.run([fp32('x', [1, 1], [1])], { cancellation }))).code).toBe('ENGINE_CANCELLED')
      }))

    it('lets the caller go at once when cancelled during a run, and finishes the run', () =>
      withModel(sleeper(), async (loaded) => {
        const cancellation = new Canceller()
        const slow = codeOf(loaded.run(long(300_000), { cancellation }))
        await later(10)
        // A stopped process cannot finish.
        process.kill(loaded.pid, 'SIGSTOP')
        cancellation.cancel()
        expect((await slow).code).toBe('ENGINE_CANCELLED')
        process.kill(loaded.pid, 'SIGCONT')
        expect((await loaded.run(long(3))).outputs[0]!.data[0]).toBe(3)
      }))

    it('is not bothered by a cancellation after the answer', () =>
      withModel(doubler(1), async (loaded) => {
        const cancellation = new Canceller()
        await loaded.run([fp32('x', [1, 1], [1])], { cancellation })
        cancellation.cancel()
        expect((await loaded.run([fp32('x', [1, 1], [2])])).outputs).toHaveLength(1)
      }))

    it('ends the process of a run over its time; those behind it had not started', async () => {
      const loaded = await engine.load(bytesOf(sleeper()))
      const slow = codeOf(loaded.run(long(FOREVER), { timeoutMs: 100 }))
      const behind = codeOf(loaded.run(long(1)))
      const [first, second] = await Promise.all([slow, behind])
      expect([first.code, first.details.started]).toEqual(['ENGINE_DEADLINE', true])
      expect([second.code, second.details.started]).toEqual(['ENGINE_DEADLINE', false])
      expect(loaded.alive).toBe(false)
      expect(isOgError(await loaded.ended, 'ENGINE_DEADLINE')).toBe(true)
      expect(isRunning(loaded.pid)).toBe(false)
      expect((await codeOf(loaded.run(long(1)))).details.started).toBe(false)
    })

    it("does not count a neighbour's time", () =>
      withModel(sleeper(), async (loaded) => {
        const started = performance.now()
        await loaded.run(long(300_000))
        const alone = performance.now() - started
        const line = Array.from({ length: 4 }, () => loaded.run(long(300_000), { timeoutMs: alone * 3 + 100 }))
        expect(await Promise.all(line)).toHaveLength(4)
      }))

    it('survives kill -9 in the middle of a run', async () => {
      const loaded = await engine.load(bytesOf(sleeper()))
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

    it('refuses what needs more memory than the process may have, without harm to others', async () => {
      const { isolation } = await engine.identity()
      const neighbour = await engine.load(bytesOf(doubler(1)))
      const loaded = await engine.load(bytesOf(hoarder()), { memoryLimitBytes: 512 * 2 ** 20 })
      const modest = await loaded.run([int64('shape', [2], [1000, 1000])])
      expect(numbersOf(modest.outputs[0]!)![0]).toBe(1e6)
      const error = await codeOf(loaded.run([int64('shape', [2], [40_000, 20_000])]))
      expect(isolation.memoryLimit).toBe(process.platform === 'linux')
      expect(error.code).toBe('ENGINE_OUT_OF_MEMORY')
      expect((await neighbour.run([fp32('x', [1, 1], [4])])).outputs).toHaveLength(1)
      await Promise.all([loaded.unload(), neighbour.unload()])
    })

    it('answers 1,000 queued calls, in order', () =>
      withModel(doubler(1), async (loaded) => {
        const order: number[] = []
        const answers = await Promise.all(
          Array.from({ length: 1000 }, async (_, i) => {
            const { outputs } = await loaded.run([fp32('x', [1, 1], [i])])
            order.push(i)
            return numbersOf(outputs[0]!)![0]
          }),
        )
        expect(answers).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i))
        expect(order).toEqual(answers.map((_, i) => i))
      }))

    it('finishes what runs when it is unloaded while busy, and takes no more', async () => {
      const loaded = await engine.load(bytesOf(sleeper()))
      const running = [loaded.run(long(200_000)), loaded.run(long(7))]
      const unloaded = loaded.unload()
      expect((await codeOf(loaded.run(long(1)))).code).toBe('ENGINE_CLOSED')
      const answers = await Promise.all(running)
      expect(answers[1]!.outputs[0]!.data[0]).toBe(7)
      await unloaded
      expect(await loaded.ended).toBeUndefined()
      expect(isRunning(loaded.pid)).toBe(false)
    })

    it('loads twice at once into two processes that know nothing of each other', async () => {
      const [one, two] = await Promise.all([engine.load(bytesOf(doubler(1))), engine.load(bytesOf(doubler(1)))])
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
        readFileSync(pathOf(MODELS, 'digits_lenet', 'model.onnx')),
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

    it.runIf(process.platform === 'linux')('fences its process in: no environment, empty folder, limits, no network, no telemetry', () =>
      withModel(doubler(1), async ({ pid }) => {
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8')
          .split('\0')
          .filter(Boolean)
          .map((entry) => entry.split('=')[0])
        expect(
          environment.filter(
            (key) => !['PATH', 'PWD', 'UV_THREADPOOL_SIZE', 'ORT_DISABLE_TELEMETRY', '_', 'OLDPWD', 'SHLVL'].includes(key!),
          ),
        ).toEqual([])
        expect(environment).toContain('ORT_DISABLE_TELEMETRY')
        expect(readdirSync(readlinkSync(`/proc/${pid}/cwd`))).toEqual([])
        const limits = readFileSync(`/proc/${pid}/limits`, 'utf8')
        expect(limits).toMatch(/Max file size\s+0\s/)
        expect(limits).toMatch(/Max data size\s+2147483648\s/)
        expect(readFileSync(`/proc/${pid}/status`, 'utf8')).toMatch(/NoNewPrivs:\s+1/)
        const { isolation } = await isolationPlan()
        expect((await engine.identity()).isolation).toEqual(isolation)
        expect(readlinkSync(`/proc/${pid}/ns/net`) !== readlinkSync('/proc/self/ns/net')).toBe(isolation.noNetwork)
        // Descriptors of its own, and the one socket to us.
        const sockets = readdirSync(`/proc/${pid}/fd`).filter(
          (fd) => existsSync(`/proc/${pid}/fd/${fd}`) && readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:'),
        )
        expect(sockets.map(Number).filter((fd) => fd > 3)).toEqual([])
      }),
    )

    const oneNode = (made: Bytes, initializers: Bytes[] = []): Bytes =>
      graph({ nodes: [made], inputs: [value('x', TYPE.FLOAT, [1])], outputs: [value('y', TYPE.FLOAT, [1])], initializers })
    const outside = join(block(13, join(block(1, 'location'), block(2, '/etc/passwd'))), int(14, 1))
    it.each<[string, () => Bytes, string]>([
      ['text', () => Buffer.from('hello world'), 'UNKNOWN_FIELD'],
      ['a file cut in the middle', () => sleeper().subarray(0, 100), 'TRUNCATED'],
      ['a model with something behind it', () => join(doubler(), Uint8Array.of(0)), 'PROTOBUF'],
      [
        'data outside the file',
        () => model(oneNode(node('Add', ['x', 'w'], ['y']), [tensor('w', TYPE.FLOAT, [1], new Uint8Array(0), outside)])),
        'EXTERNAL_DATA',
      ],
      [
        'an operator of another domain',
        () => model(oneNode(node('Gelu', ['x'], ['y'], [], 'com.microsoft')), { opsets: [opset(17), opset(1, 'com.microsoft')] }),
        'CUSTOM_DOMAIN',
      ],
      [
        '64 GiB from a constant shape',
        () => model(oneNode(node('ConstantOfShape', ['s'], ['y']), [int64s('s', [2n ** 34n])])),
        'ALLOCATION',
      ],
      [
        'a terabyte that is not there',
        () => model(oneNode(node('Add', ['x', 'w'], ['y']), [tensor('w', TYPE.FLOAT, [2 ** 40], new Uint8Array(4))])),
        'DIMS',
      ],
    ])('refuses %s, whatever the runtime would say, and goes on', async (_, bytes, reason) => {
      const error = await codeOf(engine.load(bytesOf(bytes())))
      expect([error.code, error.details.reason]).toEqual(['MODEL_INVALID', reason])
      await withModel(doubler(1), async (loaded) => void (await loaded.run([fp32('x', [1, 1], [1])])))
    })

    it('computes operators of the standard domain', async () => {
      const scaled = graph({
        nodes: [node('LpNormalization', ['x'], ['y'], [attribute.int('axis', 0)])],
        inputs: [value('x', TYPE.FLOAT, [2])],
        outputs: [value('y', TYPE.FLOAT, [2])],
      })
      await withModel(model(scaled), async (loaded) =>
        expect([...numbersOf((await loaded.run([fp32('x', [2], [3, 4])])).outputs[0]!)!].map((y) => y.toFixed(6))).toEqual([
          '0.600000',
          '0.800000',
        ]),
      )
    })

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
  })
}
