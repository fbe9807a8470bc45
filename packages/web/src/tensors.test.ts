import { describe, expect, it } from 'vitest'
import { tensorsIn } from './tensors.ts'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A message with binary tensors behind its JSON. */
function binary(
  list: string,
  tensors: { name: string; datatype: string; shape: number[]; bytes: ArrayBuffer }[],
): [body: Uint8Array, headerLength: number] {
  const json = utf8(
    JSON.stringify({ [list]: tensors.map(({ bytes, ...rest }) => ({ ...rest, parameters: { binary_data_size: bytes.byteLength } })) }),
  )
  return [Uint8Array.of(...json, ...tensors.flatMap(({ bytes }) => [...new Uint8Array(bytes)])), json.length]
}

describe('tensors in a body', () => {
  it('are read from JSON, nested or flat', () => {
    const body = utf8(
      '{"outputs":[{"name":"y","datatype":"FP32","shape":[2,2],"data":[[1,2],[3,0.1]]},{"name":"t","datatype":"BYTES","shape":[1],"data":["a\\"b"]}]}',
    )
    expect(tensorsIn(body, undefined, 'outputs')).toEqual([
      { name: 'y', datatype: 'FP32', shape: [2, 2], values: ['1', '2', '3', '0.1'], total: 4 },
      { name: 't', datatype: 'BYTES', shape: [1], values: ['"a\\"b"'], total: 1 },
    ])
  })

  it('are read from the bytes behind the JSON, one after another', () => {
    const [body, headerLength] = binary('inputs', [
      { name: 'a', datatype: 'FP32', shape: [2], bytes: new Float32Array([0.1, -3]).buffer },
      { name: 'b', datatype: 'INT64', shape: [1], bytes: new BigInt64Array([-(2n ** 63n)]).buffer },
      { name: 'c', datatype: 'BOOL', shape: [2], bytes: new Uint8Array([1, 0]).buffer },
      { name: 'd', datatype: 'FP16', shape: [3], bytes: new Uint16Array([0x3c00, 0xc000, 0x7c00]).buffer },
      { name: 'e', datatype: 'BYTES', shape: [2], bytes: Uint8Array.of(2, 0, 0, 0, 104, 105, 0, 0, 0, 0).buffer },
    ])
    expect(tensorsIn(body, headerLength, 'inputs')?.map(({ values }) => values)).toEqual([
      ['0.1', '-3'],
      ['-9223372036854775808'],
      ['true', 'false'],
      ['1', '-2', 'Infinity'],
      ['"hi"', '""'],
    ])
  })

  it('say the sign of a zero', () => {
    const json = utf8('{"outputs":[{"name":"y","datatype":"FP32","shape":[2],"data":[0,-0.0]}]}')
    expect(tensorsIn(json, undefined, 'outputs')?.[0]?.values).toEqual(['0', '-0'])
    const [body, headerLength] = binary('outputs', [
      { name: 'a', datatype: 'FP64', shape: [2], bytes: new Float64Array([-0, 0]).buffer },
      { name: 'b', datatype: 'FP16', shape: [2], bytes: new Uint16Array([0x8000, 0]).buffer },
    ])
    expect(tensorsIn(body, headerLength, 'outputs')?.map(({ values }) => values)).toEqual([
      ['-0', '0'],
      ['-0', '0'],
    ])
  })

  it.each([
    ['UINT8', new Uint8Array([255]).buffer, '255'],
    ['INT8', new Int8Array([-128]).buffer, '-128'],
    ['UINT16', new Uint16Array([65_535]).buffer, '65535'],
    ['INT16', new Int16Array([-32_768]).buffer, '-32768'],
    ['UINT32', new Uint32Array([4_294_967_295]).buffer, '4294967295'],
    ['INT32', new Int32Array([-2_147_483_648]).buffer, '-2147483648'],
    ['UINT64', new BigUint64Array([2n ** 64n - 1n]).buffer, '18446744073709551615'],
    ['FP64', new Float64Array([0.1]).buffer, '0.1'],
  ])('of type %s keep their value', (datatype, bytes, text) => {
    const [body, headerLength] = binary('inputs', [{ name: 'x', datatype, shape: [1], bytes }])
    expect(tensorsIn(body, headerLength, 'inputs')?.[0]?.values).toEqual([text])
  })

  it('are cut to what a reader can take in, and counted', () => {
    const [body, headerLength] = binary('inputs', [{ name: 'x', datatype: 'FP32', shape: [1000], bytes: new Float32Array(1000).buffer }])
    const [tensor] = tensorsIn(body, headerLength, 'inputs')!
    expect(tensor).toMatchObject({ total: 1000 })
    expect(tensor?.values).toHaveLength(64)
  })

  it('that are not there are not invented, whatever the sizes claim', () => {
    const json = utf8('{"inputs":[{"name":"x","datatype":"FP32","shape":[4],"parameters":{"binary_data_size":1e9}}]}')
    expect(tensorsIn(json, json.length, 'inputs')).toBeUndefined()
    expect(tensorsIn(utf8('hello'), undefined, 'inputs')).toBeUndefined()
    expect(tensorsIn(utf8('{"inputs":[1]}'), undefined, 'inputs')).toBeUndefined()
    expect(tensorsIn(utf8('{}'), undefined, 'inputs')).toBeUndefined()
  })
})

it('a body that readers would read in different ways is not shown as tensors', () => {
  const tail = Buffer.from(Float32Array.of(1, 2).buffer)
  const shown = (json: string) => tensorsIn(Buffer.concat([Buffer.from(json), tail]), Buffer.from(json).length, 'outputs')
  const y = (size: string, more = '') =>
    `{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"parameters":{"binary_data_size":${size}}}${more}]}`
  expect(shown(y('8'))).toHaveLength(1)
  for (const size of ['-4', '4.5', '9', '1e300', '"4"', 'null', '[4]']) expect(shown(y(size)), size).toBeUndefined()
  expect(shown('{"outputs":[],"outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":[5]}]}')).toBeUndefined()
})

const floats = (...data: number[]) =>
  tensorsIn(
    utf8(`{"outputs":[{"name":"y","datatype":"FP32","shape":[${data.length}],"data":[${data.join()}]}]}`),
    undefined,
    'outputs',
  )?.[0]?.values

it('numbers are shown as the ones that they are, not as round ones near them', () => {
  expect(floats(16_777_216, 123_456_792, 0.1, 1 / 3, 0.30000001192092896, 3.4028234663852886e38)).toEqual([
    '16777216',
    '123456792',
    '0.1',
    '0.33333334',
    '0.3',
    '3.4028235e+38',
  ])
  const half = binary('outputs', [{ name: 'y', datatype: 'FP16', shape: [1], bytes: new Uint16Array([0x7bff]).buffer }])
  expect(tensorsIn(...half, 'outputs')?.[0]?.values).toEqual(['65504'])
})

/** A body that holds one tensor with `members` in place of what is expected. */
const odd = (members: string) =>
  tensorsIn(utf8(`{"outputs":[{"name":"y","datatype":"INT64","shape":[1],${members}}]}`), undefined, 'outputs')

describe('a body that is made to be shown wrongly', () => {
  it('is not shown as tensors where a value is none, or one that JavaScript would round', () => {
    expect(odd('"data":[9007199254740991]')).toHaveLength(1)
    for (const value of ['{"toString":null}', '[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]', 'null', '9007199254740993', '1e300', '0.5'])
      expect(odd(`"data":[${value}]`), value).toBeUndefined()
    for (const name of ['{"toString":null}', 'null', `"${'x'.repeat(257)}"`])
      expect(
        tensorsIn(utf8(`{"outputs":[{"name":${name},"datatype":"FP32","shape":[],"data":[1]}]}`), undefined, 'outputs'),
      ).toBeUndefined()
    for (const shape of ['[0.5]', '["1"]', '[-1]', '{}', `[${'1,'.repeat(16)}1]`])
      expect(
        tensorsIn(utf8(`{"outputs":[{"name":"y","datatype":"FP32","shape":${shape},"data":[1]}]}`), undefined, 'outputs'),
      ).toBeUndefined()
    expect(odd('"datatype2":1,"data":[1]')).toHaveLength(1)
    expect(tensorsIn(utf8('{"outputs":[{"name":"y","datatype":"toString","shape":[],"data":[1]}]}'), undefined, 'outputs')).toBeUndefined()
  })

  it('is not shown as tensors where it is cut, or goes on behind them', () => {
    const tensor = '{"outputs":[{"name":"y","datatype":"FP32","shape":[1],"data":[1]}]}'
    const body = utf8(`${tensor}more`)
    expect(tensorsIn(body, tensor.length, 'outputs')).toBeUndefined()
    for (const length of [-4, 0.5, Number.NaN, body.length + 1]) expect(tensorsIn(body, length, 'outputs')).toBeUndefined()
  })

  it('is not shown as tensors where it has more values than anybody reads', () => {
    const body = (count: number) =>
      utf8(`{"outputs":[{"name":"y","datatype":"FP32","shape":[${count}],"data":[${'0,'.repeat(count - 1)}0]}]}`)
    expect(tensorsIn(body(990_000), undefined, 'outputs')?.[0]?.total).toBe(990_000)
    expect(tensorsIn(body(1_000_000), undefined, 'outputs')).toBe(undefined)
  })

  it('does not fill the page', () => {
    const tensor = '{"name":"y","datatype":"FP32","shape":[],"data":[1]}'
    const many = (count: number) => tensorsIn(utf8(`{"outputs":[${Array(count).fill(tensor).join()}]}`), undefined, 'outputs')
    expect(many(64)).toHaveLength(64)
    expect(many(65)).toBeUndefined()
    const long = 'x'.repeat(50_000)
    const texts = (count: number) =>
      JSON.stringify({ outputs: [{ name: 't', datatype: 'BYTES', shape: [count], data: Array(count).fill(long) }] })
    expect(tensorsIn(utf8(texts(1)), undefined, 'outputs')?.[0]?.values[0]).toBe(`"${'x'.repeat(20_000)}" …`)
    expect(tensorsIn(utf8(texts(2)), undefined, 'outputs')?.[0]?.values[1]).toBe(`"${'x'.repeat(10_000)}" …`)
  })
})
