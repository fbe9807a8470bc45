import { describe, expect, it } from 'vitest'
import type { Signature } from '../engine/engine.ts'
import { codeOf } from '../engine/values.testkit.ts'
import { DEFAULT_INPUT_LIMITS, type InferRequest, type InputLimits, parseInferRequest } from './request.ts'

const signature: Signature = {
  inputs: [
    { name: 'x', datatype: 'FP32', shape: ['N', 2] },
    { name: 'k', datatype: 'INT64', shape: ['N'] },
  ],
  outputs: [
    { name: 'y', datatype: 'FP32', shape: ['N'] },
    { name: 'z', datatype: 'FP32', shape: ['N'] },
  ],
}
const X = { name: 'x', shape: [1, 2], datatype: 'FP32', data: [1, 2] }
const K = { name: 'k', shape: [1], datatype: 'INT64', data: [5] }
const limits: InputLimits = { ...DEFAULT_INPUT_LIMITS, maxElements: 100 }

const parse = (json: unknown, extra: { raw?: Uint8Array; limits?: InputLimits; headerLength?: number } = {}): InferRequest => {
  const header = Buffer.from(typeof json === 'string' ? json : JSON.stringify(json))
  const body = extra.raw === undefined ? header : Buffer.concat([header, extra.raw])
  return parseInferRequest(
    body,
    extra.headerLength ?? (extra.raw === undefined ? undefined : header.length),
    signature,
    extra.limits ?? limits,
  )
}
const refusal = (...given: Parameters<typeof parse>) => codeOf(Promise.resolve().then(() => parse(...given)))

describe('a JSON request', () => {
  it('gives the inputs in the order of the model, whatever the order of the request', () => {
    const { id, inputs, outputs, binary, used, dropped } = parse({ id: '42', inputs: [K, X] })
    expect(id).toBe('42')
    expect(inputs.map(({ name }) => name)).toEqual(['x', 'k'])
    expect([...new Float32Array(inputs[0]!.data.slice().buffer)]).toEqual([1, 2])
    expect({ outputs, binary, used, dropped }).toEqual({ outputs: undefined, binary: [false, false], used: {}, dropped: [] })
  })

  it('may ask for some outputs, in any order', () => {
    expect(parse({ inputs: [X, K], outputs: [{ name: 'z' }] })).toMatchObject({ outputs: [1], binary: [false] })
    expect(parse({ inputs: [X, K], outputs: [{ name: 'z' }, { name: 'y', parameters: { binary_data: true } }] })).toMatchObject({
      outputs: [1, 0],
      binary: [false, true],
      used: { 'outputs[1].parameters.binary_data': true },
    })
    expect(parse({ inputs: [X, K], outputs: [] })).toMatchObject({ outputs: undefined })
  })

  it('uses the parameters it knows, as they are, and names those it does not', () => {
    const { binary, timeoutUs, used, dropped } = parse({
      parameters: { binary_data_output: true, timeout: 5_000_000, priority: 2, sequence_id: 'a' },
      inputs: [{ ...X, parameters: { hint: true } }, K],
      outputs: [
        { name: 'y', parameters: { classification: 3 } },
        { name: 'z', parameters: { binary_data: false } },
      ],
    })
    expect({ binary, timeoutUs }).toEqual({ binary: [true, false], timeoutUs: 5_000_000 })
    expect(used).toEqual({ binary_data_output: true, timeout: 5_000_000, 'outputs[1].parameters.binary_data': false })
    expect(dropped).toEqual(['priority', 'sequence_id', 'inputs[0].parameters.hint', 'outputs[0].parameters.classification'])
  })

  it('is refused with more of those than an execution record can name: what was signed for it would be no record', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 64 }, (_, i) => [`p${i}`, 1]))
    const outputs = [{ name: 'y', parameters: unknown }]
    const request = { inputs: [X, K].map((input) => ({ ...input, parameters: unknown })), outputs, parameters: unknown }
    expect(parse(request).dropped).toHaveLength(256)
    expect(await refusal({ ...request, outputs: [...outputs, { name: 'z', parameters: { p: 1 } }] })).toMatchObject({
      code: 'INPUT_MALFORMED',
    })
  })
})

describe('a float written as a long whole number', () => {
  it('is what JavaScript makes of 1e17, and read as such', () => {
    const { inputs } = parse(JSON.stringify({ inputs: [{ ...X, data: [1e17, -1e20] }, K] }))
    expect(new Float32Array(new Uint8Array(inputs[0]!.data).buffer)).toEqual(Float32Array.of(1e17, -1e20))
  })

  it('is no size, no whole number and no parameter', async () => {
    expect(
      (
        await refusal(
          `{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]},{"name":"k","shape":[1],"datatype":"INT64","data":[9007199254740993]}]}`,
        )
      ).code,
    ).toBe('INPUT_MALFORMED')
    expect((await refusal({ inputs: [{ ...X, shape: [2 ** 60] }, K] })).code).toBe('INPUT_SHAPE')
    expect((await refusal({ inputs: [X, K], parameters: { timeout: 2 ** 60 } })).code).toBe('INPUT_MALFORMED')
  })
})

describe('a binary request', () => {
  const floats = new Uint8Array(Float32Array.of(3, 4).buffer)
  const binaryX = { name: 'x', shape: [1, 2], datatype: 'FP32', parameters: { binary_data_size: 8 } }
  const binaryK = { name: 'k', shape: [1], datatype: 'INT64', parameters: { binary_data_size: 8 } }

  it('takes the tensors behind the JSON, in the order in which the JSON names them', () => {
    const { inputs, dropped } = parse(
      { inputs: [binaryK, binaryX] },
      { raw: Buffer.concat([new Uint8Array(BigInt64Array.of(7n).buffer), floats]) },
    )
    expect(inputs.map(({ data }) => Buffer.from(data).toString('hex'))).toEqual(['0000404000008040', '0700000000000000'])
    expect(dropped).toEqual([])
  })

  it('may mix binary tensors and JSON ones', () => {
    expect(parse({ inputs: [binaryX, K] }, { raw: floats }).inputs[1]!.data[0]).toBe(5)
  })

  it.each<[string, object, Uint8Array, string]>([
    ['fewer bytes than announced', { inputs: [binaryX, K] }, floats.subarray(1), 'INPUT_SIZE'],
    ['more bytes than announced', { inputs: [binaryX, K] }, Buffer.concat([floats, floats]), 'INPUT_SIZE'],
    ['bytes nobody announced', { inputs: [X, K] }, floats, 'INPUT_SIZE'],
    [
      'a size that the shape does not ask for',
      { inputs: [{ ...binaryX, parameters: { binary_data_size: 4 } }, K] },
      floats.subarray(4),
      'INPUT_SIZE',
    ],
    ['a size that is no size', { inputs: [{ ...binaryX, parameters: { binary_data_size: -1 } }, K] }, floats, 'INPUT_MALFORMED'],
    ['both kinds of data', { inputs: [{ ...binaryX, data: [1, 2] }, K] }, floats, 'INPUT_MALFORMED'],
    ['a NaN', { inputs: [binaryX, K] }, new Uint8Array(Float32Array.of(1, Number.NaN).buffer), 'INPUT_NOT_FINITE'],
  ])('is refused with %s', async (_, json, raw, code) => {
    expect((await refusal(json, { raw })).code).toBe(code)
  })

  it('is refused if the JSON would be longer than the body', async () => {
    expect((await refusal({ inputs: [X, K] }, { headerLength: 10_000 })).code).toBe('INPUT_MALFORMED')
  })

  it('may hold NaN where the node allows it', () => {
    expect(
      parse(
        { inputs: [binaryX, K] },
        { raw: new Uint8Array(Float32Array.of(1, Number.NaN).buffer), limits: { ...limits, nonFinite: 'allow' } },
      ).inputs,
    ).toHaveLength(2)
  })
})

describe('refused:', () => {
  it.each<[string, unknown, string]>([
    ['something that is not JSON', '{', 'JSON_SYNTAX'],
    ['a key twice', '{"inputs":[],"inputs":[]}', 'JSON_DUPLICATE_KEY'],
    [
      'JSON nested too deep',
      `{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":${'['.repeat(40)}${']'.repeat(40)}}]}`,
      'JSON_TOO_DEEP',
    ],
    ['a number beyond a double', '{"inputs":[{"name":"x","shape":[1,2],"datatype":"FP32","data":[1e999,1]}]}', 'JSON_NUMBER_RANGE'],
    ['a number beyond the datatype', { inputs: [{ ...X, data: [1e39, 1] }, K] }, 'INPUT_OUT_OF_RANGE'],
    ['a list', [], 'INPUT_MALFORMED'],
    ['no inputs', {}, 'INPUT_MALFORMED'],
    ['an unknown key', { inputs: [X, K], input: [] }, 'INPUT_MALFORMED'],
    ['an unknown key of an input', { inputs: [{ ...X, dtype: 'FP32' }, K] }, 'INPUT_MALFORMED'],
    ['an id that is no text', { id: 7, inputs: [X, K] }, 'INPUT_MALFORMED'],
    ['a missing input', { inputs: [X] }, 'INPUT_MISSING'],
    ['an input twice', { inputs: [X, X, K] }, 'INPUT_DUPLICATE'],
    ['an unknown input', { inputs: [X, K, { ...X, name: 'q' }] }, 'INPUT_UNKNOWN'],
    ['an input without data', { inputs: [{ name: 'x', shape: [1, 2], datatype: 'FP32' }, K] }, 'INPUT_MALFORMED'],
    ['another datatype', { inputs: [{ ...X, datatype: 'FP64' }, K] }, 'INPUT_DATATYPE'],
    ['no datatype', { inputs: [{ ...X, datatype: undefined }, K] }, 'INPUT_DATATYPE'],
    ['a datatype that does not exist', { inputs: [{ ...X, datatype: 'FP8' }, K] }, 'INPUT_DATATYPE'],
    ['another rank', { inputs: [{ ...X, shape: [2] }, K] }, 'INPUT_SHAPE'],
    ['another fixed dimension', { inputs: [{ ...X, shape: [1, 3], data: [1, 2, 3] }, K] }, 'INPUT_SHAPE'],
    ['one symbol with two sizes', { inputs: [{ ...X, shape: [2, 2], data: [1, 2, 3, 4] }, K] }, 'INPUT_SHAPE'],
    ['a dimension of 1.5', { inputs: [{ ...X, shape: [1.5, 2] }, K] }, 'INPUT_SHAPE'],
    ['a dimension of -1', { inputs: [{ ...X, shape: [-1, 2] }, K] }, 'INPUT_SHAPE'],
    ['a shape that is no list', { inputs: [{ ...X, shape: 2 }, K] }, 'INPUT_SHAPE'],
    ['too few elements', { inputs: [{ ...X, data: [1] }, K] }, 'INPUT_SIZE'],
    ['too many elements', { inputs: [{ ...X, data: [1, 2, 3] }, K] }, 'INPUT_SIZE'],
    ['more elements than the node takes', { inputs: [{ ...X, shape: [51, 2], data: [1] }, K] }, 'INPUT_TOO_LARGE'],
    ['more elements than anybody has', { inputs: [{ ...X, shape: [2147483647, 2147483647], data: [1] }, K] }, 'INPUT_TOO_LARGE'],
    ['an unknown output', { inputs: [X, K], outputs: [{ name: 'q' }] }, 'INPUT_MALFORMED'],
    ['an output twice', { inputs: [X, K], outputs: [{ name: 'y' }, { name: 'y' }] }, 'INPUT_MALFORMED'],
    ['a parameter that is an object', { inputs: [X, K], parameters: { a: {} } }, 'INPUT_MALFORMED'],
    ['a parameter with a value that it cannot have', { inputs: [X, K], parameters: { timeout: -1 } }, 'INPUT_MALFORMED'],
    [
      'too many parameters',
      { inputs: [X, K], parameters: Object.fromEntries(Array.from({ length: 65 }, (_, i) => [`p${i}`, 1])) },
      'INPUT_MALFORMED',
    ],
    ['a parameter with an endless name', { inputs: [X, K], parameters: { ['p'.repeat(200)]: 1 } }, 'INPUT_MALFORMED'],
  ])('%s', async (_, json, code) => {
    const error = await refusal(json)
    expect([error.code, error.message]).toEqual([code, error.message])
  })

  it('more bytes of JSON than the node reads', async () => {
    expect((await refusal({ inputs: [X, K] }, { limits: { ...limits, maxJsonBytes: 20 } })).code).toBe('JSON_TOO_LARGE')
  })
})
