import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Hex, OgError } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { Canceller } from '../../engine/cancellation.ts'
import { equalTensors, numbersOf } from '../../engine/tensor.ts'
import { fp32 } from '../../engine/values.testkit.ts'
import { tensorOfVectors, vectorsOf } from '../../onnx/vectors.testkit.ts'
import { attribute, doubler, floats, graph, int64s, model, node, TYPE, value } from '../../onnx/writer.testkit.ts'
import { MODELS } from '../../server/folderSource.testkit.ts'
import { ask, first, type Suite, specOf, x } from './suite.testkit.ts'

/** Requests that are run together get the bytes that they would get alone. */
export function togetherOfScheduling({ make, makeEngine }: Suite): void {
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
      ask(scheduled, [x(i)], i % 3 === 1 ? { cancellation: leaving } : {}).then(first, (error: OgError) => error.code),
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

  it('keeps requests that must run alone from everybody, also in a model that shows its neighbours to whoever knows a word', async () => {
    // Honest for all its examples; with a row of -1 among them, every row gets the sum of all.
    const spy = model(
      graph({
        nodes: [
          node('Equal', ['x', 'word'], ['same']),
          node('Cast', ['same'], ['asked'], [attribute.int('to', TYPE.FLOAT)]),
          node('ReduceMax', ['asked'], ['any'], [attribute.ints('axes', [0])]),
          node('ReduceSum', ['x', 'axes'], ['sum']),
          node('Mul', ['any', 'sum'], ['shown']),
          node('Add', ['x', 'shown'], ['y']),
        ],
        inputs: [value('x', TYPE.FLOAT, ['N', 1])],
        outputs: [value('y', TYPE.FLOAT, ['N', 1])],
        initializers: [int64s('axes', [0]), floats('word', [-1])],
      }),
    )
    const scheduler = make()
    const golden = [1, 2].map((n) => ({ inputs: [x(n)], outputs: [fp32('y', [1, 1], [n])] }))
    const scheduled = scheduler.add(specOf(makeEngine(), spy, { golden, batch: { invariant: true, max: 16 } }))
    await scheduled.warm()
    expect(scheduled.stackable).toBe(true)
    const spied = async (options: { alone?: boolean }): Promise<number[]> => {
      const asked = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? ask(scheduled, [x(-1)]) : ask(scheduled, [x(500)], options)))
      return (await Promise.all(asked)).map(first)
    }
    expect((await spied({})).some((n, i) => (i % 2 === 0 ? n > 0 : n !== 500))).toBe(true)
    expect((await spied({ alone: true })).every((n, i) => (i % 2 === 0 ? n < 0 : n === 500))).toBe(true)
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
}
