import { concatBytes, type Datatype, type TensorSpec, utf8 } from '@opengradient/protocol'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { checkInputs } from './inputs.ts'
import { encodeRequest, HEADER_LENGTH } from './request.ts'
import { decodeResponse } from './response.ts'
import { bytesOf, type Tensor } from './tensor.ts'

const spec = (name: string, datatype: Datatype, shape: (number | string)[]): TensorSpec => ({ name, datatype, shape, doc: '' })
const SPECS = [spec('y', 'FP32', ['N', 2]), spec('label', 'INT64', ['N'])]
const TENSORS: Record<string, Tensor> = {
  y: { datatype: 'FP32', shape: [1, 2], data: Float32Array.of(0.5, 1.5) },
  label: { datatype: 'INT64', shape: [1], data: BigInt64Array.of(-(2n ** 62n)) },
}

/** A response as a node with the binary extension sends it. */
function respond(
  tensors: Record<string, Tensor>,
  change: (outputs: Record<string, unknown>[]) => unknown = () => undefined,
  extra = new Uint8Array(),
) {
  const parts = Object.values(tensors).map(bytesOf)
  const outputs = Object.entries(tensors).map(([name, { datatype, shape }], i) => ({
    name,
    datatype,
    shape,
    parameters: { binary_data_size: parts[i]?.length },
  }))
  change(outputs)
  const json = utf8(JSON.stringify({ model_name: 'm', outputs }))
  return { headers: new Headers({ [HEADER_LENGTH]: `${json.length}` }), body: concatBytes(json, ...parts, extra) }
}
const decode = ({ headers, body }: { headers: Headers; body: Uint8Array }, bindings = new Map<string, number>()) =>
  decodeResponse(SPECS, bindings, headers, body)
const refused = (run: () => unknown) => expect(run).toThrow(expect.objectContaining({ code: 'NODE_RESPONSE_INVALID' }))

test('a binary response gives the tensors it holds', () => {
  expect(decode(respond(TENSORS))).toEqual(TENSORS)
})

test('a JSON response gives the same tensors', () => {
  const json = {
    outputs: [
      { name: 'y', datatype: 'FP32', shape: [1, 2], data: [[0.5, 1.5]] },
      { name: 'label', datatype: 'INT64', shape: [1], data: [5] },
    ],
  }
  const outputs = decode({ headers: new Headers(), body: utf8(JSON.stringify(json)) })
  expect(outputs.label?.data).toEqual(BigInt64Array.of(5n))
  expect(outputs.y?.data).toEqual(Float32Array.of(0.5, 1.5))
})

test('what a double does not hold and what JSON has no number for come through JSON', () => {
  const json = `{"outputs":[{"name":"y","datatype":"FP32","shape":[1,2],"data":[100000000000000000,-9007199254740992]},
    {"name":"label","datatype":"INT64","shape":[1],"data":["-9223372036854775808"]}]}`
  const outputs = decode({ headers: new Headers(), body: utf8(json) })
  expect(outputs.y?.data).toEqual(Float32Array.of(1e17, -(2 ** 53)))
  expect(outputs.label?.data).toEqual(BigInt64Array.of(-(2n ** 63n)))
  const odd = decode({
    headers: new Headers(),
    body: utf8(json.replace('100000000000000000', '"-Infinity"').replace('-9007199254740992', '"NaN"')),
  })
  expect(odd.y?.data).toEqual(Float32Array.of(Number.NEGATIVE_INFINITY, Number.NaN))
  refused(() => decode({ headers: new Headers(), body: utf8(json.replace('100000000000000000', '"1e17"')) }))
  refused(() => decode({ headers: new Headers(), body: utf8(json.replace('"-9223372036854775808"', '9007199254740993')) }))
  refused(() => decode({ headers: new Headers(), body: utf8(json.replace('-9223372036854775808', '9223372036854775808')) }))
  expect(() => decode({ headers: new Headers(), body: utf8(json.replace('100000000000000000', 'true')) })).toThrow(
    'output "y": value 0 is not a FP32',
  )
})

test('what the manifest does not say is refused', () => {
  refused(() => decode(respond({ y: TENSORS.y as Tensor })))
  refused(() => decode(respond({ ...TENSORS, more: TENSORS.label as Tensor })))
  refused(() => decode(respond({ ...TENSORS, y: { datatype: 'FP64', shape: [1, 2], data: Float64Array.of(1, 2) } })))
  refused(() => decode(respond({ ...TENSORS, y: { datatype: 'FP32', shape: [2], data: Float32Array.of(1, 2) } })))
  refused(() => decode(respond({ ...TENSORS, y: { datatype: 'FP32', shape: [2, 2], data: new Float32Array(4) } })))
  refused(() => decode(respond(TENSORS), new Map([['N', 3]])))
  refused(() => decode(respond(TENSORS, (outputs) => outputs.push({ ...outputs[0] }))))
})

test('sizes that do not add up are refused', () => {
  refused(() => decode(respond(TENSORS, undefined, Uint8Array.of(0))))
  refused(() => decode(respond(TENSORS, ([y]) => Object.assign(y as object, { shape: [1000, 2] }))))
  for (const size of [-1, 1.5, 1e9, '8', null])
    refused(() => decode(respond(TENSORS, ([y]) => Object.assign(y as object, { parameters: { binary_data_size: size } }))))
  for (const length of ['-1', 'x', '99999999999', '1e3'])
    refused(() => decode({ ...respond(TENSORS), headers: new Headers({ [HEADER_LENGTH]: length }) }))
})

test('whatever bytes come, the outcome is tensors or this one error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.option(fc.nat(220)), (body, length) => {
      const headers = new Headers(length === null ? {} : { [HEADER_LENGTH]: `${length}` })
      refused(() => decodeResponse(SPECS, new Map(), headers, body))
    }),
  )
})

test('a name like __proto__ stays a name', () => {
  const specs = [spec('__proto__', 'INT8', [1])]
  const tensor: Tensor = { datatype: 'INT8', shape: [1], data: Int8Array.of(3) }
  const json = utf8('{"outputs":[{"name":"__proto__","datatype":"INT8","shape":[1],"data":[3]}]}')
  const outputs = decodeResponse(specs, new Map(), new Headers(), json)
  expect(Object.getOwnPropertyDescriptor(outputs, '__proto__')?.value ?? Object.entries(outputs)[0]?.[1]).toEqual(tensor)
  expect(Object.getPrototypeOf(outputs)).not.toEqual(tensor)
})

test('tensors of every datatype go out and come back as they are', () => {
  const values: Record<Datatype, unknown> = {
    BOOL: Uint8Array.of(0, 1),
    UINT8: Uint8Array.of(0, 255),
    UINT16: Uint16Array.of(0, 65535),
    UINT32: Uint32Array.of(0, 2 ** 32 - 1),
    UINT64: BigUint64Array.of(0n, 2n ** 64n - 1n),
    INT8: Int8Array.of(-128, 127),
    INT16: Int16Array.of(-32768, 32767),
    INT32: Int32Array.of(-(2 ** 31), 2 ** 31 - 1),
    INT64: BigInt64Array.of(-(2n ** 63n), 2n ** 63n - 1n),
    FP16: Uint16Array.of(0x3c00, 0x7e00),
    FP32: Float32Array.of(Number.NaN, -0),
    FP64: Float64Array.of(Math.PI, Number.NEGATIVE_INFINITY),
    BYTES: [Uint8Array.of(), Uint8Array.of(1, 2, 3)],
  }
  const specs = Object.keys(values).map((datatype) => spec(`t${datatype}`, datatype as Datatype, [2]))
  const given = Object.fromEntries(Object.entries(values).map(([datatype, value]) => [`t${datatype}`, value])) as Record<
    string,
    Float32Array
  >
  const { inputs, bindings } = checkInputs(specs, given)
  const { body, headerLength } = encodeRequest({ inputs, bindings }, ['y'])
  const sent = JSON.parse(new TextDecoder().decode(body.subarray(0, headerLength))) as { inputs: unknown; outputs: unknown }
  expect(sent.outputs).toEqual([{ name: 'y', parameters: { binary_data: true } }])
  const echo = utf8(JSON.stringify({ outputs: sent.inputs }))
  const outputs = decodeResponse(
    specs,
    bindings,
    new Headers({ [HEADER_LENGTH]: `${echo.length}` }),
    concatBytes(echo, body.subarray(headerLength)),
  )
  for (const [name, value] of Object.entries(given)) expect(outputs[name]?.data).toEqual(value)
})
