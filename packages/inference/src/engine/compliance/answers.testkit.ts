import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { difference } from '../../onnx/near.testkit.ts'
import { tensorOfVectors, vectorsOf } from '../../onnx/vectors.testkit.ts'
import { attribute, doubler, graph, model, node, TYPE, value } from '../../onnx/writer.testkit.ts'
import { MODELS, sampleNames } from '../../server/folderSource.testkit.ts'
import { equalTensors, numbersOf, type Tensor } from '../tensor.ts'
import { codeOf, fp32 } from '../values.testkit.ts'
import type { Suite } from './suite.testkit.ts'

/** What an engine says of itself and of a model, and what it answers. */
export function answersOfEngine(suite: Suite): void {
  const { withModel, name } = suite
  it('says who it is: name, version, digest of the binary, fingerprint, settings', async () => {
    const identity = await suite.engine.identity()
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
    withModel(readFileSync(join(MODELS, sample, 'model.onnx')), async (loaded) => {
      const vectors = vectorsOf(sample)
      const inputs = loaded.signature.inputs.map((info) => tensorOfVectors(info, vectors.inputs))
      const { outputs } = await loaded.run(inputs)
      for (const output of outputs) expect(difference(output, tensorOfVectors(output, vectors.outputs))).toBeUndefined()
    }),
  )

  it('answers the same bytes each time', () =>
    withModel(readFileSync(join(MODELS, 'digits_lenet', 'model.onnx')), async (loaded) => {
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

  it('answers 1,000 queued calls, in order', async () => {
    const order: number[] = []
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const { outputs } = await suite.neighbour.run([fp32('x', [1, 1], [i])])
        order.push(i)
        return numbersOf(outputs[0]!)![0]
      }),
    )
    expect(answers).toEqual(Array.from({ length: 1000 }, (_, i) => 2 * i))
    expect(order).toEqual(answers.map((_, i) => i))
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
}
