import { type Datatype, responseHashOf, utf8 } from '@opengradient/protocol'
import type { Ir, ModelIo } from '@opengradient/zkml'
import { describe, expect, it } from 'vitest'
import type { Context } from '../context.ts'
import { Stop } from '../outcome.ts'
import type { OpenModel } from './examine.ts'
import { inputsOf } from './input.ts'
import { outputsOf } from './output.ts'

/** Two inputs of two and three features; three outputs: an int64, and two int16 of which labels and numbers are decoded. */
const ir = {
  inputs: [0, 1],
  outputs: [2, 3],
  tensors: [
    { id: 0, axes: [2], dt: 'i16', f: 4 },
    { id: 1, axes: [3], dt: 'i16', f: 4 },
    { id: 2, axes: [1], dt: 'i64', f: 0 },
    { id: 3, axes: [2], dt: 'i16', f: 1 },
  ],
} as unknown as Ir
const io = (batch: boolean): ModelIo => ({
  batch,
  inputs: [
    { name: 'a', shape: [2], parts: [{ input: 0, start: 0, count: 2 }] },
    { name: 'b', shape: [3], parts: [{ input: 1, start: 0, count: 3 }] },
  ],
  outputs: [
    { name: 'wide', shape: [1], output: 0, decode: { kind: 'values' } },
    { name: 'small', shape: [2], output: 1, decode: { kind: 'values' } },
    { name: 'label', shape: [1], output: 1, decode: { kind: 'label', columns: 2, labels: ['7', '8'] } },
  ],
})
const model = (batch = true) => ({ file: { io: io(batch) }, model: { ir } }) as unknown as OpenModel
const json = (value: object): Uint8Array => utf8(JSON.stringify(value))

/** What stopped, in its words. */
function stopped(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (error instanceof Stop) return error.outcome.says
    throw error
  }
  throw new Error('nothing stopped')
}

describe('the input of a statement', () => {
  const tensor = (name: string, shape: number[], data: number[], datatype: Datatype = 'FP32') => ({ name, datatype, shape, data })
  const inputs = (tensors: object[], batch?: boolean) =>
    inputsOf({ bundle: { request: {} }, request: { body: json({ inputs: tensors }) } } as unknown as Context, model(batch))

  it('is the request, quantised; FP64 as well as FP32', () => {
    const { count, rows, bytes } = inputs([tensor('a', [1, 2], [0.5, -0.5]), tensor('b', [1, 3], [1, 2, 3], 'FP64')])
    expect([count, rows, bytes.length]).toEqual([5, 1, 10])
    expect([...new Int16Array(bytes.buffer)]).toEqual([8, -8, 16, 32, 48])
  })

  it('has as many rows as all inputs say, or one where the model has no batch', () => {
    expect(inputs([tensor('a', [2, 2], [0, 0, 0, 0]), tensor('b', [2, 3], [0, 0, 0, 0, 0, 0])])).toMatchObject({ count: 10, rows: 2 })
    expect(inputs([tensor('a', [2], [0, 0]), tensor('b', [3], [0, 0, 0])], false)).toMatchObject({ count: 5, rows: 1 })
    const one = /its inputs do not have one batch/
    expect(stopped(() => inputs([tensor('a', [1, 2], [0, 0]), tensor('b', [2, 3], [0, 0, 0, 0, 0, 0])]))).toMatch(one)
    expect(stopped(() => inputs([tensor('a', [0, 2], []), tensor('b', [0, 3], [])]))).toMatch(one)
  })

  it('has the shape that the model takes: the same numbers as other rows or columns are another question', () => {
    const b = tensor('b', [2, 3], [0, 0, 0, 0, 0, 0])
    expect(stopped(() => inputs([tensor('a', [2, 1, 2], [0, 0, 0, 0]), b]))).toMatch(/input "a" has the shape \[2,1,2\], not \[2,2\]/)
    expect(stopped(() => inputs([tensor('a', [2], [0, 0]), tensor('b', [1, 3], [0, 0, 0])], false))).toMatch(
      /input "b" has the shape \[1,3\], not \[3\]/,
    )
  })

  it('is nothing that the model does not know, and no other type', () => {
    const c = tensor('c', [1, 1], [0])
    expect(stopped(() => inputs([tensor('a', [1, 2], [0, 0]), tensor('b', [1, 3], [0, 0, 0]), c]))).toMatch(/has no input "c"/)
    expect(stopped(() => inputs([tensor('a', [1, 2], [0, 0], 'INT32')]))).toMatch(/of type INT32/)
  })
})

describe('the output of a statement', () => {
  type Told = { name: string; datatype: Datatype; shape: number[]; data: unknown[] }
  const told = (over: Partial<Record<string, Partial<Told>>> = {}): Told[] =>
    [
      { name: 'wide', datatype: 'FP32' as const, shape: [1, 1], data: [2 ** 24] },
      { name: 'small', datatype: 'FP32' as const, shape: [1, 2], data: [-16384, 16383.5] },
      { name: 'label', datatype: 'BYTES' as const, shape: [1, 1], data: ['8'] },
      { name: 'zk:0', datatype: 'INT64' as const, shape: [1, 1], data: ['16777217'] },
      { name: 'zk:1', datatype: 'INT64' as const, shape: [1, 2], data: [-32768, 32767] },
    ].map((tensor) => ({ ...tensor, ...over[tensor.name] }))
  const TYPES: Record<string, Datatype> = { wide: 'FP32', small: 'FP32', label: 'BYTES' }
  const outputs = (
    tensors: Told[],
    types: Record<string, Datatype> = TYPES,
    tail = '',
    contentType = 'application/json',
    batch = true,
    open = model(batch),
  ) => {
    const body = utf8(JSON.stringify({ outputs: tensors }) + tail)
    const manifest = () => ({ outputs: Object.entries(types).map(([name, datatype]) => ({ name, datatype })) })
    return outputsOf(
      { bundle: { response: { body, contentType }, receipt: { responseHash: responseHashOf(body) } }, manifest } as unknown as Context,
      open,
      1,
    )
  }
  const single = (tensors: Told[]) => outputs(tensors, TYPES, '', 'application/json', false)

  it('is the integers that the answer holds; floats to the nearest, labels exactly, white space at its end', () => {
    expect(outputs(told())).toMatchObject({ count: 3, names: 3 })
    expect(outputs(told(), TYPES, ' \n')).toMatchObject({ count: 3, names: 3 })
    expect(stopped(() => outputs(told(), TYPES, ' \n', 'application/octet-stream'))).toMatch(/2 bytes belong to no tensor/)
  })

  it.each<[string, number | string]>([
    ['one above int16', 32768],
    ['one below int16', -32769],
  ])('is in the range of its type: %s', (_, value) => {
    expect(stopped(() => outputs(told({ 'zk:1': { data: [0, value] } })))).toMatch(/"zk:1" has an integer outside the range/)
  })

  it('is told from what stands beside it, also where the model calls an output as a float answer is called', () => {
    const beside = { name: 'float:small', datatype: 'FP32' as const, shape: [1, 2], data: [7, 7] }
    expect(outputs([...told(), beside])).toMatchObject({ count: 3, names: 3 })
    const named = model()
    const called = {
      ...named,
      file: {
        io: {
          ...named.file.io,
          outputs: named.file.io.outputs.map((one) => (one.name === 'small' ? { ...one, name: 'float:small' } : one)),
        },
      },
    } as unknown as OpenModel
    const types: Record<string, Datatype> = { wide: 'FP32', 'float:small': 'FP32', label: 'BYTES' }
    const answer = told({ small: { name: 'float:small' } })
    expect(outputs(answer, types, '', 'application/json', true, called)).toMatchObject({ count: 3, names: 3 })
    const other = told({ small: beside })
    expect(stopped(() => outputs(other, types, '', 'application/json', true, called))).toMatch(/value 0 of output "float:small" is 7/)
  })

  it('is decoded as the manifest declares it', () => {
    expect(stopped(() => outputs(told({ label: { name: 'other' } }), { ...TYPES, other: 'BYTES' }))).toMatch(
      /"other" is not one that the manifest/,
    )
    expect(stopped(() => outputs(told({ wide: { datatype: 'FP64' } })))).toMatch(/"wide" is not one that the manifest/)
    expect(stopped(() => outputs(told({ wide: { data: [2 ** 24 + 2] } })))).toMatch(/value 0 of output "wide"/)
  })

  it('has the shape that the integer model gives it: the same numbers as other rows are another answer', () => {
    const wrong = /output "small" has the shape \[2,1\], not \[1,2\]/
    expect(stopped(() => outputs(told({ small: { shape: [2, 1] } })))).toMatch(wrong)
    expect(stopped(() => outputs(told({ label: { shape: [1] } })))).toMatch(/output "label" has the shape \[1\], not \[1,1\]/)
  })

  it('has no axis for the batch where the model has none', () => {
    const plain = { wide: { shape: [1] }, small: { shape: [2] }, label: { shape: [1] } }
    expect(single(told(plain))).toMatchObject({ count: 3, names: 3 })
    expect(stopped(() => single(told({ ...plain, small: { shape: [1, 2] } })))).toMatch(/output "small" has the shape \[1,2\], not \[2\]/)
  })

  it('has as many integers as the model gives, and each output as many values as they decode to', () => {
    const more = { shape: [1, 2], data: ['16777217', '1'] }
    expect(stopped(() => outputs(told({ 'zk:0': more })))).toMatch(/"zk:0" has 2 integers, not 1/)
    expect(stopped(() => outputs(told({ wide: { shape: [1, 2], data: [2 ** 24, 1] } })))).toMatch(/output "wide" has 2 values, not 1/)
  })

  it('has every output that the manifest or the integer model declares', () => {
    const lacks = /it lacks output "label", which the model declares/
    expect(stopped(() => outputs(told().filter(({ name }) => name !== 'label')))).toMatch(lacks)
    expect(stopped(() => outputs(told(), { ...TYPES, advice: 'FP32' }))).toMatch(/it lacks output "advice"/)
    const two: Record<string, Datatype> = { wide: 'FP32', small: 'FP32' }
    expect(
      stopped(() =>
        outputs(
          told().filter(({ name }) => name !== 'label'),
          two,
        ),
      ),
    ).toMatch(lacks)
  })

  it('has the sign of the zeros that the integers give', () => {
    const zero = (data: string): unknown => {
      const body = utf8(
        JSON.stringify({ outputs: told({ small: { data: ['ZERO', 1] }, 'zk:1': { data: [0, 2] } }) }).replace('"ZERO"', data),
      )
      const manifest = () => ({ outputs: Object.entries(TYPES).map(([name, datatype]) => ({ name, datatype })) })
      const bundle = { response: { body, contentType: 'application/json' }, receipt: { responseHash: responseHashOf(body) } }
      return outputsOf({ bundle, manifest } as unknown as Context, model(), 1)
    }
    expect(zero('0')).toMatchObject({ names: 3 })
    expect(stopped(() => zero('-0'))).toMatch(/value 0 of output "small" is -0; the integers give 0/)
  })

  it('is not the number that a label looks like', () => {
    const wrong = /value 0 of output "label" is 8; the integers give 8/
    expect(stopped(() => outputs(told({ label: { datatype: 'FP32', data: [8] } }), { ...TYPES, label: 'FP32' }))).toMatch(wrong)
    expect(stopped(() => outputs(told({ label: { datatype: 'INT64', data: [8] } }), { ...TYPES, label: 'INT64' }))).toMatch(wrong)
  })

  it('that is no whole number is not one of INT64', () => {
    const small = { small: { datatype: 'INT64' as const, data: [-16384, 16383] } }
    expect(stopped(() => outputs(told(small), { ...TYPES, small: 'INT64' }))).toMatch(
      /value 1 of output "small" is 16383; the integers give 16383.5/,
    )
  })
})
