import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { encodeZkir } from '../file/zkir.ts'
import { Kernels } from '../kernels/kernels.ts'
import { ModelBuilder, RELU } from '../program/model.testkit.ts'
import { openModel, ZkModel } from '../proof/model.ts'
import { ZkProver } from '../proof/prover.ts'
import { registerModel } from '../proof/register.ts'
import { defaultThreads, provingKernels } from './threads.ts'

const folder = mkdtempSync(join(tmpdir(), 'zk-threads-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A dense model with one wide layer; its proof takes some 20 ms at a width of 4,096. */
function wide(width: number, commitWeights = false) {
  const builder = new ModelBuilder(8, 3)
  const ir = builder.build([builder.gemm(builder.gemm(builder.input([16]), width, RELU), 1, { raw: 1 })])
  const { files, zkModelId } = registerModel(Kernels.loadSync(), ir, builder.weights, { commitWeights })
  const model = openModel(files, zkModelId)
  if (!(model instanceof ZkModel)) throw new Error(model.code)
  return { model, files }
}

const inputs = [Int16Array.from({ length: 16 }, (_, i) => i * 1000 - 8000)]
const prove = (kernels: Kernels, model: ZkModel) => new ZkProver(kernels).prove(model, inputs, { ctx: new Uint8Array([1]) }).proof

test('a large model is proved with workers of Node, to the same bytes, with public and with committed weights', async () => {
  for (const { model } of [wide(4096), wide(4096, true)]) {
    const alone = prove(Kernels.loadSync(), model)
    const kernels = provingKernels(model, 3)
    for (let tries = 0; kernels.shared.helped === 0 && tries < 1000; tries++) {
      expect(prove(kernels, model)).toEqual(alone)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    expect(kernels.shared.helped).toBeGreaterThan(0)
    expect(prove(kernels, model)).toEqual(alone)
    await kernels.close()
  }
})

test('a small model has no workers, nor has a large one on one thread; the default leaves a core to others', () => {
  for (const [width, threads] of [
    [64, 4],
    [4096, 1],
  ] as const) {
    const { model } = wide(width)
    const kernels = provingKernels(model, threads)
    expect(prove(kernels, model)).toEqual(prove(Kernels.loadSync(), model))
    expect(kernels.shared.passes).toBe(0)
  }
  expect(defaultThreads()).toBeGreaterThanOrEqual(1)
  expect(defaultThreads()).toBeLessThanOrEqual(4)
})

test('a number of threads that cannot be is refused, whatever the model', () => {
  for (const threads of [0, 17, 1.5, Number.NaN])
    expect(() => provingKernels(wide(64).model, threads)).toThrow(expect.objectContaining({ code: 'ZK_WORKER' }))
})

/** A process that proves on three threads until `last`, and says so once workers have helped. */
function program(last: string): string {
  const file = join(folder, 'model.zkir')
  const { files } = wide(4096)
  writeFileSync(
    file,
    encodeZkir({
      ...files,
      io: {
        batch: true,
        inputs: [{ name: 'x', shape: [16], parts: [{ input: 0, start: 0, count: 16 }] }],
        outputs: [{ name: 'y', shape: [1], output: 0, decode: { kind: 'values' } }],
      },
    }),
  )
  const dist = new URL('../../dist/', import.meta.url)
  const script = join(folder, `${last}.mjs`)
  writeFileSync(
    script,
    `import { readFileSync } from 'node:fs'
     import { decodeZkir, openModel, zkModelId, ZkProver } from '${new URL('index.js', dist)}'
     import { provingKernels } from '${new URL('node/threads.js', dist)}'
     const files = decodeZkir(new Uint8Array(readFileSync(${JSON.stringify(file)})))
     const model = openModel(files, zkModelId(files.manifest))
     const kernels = provingKernels(model, 3)
     const prover = new ZkProver(kernels)
     const inputs = [new Int16Array(16)]
     for (let said = false; ; ) {
       prover.prove(model, inputs, { ctx: new Uint8Array() })
       if (kernels.shared.helped > 0 && !said) said = process.stdout.write('helped\\n')
       if (said && '${last}' === 'end') break
       if (!said) await new Promise((resolve) => setTimeout(resolve, 10))
     }`,
  )
  return script
}

test('a process with workers ends when its work does', async () => {
  const child = spawn(process.execPath, [program('end')], { stdio: ['ignore', 'pipe', 'inherit'] })
  expect(await once(child, 'exit')).toEqual([0, null])
})

test('Ctrl-C ends a process in the middle of a proof, workers and all', async () => {
  const child = spawn(process.execPath, [program('never')], { stdio: ['ignore', 'pipe', 'inherit'] })
  await once(child.stdout, 'data')
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT'])
})
