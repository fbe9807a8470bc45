import { afterAll, expect, test } from 'vitest'
import { ModelBuilder, RELU } from '../program/model.testkit.ts'
import { openModel, ZkModel } from '../proof/model.ts'
import { ZkProver } from '../proof/prover.ts'
import { registerModel } from '../proof/register.ts'
import { Kernels } from './kernels.ts'
import { threadModule } from './module.ts'
import { type Fault, removeWorker, spawner, threaded } from './threads.testkit.ts'

afterAll(removeWorker)

const BATCH = 8

/** Layers with every pass long enough to be cut: lookups, products of committed values, tables, and committed weights. */
function model(commitWeights: boolean) {
  const builder = new ModelBuilder(8, 3)
  const hidden = builder.gemm(builder.input([48]), 256, RELU)
  const ir = builder.build([builder.gemm(builder.gemm(hidden, 48, RELU), 5, { raw: 1 })])
  const { files, zkModelId } = registerModel(Kernels.loadSync(), ir, builder.weights, { batches: [BATCH], commitWeights })
  const opened = openModel(files, zkModelId)
  if (!(opened instanceof ZkModel)) throw new Error(opened.code)
  return opened
}

const inputs = [Int16Array.from({ length: 48 * BATCH }, (_, i) => ((i * 7919) % 4001) - 2000)]
const ctx = new Uint8Array([9])
const [open, committed] = [model(false), model(true)]
const proofs = (kernels: Kernels): string[] => {
  const prover = new ZkProver(kernels)
  return [open, committed].map((one) => Buffer.from(prover.prove(one, inputs, { batch: BATCH, ctx }).proof).toString('base64'))
}
const alone = proofs(Kernels.loadSync())

test.each([1, 2, 3])('proofs with %i workers are those of one thread, byte for byte', async (workers) => {
  const kernels = await threaded(workers, proofs)
  try {
    // On a machine with no time one thread does most of it.
    for (let i = 0; i < 3 || kernels.shared.helped <= 20; i++) expect(proofs(kernels)).toEqual(alone)
  } finally {
    await kernels.close()
  }
})

test('without workers, and until they come up, one thread does it all', async () => {
  expect(proofs(Kernels.loadThreads({ workers: 0, spawn: spawner() }))).toEqual(alone)
  const stopped: number[] = []
  const kernels = Kernels.loadThreads({ workers: 2, spawn: ({ area }) => ({ stop: () => stopped.push(area) }) })
  expect(proofs(kernels)).toEqual(alone)
  expect(kernels.shared.helped).toBe(0)
  await kernels.close()
  expect(stopped).toEqual([1, 2])
})

/** Proves until that fails, and returns with what. */
async function failure(kernels: Kernels): Promise<unknown> {
  for (let tries = 0; tries < 1000; tries++) {
    try {
      expect(proofs(kernels)).toEqual(alone)
    } catch (error) {
      return error
    }
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  return undefined
}

test.each<[Fault, RegExp]>([
  ['ends', /a worker has ended/],
  ['fails', /a worker has ended|the kernels of a worker failed/],
  ['hangs', /a worker does not finish its part/],
])('a worker that %s: proofs stay right until the failure is seen, then nothing is proved', async (fault, message) => {
  const kernels = Kernels.loadThreads({ workers: 1, spawn: spawner(fault), patienceMs: 300 })
  const error = await failure(kernels)
  expect(error).toMatchObject({ code: 'ZK_WORKER', message: expect.stringMatching(message) })
  expect(() => proofs(kernels)).toThrow(expect.objectContaining({ code: 'ZK_WORKER' }))
  expect(() => kernels.alloc(1)).toThrow(expect.objectContaining({ code: 'ZK_WORKER' }))
  await kernels.close()
})

test('a worker that is terminated while it works ends the kernels', async () => {
  let terminate: (() => unknown) | undefined
  const spawn: ReturnType<typeof spawner> = (start, ended) => {
    const thread = spawner()(start, ended)
    terminate = () => thread.stop()
    return thread
  }
  const kernels = await threaded(1, proofs, { spawn, patienceMs: 2_000 })
  terminate?.()
  expect(await failure(kernels)).toMatchObject({ code: 'ZK_WORKER' })
  await kernels.close()
})

test('closed kernels are of no use, and a number of workers that cannot be is refused', async () => {
  const kernels = Kernels.loadThreads({ workers: 1, spawn: spawner() })
  await kernels.close()
  expect(() => proofs(kernels)).toThrow(expect.objectContaining({ code: 'ZK_WORKER' }))
  for (const workers of [-1, 1.5, 16, Number.NaN])
    expect(() => Kernels.loadThreads({ workers, spawn: spawner() })).toThrow(expect.objectContaining({ code: 'ZK_WORKER' }))
})

test('what fails to start leaves no worker behind', () => {
  const stopped: number[] = []
  const spawn: ReturnType<typeof spawner> = ({ area }) => {
    if (area === 2) throw new Error('no more')
    return { stop: () => stopped.push(area) }
  }
  expect(() => Kernels.loadThreads({ workers: 3, spawn })).toThrow('no more')
  expect(stopped).toEqual([1])
})

test('modules of different areas differ in their addresses alone', () => {
  const [first, third] = [threadModule(0), threadModule(2)]
  const moved = [...first.keys()].filter((i) => first[i] !== third[i])
  expect(moved.length).toBeGreaterThan(100)
  for (const i of moved) expect([first[i], third[i]]).toEqual([0, 2])
})
