import { expect, it, onTestFinished } from 'vitest'
import { graph, model, node, TYPE, value } from '../onnx/writer.testkit.ts'
import { describeEngine } from './compliance.testkit.ts'
import { onnxExactEngine } from './onnx.ts'
import { bytesOf } from './values.testkit.ts'

describeEngine('onnx-exact', onnxExactEngine)

it('gives one NaN, whatever NaN came in or was made: which one an operation makes is the choice of the processor', async () => {
  const types = [
    ['FP16', TYPE.FLOAT16, new Uint16Array([0xfe00, 0x7d01, 0, 0xfc00, 0x7c00, 0x8000])],
    ['FP32', TYPE.FLOAT, new Uint32Array([0xffc00000, 0x7f812345, 0, 0xff800000, 0x7f800000, 0x80000000])],
    ['FP64', TYPE.DOUBLE, new BigUint64Array([0xfff8n << 48n, (0x7ff0n << 48n) + 1n, 0n, 0xfff0n << 48n, 0x7ff0n << 48n, 1n << 63n])],
  ] as const
  const same = new Map([
    ['FP16', '007e 007e 0000 00fc 007c 0080'],
    ['FP32', '0000c07f 0000c07f 00000000 000080ff 0000807f 00000080'],
    ['FP64', '000000000000f87f 000000000000f87f 0000000000000000 000000000000f0ff 000000000000f07f 0000000000000080'],
  ])
  const bytes = model(
    graph({
      nodes: types.flatMap(([name]) => [
        node('Identity', [name], [`same${name}`]),
        ...(name === 'FP16' ? [] : [node('Div', [name, name], [`ratio${name}`])]),
      ]),
      inputs: types.map(([name, type]) => value(name, type, [6])),
      outputs: types.flatMap(([name, type]) => [
        value(`same${name}`, type, [6]),
        ...(name === 'FP16' ? [] : [value(`ratio${name}`, type, [6])]),
      ]),
    }),
  )
  const engine = onnxExactEngine()
  onTestFinished(() => engine.close())
  const loaded = await engine.load(bytesOf(bytes))
  const { outputs } = await loaded.run(
    types.map(([name, , data]) => ({ name, datatype: name, shape: [6], data: new Uint8Array(data.buffer) })),
  )
  for (const { name, datatype, data } of outputs) {
    const expected = same.get(datatype)!.split(' ')
    const [nan] = expected as [string]
    const size = nan.length / 2
    const found = Array.from({ length: 6 }, (_, i) => Buffer.from(data.subarray(i * size, (i + 1) * size)).toString('hex'))
    // Whatever of these is divided by itself is not a number.
    expect(found, name).toEqual(name.startsWith('same') ? expected : expected.map(() => nan))
  }
})
