import { sha256Hex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import {
  type Bytes,
  block,
  doubler,
  graph,
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
} from '../../onnx/writer.testkit.ts'
import { bytesOf, codeOf, fp32 } from '../values.testkit.ts'
import type { Suite } from './suite.testkit.ts'

/** Files that are no models, or bad ones, are refused, and the engine goes on. */
export function filesOfEngine(suite: Suite): void {
  const { withModel } = suite
  it('refuses bytes that do not have the hash they were asked by', async () => {
    const error = await codeOf(suite.engine.load({ bytes: doubler(3), sha256: sha256Hex(doubler(4)) }))
    expect(error.code).toBe('STORE_HASH_MISMATCH')
  })

  it('refuses a malformed file before it starts a process', async () => {
    const error = await codeOf(suite.engine.load(bytesOf(doubler().subarray(0, 40))))
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
    const error = await codeOf(suite.engine.load(bytesOf(unknown)))
    expect(error.code).toBe('ENGINE_LOAD_FAILED')
    expect(error.message).toContain('NoSuchOperator')
  })

  it('ends a load that takes too long', async () => {
    const error = await codeOf(suite.engine.load(bytesOf(doubler()), { timeoutMs: 5 }))
    expect(error.code).toBe('ENGINE_DEADLINE')
  })

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
    ['64 GiB from a constant shape', () => model(oneNode(node('ConstantOfShape', ['s'], ['y']), [int64s('s', [2n ** 34n])])), 'ALLOCATION'],
    [
      'a terabyte that is not there',
      () => model(oneNode(node('Add', ['x', 'w'], ['y']), [tensor('w', TYPE.FLOAT, [2 ** 40], new Uint8Array(4))])),
      'DIMS',
    ],
  ])('refuses %s, whatever the runtime would say, and goes on', async (_, bytes, reason) => {
    const error = await codeOf(suite.engine.load(bytesOf(bytes())))
    expect([error.code, error.details.reason]).toEqual(['MODEL_INVALID', reason])
    expect((await suite.neighbour.run([fp32('x', [1, 1], [1])])).outputs).toHaveLength(1)
  })

  it('loads models after all of them', () => withModel(doubler(1), async (loaded) => void (await loaded.run([fp32('x', [1, 1], [1])]))))
}
