import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { graph, int64s, model, node, TYPE, value } from '../../onnx/writer.testkit.ts'
import type { LoadedModel } from '../engine.ts'
import { numbersOf, type Tensor } from '../tensor.ts'
import { bytesOf, codeOf, fp32 } from '../values.testkit.ts'
import type { Suite } from './suite.testkit.ts'

/** Inputs that do not fit are refused by name; those that fit are never. */
export function inputsOfEngine(suite: Suite): void {
  const { withModel } = suite
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
      loaded = await suite.engine.load(bytesOf(two))
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
}
