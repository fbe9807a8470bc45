import { concatBytes, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonLength, tensorsOf } from './message.ts'
import { jsonValues } from './values.ts'

const json = (value: unknown): Uint8Array => utf8(JSON.stringify(value))
const one = (tensor: object): Uint8Array => json({ inputs: [tensor] })

describe('a message that cannot be read', () => {
  it.each<[string, RegExp, Uint8Array]>([
    ['is no object', /the body must be an object/, json([])],
    ['has no list of tensors', /"inputs" must be a list of tensors/, json({ inputs: {} })],
    ['has a tensor that is no object', /inputs\[0\] must be an object/, json({ inputs: [7] })],
    ['has null for a tensor', /inputs\[0\] must be an object/, json({ inputs: [null] })],
    ['has a tensor without a name', /must have a name of its own/, one({ datatype: 'FP32', shape: [0], data: [] })],
    [
      'has a name twice',
      /must have a name of its own/,
      json({ inputs: ['x', 'x'].map((name) => ({ name, datatype: 'FP32', shape: [0], data: [] })) }),
    ],
    ['has a type that there is not', /tensor "x" must have a datatype/, one({ name: 'x', datatype: 'FP8', shape: [0], data: [] })],
    [
      'has a type of no provable model',
      /is of type BOOL, which no provable model has/,
      one({ name: 'x', datatype: 'BOOL', shape: [1], data: [true] }),
    ],
    ['has no shape', /the shape of "x" must be a list of sizes/, one({ name: 'x', datatype: 'FP32', data: [] })],
    ['has a negative size', /the shape of "x" must be a list of sizes/, one({ name: 'x', datatype: 'FP32', shape: [-1], data: [] })],
    ['has a negative size beside another', /must be a list of sizes/, one({ name: 'x', datatype: 'FP32', shape: [1, -1], data: [] })],
    [
      'is binary of a negative size',
      /the binary size of "x" is wrong/,
      one({ name: 'x', datatype: 'FP32', shape: [0], parameters: { binary_data_size: -1 } }),
    ],
    ['has a fraction as size', /the shape of "x" must be a list of sizes/, one({ name: 'x', datatype: 'FP32', shape: [0.5], data: [] })],
    ['has fewer values than its shape', /has 1 values; its shape asks for 2/, one({ name: 'x', datatype: 'FP32', shape: [2], data: [1] })],
    [
      'has more values than its shape',
      /has 2 values; its shape asks for 1/,
      one({ name: 'x', datatype: 'FP32', shape: [1], data: [1, 2] }),
    ],
    ['has no data', /has no data/, one({ name: 'x', datatype: 'FP32', shape: [0] })],
    ['has a text as number', /has a value that is no FP32/, one({ name: 'x', datatype: 'FP32', shape: [1], data: ['1'] })],
    ['has a number as text', /has a value that is no BYTES/, one({ name: 'x', datatype: 'BYTES', shape: [1], data: [1] })],
    ['has a fraction as INT32', /has a value that is no INT32/, one({ name: 'x', datatype: 'INT32', shape: [1], data: [0.5] })],
    ['has an INT32 too large', /no INT32/, one({ name: 'x', datatype: 'INT32', shape: [1], data: [2 ** 31] })],
    ['has an INT32 too small', /no INT32/, one({ name: 'x', datatype: 'INT32', shape: [1], data: [-(2 ** 31) - 1] })],
    ['has an INT64 beyond exact numbers', /no INT64/, one({ name: 'x', datatype: 'INT64', shape: [1], data: [2 ** 53] })],
    ['has an INT64 in another form', /no INT64/, one({ name: 'x', datatype: 'INT64', shape: [1], data: ['0x10'] })],
    ['has an INT64 too large', /no INT64/, one({ name: 'x', datatype: 'INT64', shape: [1], data: ['9223372036854775808'] })],
    ['has an INT64 too small', /no INT64/, one({ name: 'x', datatype: 'INT64', shape: [1], data: ['-9223372036854775809'] })],
    [
      'has parameters that are no object',
      /parameters must be an object/,
      one({ name: 'x', datatype: 'FP32', shape: [0], data: [], parameters: [] }),
    ],
    [
      'is binary and has data',
      /the binary size of "x" is wrong/,
      one({ name: 'x', datatype: 'FP32', shape: [0], data: [], parameters: { binary_data_size: 0 } }),
    ],
    [
      'is binary of a text as size',
      /the binary size of "x" is wrong/,
      one({ name: 'x', datatype: 'FP32', shape: [0], parameters: { binary_data_size: '0' } }),
    ],
    [
      'is binary beyond its end',
      /the binary size of "x" is wrong/,
      one({ name: 'x', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 4 } }),
    ],
    [
      'is binary of another length',
      /has 8 bytes; its shape asks for 4/,
      concatBytes(one({ name: 'x', datatype: 'FP32', shape: [1], parameters: { binary_data_size: 8 } }), new Uint8Array(8)),
    ],
    [
      'has bytes that belong to no tensor',
      /: 1 bytes belong to no tensor/,
      concatBytes(one({ name: 'x', datatype: 'FP32', shape: [0], data: [] }), Uint8Array.of(1)),
    ],
    ['has a text beyond its end', /has a text beyond its end/, binaryText(Uint8Array.of(2, 0, 0, 0, 65), 1)],
    ['has a text that is not UTF-8', /has a text that is not UTF-8/, binaryText(Uint8Array.of(1, 0, 0, 0, 0xff), 1)],
    ['has fewer texts than its shape', /has 1 texts; its shape asks for 2/, binaryText(Uint8Array.of(1, 0, 0, 0, 65), 2)],
    ['has bytes behind its texts', /has 1 texts; its shape asks for 1/, binaryText(Uint8Array.of(1, 0, 0, 0, 65, 9), 1)],
  ])('%s', (_, message, body) => {
    expect(() => tensorsOf(body, 'inputs')).toThrow(message)
  })

  it('says that its JSON is longer than itself', () => {
    expect(() => tensorsOf(json({ inputs: [] }), 'inputs', 99)).toThrow(/longer than its body/)
  })

  it('has 257 tensors', () => {
    const inputs = Array.from({ length: 257 }, (_, i) => ({ name: `${i}`, datatype: 'FP32', shape: [0], data: [] }))
    expect(() => tensorsOf(json({ inputs }), 'inputs')).toThrow(/list of tensors/)
    expect(tensorsOf(json({ inputs: inputs.slice(1) }), 'inputs')).toHaveLength(256)
  })
})

function binaryText(bytes: Uint8Array, count: number): Uint8Array {
  return concatBytes(one({ name: 'x', datatype: 'BYTES', shape: [count], parameters: { binary_data_size: bytes.length } }), bytes)
}

describe('a tensor', () => {
  it('of JSON may be nested, and holds what its type holds', () => {
    const values = (datatype: string, data: unknown[], shape = [data.length]) =>
      tensorsOf(one({ name: 'x', datatype, shape, data }), 'inputs')[0]!.values
    expect(values('FP32', [[0.1], [2]], [2, 1])).toEqual([Math.fround(0.1), 2])
    expect(values('FP64', [0.1])).toEqual([0.1])
    expect(values('INT32', [2 ** 31 - 1, -(2 ** 31)])).toEqual([2 ** 31 - 1, -(2 ** 31)])
    expect(values('INT64', [5, '9223372036854775807', '-9223372036854775808'])).toEqual([5n, 2n ** 63n - 1n, -(2n ** 63n)])
    expect(values('BYTES', ['a', ''])).toEqual(['a', ''])
    expect(() => jsonValues('x', 'FP32', [Number.POSITIVE_INFINITY], 1)).toThrow(/no FP32/)
  })

  it('of bytes is little-endian, one after the other', () => {
    const parts = [Float32Array.of(0.5, -2), Float64Array.of(0.1), Int32Array.of(-7), BigInt64Array.of(-(2n ** 62n))].map(
      ({ buffer }) => new Uint8Array(buffer),
    )
    const types = ['FP32', 'FP64', 'INT32', 'INT64']
    const text = Uint8Array.of(2, 0, 0, 0, 0xc3, 0xa9, 0, 0, 0, 0)
    const inputs = [...parts, text].map((bytes, i) => ({
      name: `${i}`,
      datatype: types[i] ?? 'BYTES',
      shape: [i === 0 || i === 4 ? 2 : 1],
      parameters: { binary_data_size: bytes.length },
    }))
    const body = concatBytes(json({ inputs }), ...parts, text)
    expect(tensorsOf(body, 'inputs').map(({ values }) => values)).toEqual([[0.5, -2], [0.1], [-7], [-(2n ** 62n)], ['é', '']])
  })
})

it('a text begins with a byte order mark if its bytes do', () => {
  expect(tensorsOf(binaryText(Uint8Array.of(4, 0, 0, 0, 0xef, 0xbb, 0xbf, 65), 1), 'inputs')[0]!.values).toEqual(['\ufeffA'])
})

it('the JSON at the start of a binary message ends where it ends, whatever follows', () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.uint8Array({ maxLength: 50 }), (value, tail) => {
      expect(jsonLength(concatBytes(json(value), tail))).toBe(json(value).length)
    }),
  )
  expect(jsonLength(utf8('{"a":"b}'))).toBe(8)
})
