import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Datatype, Manifest } from '@opengradient/protocol'
import { decodeIr, intsOfBytes } from '@opengradient/zkml'
import { describe, expect, test } from 'vitest'
import type { Tensor } from '../engine/tensor.ts'
import { fp32, int64 } from '../engine/values.testkit.ts'
import { zkSample } from '../engine/zk.testkit.ts'
import { readZkir } from '../engine/zk.ts'
import { MODELS, sampleFolder } from '../server/folderSource.testkit.ts'
import { checkIo } from './agree.ts'
import { zkAnswer } from './answer.ts'
import { quantised } from './input.ts'
import { checkRegistration } from './registration.ts'

const NAME = 'volatility_mlp_16_32_32_1'
const file = readZkir(zkSample(readFileSync(join(MODELS, NAME, 'model.onnx'))).bytes)
const ir = decodeIr(file.ir)
const { manifest } = sampleFolder(NAME)
const row = Float32Array.from({ length: 16 }, (_, i) => (i - 8) / 16)
const refused = (run: () => unknown, code: string) => expect(run).toThrow(expect.objectContaining({ code }))

describe('inputs of level zk', () => {
  const xOf = (tensor: Tensor) => intsOfBytes('i16', quantised(ir, file.io, [tensor]).x)

  test('are floor(x·2^f + 1/2), and the same for each datatype that holds the same numbers', () => {
    const { f } = ir.tensors[ir.inputs[0]!]!
    expect([...xOf(fp32('input', [1, 16], row))]).toEqual([...row].map((x) => Math.floor(x * 2 ** f + 0.5)))
    const whole = Array.from({ length: 16 }, (_, i) => (i % 2 === 0 ? 1 : -1))
    const expected = [...xOf(fp32('input', [1, 16], whole))]
    const forms: [Datatype, Uint8Array][] = [
      ['FP64', new Uint8Array(Float64Array.from(whole).buffer)],
      ['INT8', new Uint8Array(Int8Array.from(whole).buffer)],
      ['INT32', new Uint8Array(Int32Array.from(whole).buffer)],
      ['INT64', int64('input', [16], whole).data],
      ['FP16', new Uint8Array(Uint16Array.from(whole, (x) => (x > 0 ? 0x3c00 : 0xbc00)).buffer)],
    ]
    for (const [datatype, data] of forms) expect([...xOf({ name: 'input', datatype, shape: [1, 16], data })], datatype).toEqual(expected)
  })

  test.each<[string, Tensor, string]>([
    ['two samples', fp32('input', [2, 16], new Float32Array(32)), 'INPUT_SHAPE'],
    ['no sample', fp32('input', [0, 16], []), 'INPUT_SHAPE'],
    [
      'a number that does not fit',
      fp32(
        'input',
        [1, 16],
        row.map((x, i) => (i === 15 ? 1e6 : x)),
      ),
      'ZK_INPUT_OUT_OF_RANGE',
    ],
    [
      'a number that is none',
      fp32(
        'input',
        [1, 16],
        row.map((x, i) => (i === 3 ? Number.NaN : x)),
      ),
      'ZK_NON_FINITE_INPUT',
    ],
    [
      'a double beyond float32',
      { name: 'input', datatype: 'FP64', shape: [1, 16], data: new Uint8Array(new Float64Array(16).fill(1e300).buffer) },
      'ZK_NON_FINITE_INPUT',
    ],
    ['text', { name: 'input', datatype: 'BYTES', shape: [1, 16], data: new Uint8Array(64) }, 'INPUT_DATATYPE'],
  ])('refuse %s', (_, tensor, code) => refused(() => quantised(ir, file.io, [tensor]), code))
})

describe('a manifest and its integer model', () => {
  const patched = (over: Partial<Manifest['inputs'][number]>) => ({ ...manifest, inputs: [{ ...manifest.inputs[0]!, ...over }] })
  test('agree for a sample model', () => expect(checkIo(manifest, file.io)).toBeUndefined())

  test.each<[string, Pick<Manifest, 'inputs' | 'outputs'>]>([
    ['have another name', patched({ name: 'other' })],
    ['have another size', patched({ shape: ['N', 17] })],
    ['have a fixed batch of two', patched({ shape: [2, 16] })],
    ['have another rank', patched({ shape: ['N', 4, 4] })],
    ['take text', patched({ datatype: 'BYTES' })],
    ['are of a type that no verifier reads, so that every caller would refuse the answer', patched({ datatype: 'INT64' })],
    ['differ in their number', { ...manifest, inputs: [...manifest.inputs, ...manifest.inputs] }],
  ])('are refused when inputs %s', (_, declared) => refused(() => checkIo(declared, file.io), 'MODEL_INVALID'))
})

test.each(['FP64', 'INT8', 'FP16'] as const)(
  'a manifest is refused whose outputs are of type %s, which no verifier compares',
  (datatype) => {
    refused(() => checkIo({ ...manifest, outputs: [{ ...manifest.outputs[0]!, datatype }] }, file.io), 'MODEL_INVALID')
  },
)

describe('the registration proof of committed weights', () => {
  const onnx = readFileSync(join(MODELS, NAME, 'model.onnx'))
  const published = readZkir(zkSample(onnx, { commitWeights: true }).published)

  test('is taken when it verifies, and missed by nobody', () => {
    expect(published.registration?.length).toBeGreaterThan(0)
    const { registration: _, ...without } = published
    for (const file of [published, without]) expect(() => checkRegistration(file)).not.toThrow()
  })

  test('is refused when it is false, or about public weights', () => {
    const altered = published.registration!.slice()
    altered[100]! ^= 1
    refused(() => checkRegistration({ ...published, registration: altered }), 'MODEL_INVALID')
    refused(() => checkRegistration({ ...file, registration: published.registration! }), 'MODEL_INVALID')
  })
})

describe('an answer of level zk', () => {
  const engine = [fp32('output', [1, 1], [3]), int64('zk:0', [1], [12_345])]

  test('holds declared outputs, integers, floats, in this order; y are the integers', () => {
    const { tensors, y, floatMaxError } = zkAnswer(ir, manifest.outputs, engine, [fp32('output', [1, 1], [3.25])])
    expect(tensors.map(({ name }) => name)).toEqual(['output', 'zk:0', 'float:output'])
    expect(floatMaxError).toBe(0.25)
    expect(Number(intsOfBytes(ir.tensors[ir.outputs[0]!]!.dt, y)[0])).toBe(12_345)
  })

  test('says nothing about floats where there is no float model', () => {
    const { tensors, floatMaxError } = zkAnswer(ir, manifest.outputs, engine, undefined)
    expect([tensors.length, floatMaxError]).toEqual([2, undefined])
  })

  test('gives whole numbers where an integer type is declared', () => {
    const [tensor] = zkAnswer(ir, [{ ...manifest.outputs[0]!, datatype: 'INT64' }], engine, undefined).tensors
    expect(tensor).toEqual(int64('output', [1, 1], [3]))
  })
})
