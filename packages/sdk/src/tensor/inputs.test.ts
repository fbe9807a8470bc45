import { runInNewContext } from 'node:vm'
import type { TensorSpec } from '@opengradient/protocol'
import { expect, test } from 'vitest'
import { checkInputs } from './inputs.ts'
import { bytesOf } from './tensor.ts'
import type { InputValue } from './values.ts'

const spec = (name: string, datatype: TensorSpec['datatype'], shape: (number | string)[]): TensorSpec => ({
  name,
  datatype,
  shape,
  doc: '',
})
const only = (shape: (number | string)[], value: InputValue, datatype: TensorSpec['datatype'] = 'FP32') =>
  checkInputs([spec('x', datatype, shape)], { x: value }).inputs[0]?.tensor
const refused = (code: string, run: () => unknown) => expect(run).toThrow(expect.objectContaining({ code }))

test('flat values take the declared shape, the open dimension as large as they need', () => {
  expect(only([2, 2], Float32Array.of(1, 2, 3, 4))).toMatchObject({ datatype: 'FP32', shape: [2, 2] })
  expect(only(['N', 2], Float32Array.of(1, 2, 3, 4, 5, 6))).toMatchObject({ shape: [3, 2] })
  expect(only(['N', 2], [1, 2, 3, 4])).toMatchObject({ shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) })
  expect(only(['N', 2], new Float32Array())).toMatchObject({ shape: [0, 2] })
  expect(only([], 7)).toMatchObject({ shape: [], data: Float32Array.of(7) })
})

test('values that another realm made, as tests with jsdom do, are what they are', () => {
  const elsewhere = (code: string): InputValue => runInNewContext(code) as InputValue
  const floats = only([2], elsewhere('new Float32Array([1, 2])'))
  expect(bytesOf(floats!)).toEqual(bytesOf({ datatype: 'FP32', shape: [2], data: Float32Array.of(1, 2) }))
  expect(only([2], elsewhere('[1, 2]'))).toMatchObject({ data: Float32Array.of(1, 2) })
  const texts = only([2], elsewhere('[new Uint8Array([1]), new Uint8Array([2, 3])]'), 'BYTES')
  expect(bytesOf(texts!)).toEqual(bytesOf({ datatype: 'BYTES', shape: [2], data: [Uint8Array.of(1), Uint8Array.of(2, 3)] }))
  refused('INPUT_DATATYPE', () => only([2], elsewhere('new Float64Array(2)')))
  refused('INPUT_DATATYPE', () => only([2], Object.setPrototypeOf(new Float64Array(2), Float32Array.prototype) as Float32Array))
})

test('nested values bring their shape', () => {
  expect(
    only(
      ['N', 'M'],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ),
  ).toMatchObject({ shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) })
  refused('INPUT_SHAPE', () => only(['N', 'M'], [[1, 2], [3]]))
  refused('INPUT_SHAPE', () => only(['N', 'M'], [[1, 2], 3]))
  refused('INPUT_SHAPE', () =>
    only(
      [2, 2],
      [
        [1, 2, 3],
        [4, 5, 6],
      ],
    ),
  )
})

test('rows that hold themselves, that never end, or that are nothing are refused', () => {
  const itself: unknown[] = []
  itself.push(itself)
  const many: unknown[] = []
  for (let i = 0; i < 1000; i++) many.push(many)
  let deep: unknown = [1]
  for (let i = 0; i < 40; i++) deep = [deep]
  for (const value of [itself, many, deep]) refused('INPUT_SHAPE', () => only(['N', 2], value as InputValue))
  const row = [1, 2]
  expect(only(['N', 2], [row, row])).toMatchObject({ shape: [2, 2] })
  refused('INPUT_MISSING', () => only(['N', 2], null as unknown as InputValue))
  for (const values of [undefined, null, 'x', 5]) refused('INPUT_MISSING', () => checkInputs([spec('x', 'FP32', [1])], values as never))
})

test('a shape that is given is compared with the declared one', () => {
  expect(only(['N', 'M'], { data: Float32Array.of(1, 2), shape: [1, 2] })).toMatchObject({ shape: [1, 2] })
  refused('INPUT_SHAPE', () => only(['N', 'M'], Float32Array.of(1, 2)))
  refused('INPUT_SHAPE', () => only(['N', 'N'], Float32Array.of(1, 2, 3, 4)))
  refused('INPUT_SHAPE', () => only([2], { data: Float32Array.of(1, 2), shape: [1, 2] }))
  refused('INPUT_SIZE', () => only(['N', 2], { data: Float32Array.of(1, 2), shape: [2, 2] }))
  refused('INPUT_SIZE', () => only(['N', 2], Float32Array.of(1, 2, 3)))
  refused('INPUT_SIZE', () => only([3], Float32Array.of(1, 2)))
  refused('INPUT_SHAPE', () => only(['N'], { data: new Float32Array(), shape: [-1] }))
})

test('a symbol has one size in all inputs, whichever fixes it', () => {
  const specs = [spec('a', 'FP32', ['N', 'M']), spec('b', 'FP32', ['M']), spec('c', 'FP32', ['N'])]
  const { inputs, bindings } = checkInputs(specs, {
    a: new Float32Array(6),
    b: { data: new Float32Array(3), shape: [3] },
    c: new Float32Array(2),
  })
  expect(inputs.map(({ tensor }) => tensor.shape)).toEqual([[2, 3], [3], [2]])
  expect(Object.fromEntries(bindings)).toEqual({ N: 2, M: 3 })
  refused('INPUT_SIZE', () =>
    checkInputs(specs, { a: new Float32Array(6), b: { data: new Float32Array(3), shape: [3] }, c: new Float32Array(5) }),
  )
})

test('missing and unknown inputs are named', () => {
  refused('INPUT_MISSING', () => checkInputs([spec('x', 'FP32', [1])], {}))
  refused('INPUT_UNKNOWN', () => checkInputs([spec('x', 'FP32', [1])], { x: [1], y: [1] }))
  refused('INPUT_MISSING', () => checkInputs([spec('toString', 'FP32', [1])], {}))
})

test('typed arrays must be of the declared datatype', () => {
  refused('INPUT_DATATYPE', () => only([2], Float64Array.of(1, 2)))
  refused('INPUT_DATATYPE', () => only([2], Int32Array.of(1, 2), 'INT64'))
  expect(only([2], Uint16Array.of(1, 2), 'FP16')).toMatchObject({ datatype: 'FP16' })
  expect(only([2], BigInt64Array.of(1n, 2n), 'INT64')).toMatchObject({ data: BigInt64Array.of(1n, 2n) })
})

test('plain values become the declared datatype or are refused', () => {
  expect(only([3], [true, false, 1], 'BOOL')).toMatchObject({ data: Uint8Array.of(1, 0, 1) })
  expect(only([2], [1n, 2], 'INT64')).toMatchObject({ data: BigInt64Array.of(1n, 2n) })
  expect(only([2], [0.5, 1], 'FP16')).toMatchObject({ data: Uint16Array.of(0x3800, 0x3c00) })
  expect(only([2], ['ab', Uint8Array.of(7)], 'BYTES')).toMatchObject({ data: [Uint8Array.of(97, 98), Uint8Array.of(7)] })
  expect(only([1], [Uint8Array.of(7)], 'BYTES')).toMatchObject({ data: [Uint8Array.of(7)] })
  for (const [datatype, value] of [
    ['UINT8', 256],
    ['UINT8', -1],
    ['INT8', 1.5],
    ['INT32', 2 ** 31],
    ['INT64', 2 ** 53],
    ['UINT64', -1n],
    ['BOOL', 2],
    ['FP32', 'x'],
    ['BYTES', 1],
  ] as const)
    refused('INPUT_OUT_OF_RANGE', () => only([1], [value], datatype))
})
