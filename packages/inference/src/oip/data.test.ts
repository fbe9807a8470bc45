import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { halfToNumber, type Tensor } from '../engine/tensor.ts'
import { codeOf } from '../engine/values.testkit.ts'
import { bytesOfData, checkElements, firstNonFinite } from './data.ts'
import { numberToHalf } from './half.ts'
import { jsonElements } from './numbers.ts'

const parse = (datatype: Tensor['datatype'], shape: number[], data: unknown[]): Uint8Array =>
  bytesOfData(
    'x',
    datatype,
    shape,
    shape.reduce((a, b) => a * b, 1),
    data,
  )
const refused = async (...given: Parameters<typeof parse>): Promise<string> =>
  (await codeOf(Promise.resolve().then(() => parse(...given)))).code
const list = (datatype: Tensor['datatype'], data: Uint8Array): unknown[] =>
  JSON.parse(`[${jsonElements({ name: 'x', datatype, shape: [], data })}]`) as unknown[]

describe('numbers as JSON', () => {
  it.each<[Tensor['datatype'], fc.Arbitrary<unknown>]>([
    ['FP32', fc.float({ noNaN: true, noDefaultInfinity: true })],
    ['FP64', fc.double({ noNaN: true, noDefaultInfinity: true })],
    ['INT8', fc.integer({ min: -128, max: 127 })],
    ['INT16', fc.integer({ min: -32768, max: 32767 })],
    ['INT32', fc.integer()],
    ['UINT8', fc.nat(255)],
    ['UINT16', fc.nat(65535)],
    ['UINT32', fc.nat(2 ** 32 - 1)],
    ['BOOL', fc.boolean()],
    ['BYTES', fc.string({ unit: 'binary' })],
    ['INT64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : `${n}`))],
    ['UINT64', fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((n) => (Number.isSafeInteger(Number(n)) ? Number(n) : `${n}`))],
  ])('%s go to bytes and back without loss', (datatype, element) => {
    fc.assert(
      fc.property(fc.array(element, { maxLength: 20 }), (values) => {
        const bytes = parse(datatype, [values.length], values)
        expect(parse(datatype, [values.length], list(datatype, bytes))).toEqual(bytes)
        if (datatype !== 'FP32' && datatype !== 'FP64') expect(list(datatype, bytes)).toEqual(values)
      }),
    )
  })

  it('rounds to half precision as the standard says', () => {
    for (let bits = 0; bits < 65536; bits++) {
      const value = halfToNumber(bits)
      if (Number.isNaN(value)) expect(numberToHalf(value)).toBe(0x7e00)
      else expect(numberToHalf(value)).toBe(bits)
    }
    // Half way between two halves: to the even one.
    expect(numberToHalf(1 + 2 ** -11)).toBe(0x3c00)
    expect(numberToHalf(1 + 3 * 2 ** -11)).toBe(0x3c02)
    expect(numberToHalf(65519.99)).toBe(0x7bff)
    expect(numberToHalf(65520)).toBe(0x7c00)
    expect(numberToHalf(2 ** -25)).toBe(0)
    expect(numberToHalf(2 ** -25 * 1.01)).toBe(1)
    expect(numberToHalf(-0)).toBe(0x8000)
  })

  it('writes what JSON has no number for as text', () => {
    expect(
      list('FP32', new Uint8Array(Float32Array.of(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e21, -1.5).buffer)),
    ).toEqual(['NaN', 'Infinity', '-Infinity', Math.fround(1e21), -1.5])
    expect(list('INT64', new Uint8Array(BigInt64Array.of(2n ** 53n, -(2n ** 53n) + 1n).buffer))).toEqual([
      '9007199254740992',
      -9007199254740991,
    ])
  })

  it('reads bytes that are not aligned', () => {
    const bytes = new Uint8Array(Float32Array.of(1.5, 2.5).buffer)
    const shifted = new Uint8Array(9)
    shifted.set(bytes, 1)
    expect(list('FP32', shifted.subarray(1))).toEqual([1.5, 2.5])
  })

  it('takes data flat or nested exactly as the shape says', async () => {
    const flat = parse('INT32', [2, 3], [1, 2, 3, 4, 5, 6])
    expect(
      parse(
        'INT32',
        [2, 3],
        [
          [1, 2, 3],
          [4, 5, 6],
        ],
      ),
    ).toEqual(flat)
    expect(parse('INT32', [], [7])).toEqual(parse('INT32', [1], [7]))
    expect(parse('INT32', [0, 3], [])).toHaveLength(0)
    for (const wrong of [
      [
        [1, 2],
        [3, 4],
        [5, 6],
      ],
      [
        [1, 2, 3],
        [4, 5],
      ],
      [[1, 2, 3], 4, 5, 6],
      [
        [1, 2, 3],
        [4, 5, 6],
        [7, 8, 9],
      ],
      [1, 2, 3],
      [1, 2, 3, 4, 5, 6, 7],
    ]) {
      expect(['INPUT_SIZE', 'INPUT_MALFORMED']).toContain(await refused('INT32', [2, 3], wrong))
    }
    expect(await refused('INT32', [2, 3], [1, 2, 3, [4], 5, 6])).toBe('INPUT_MALFORMED')
  })

  it.each<[Tensor['datatype'], unknown, string]>([
    ['INT8', 128, 'INPUT_OUT_OF_RANGE'],
    ['UINT8', -1, 'INPUT_OUT_OF_RANGE'],
    ['INT32', 1.5, 'INPUT_OUT_OF_RANGE'],
    ['UINT32', 2 ** 32, 'INPUT_OUT_OF_RANGE'],
    ['INT64', '9223372036854775808', 'INPUT_OUT_OF_RANGE'],
    ['UINT64', -1, 'INPUT_OUT_OF_RANGE'],
    ['INT64', 1.5, 'INPUT_MALFORMED'],
    ['INT64', '0x10', 'INPUT_MALFORMED'],
    ['INT64', '', 'INPUT_MALFORMED'],
    ['FP32', 1e39, 'INPUT_OUT_OF_RANGE'],
    ['FP16', 65520, 'INPUT_OUT_OF_RANGE'],
    ['FP32', '1', 'INPUT_MALFORMED'],
    ['FP32', null, 'INPUT_MALFORMED'],
    ['FP64', true, 'INPUT_MALFORMED'],
    ['BOOL', 1, 'INPUT_MALFORMED'],
    ['BYTES', 1, 'INPUT_MALFORMED'],
  ])('refuses %s %j with %s', async (datatype, wrong, code) => {
    expect(await refused(datatype, [1], [wrong])).toBe(code)
  })
})

describe('elements that came as bytes', () => {
  it('finds the first NaN or infinity, wherever it is', () => {
    fc.assert(
      fc.property(fc.array(fc.double(), { maxLength: 30 }), (values) => {
        const index = (array: ArrayLike<number>): number => Array.from(array).findIndex((value) => !Number.isFinite(value))
        const singles = Float32Array.from(values)
        const halves = Uint16Array.from(values, numberToHalf)
        expect(firstNonFinite('FP64', new Uint8Array(Float64Array.from(values).buffer))).toBe(index(values))
        expect(firstNonFinite('FP32', new Uint8Array(singles.buffer))).toBe(index(singles))
        expect(firstNonFinite('FP16', new Uint8Array(halves.buffer))).toBe(index(Array.from(halves, halfToNumber)))
      }),
    )
  })

  it.each<[Tensor['datatype'], Uint8Array, boolean, string | undefined]>([
    ['FP32', new Uint8Array(Float32Array.of(1, Number.NaN).buffer), false, 'INPUT_NOT_FINITE'],
    ['FP32', new Uint8Array(Float32Array.of(1, Number.NaN).buffer), true, undefined],
    ['FP32', new Uint8Array(Float32Array.of(3.4e38, -3.4e38).buffer), false, undefined],
    ['BOOL', Uint8Array.of(0, 1, 2), false, 'INPUT_OUT_OF_RANGE'],
    ['BOOL', Uint8Array.of(0, 1), false, undefined],
    ['BYTES', Buffer.from([1, 0, 0, 0, 0xff]), false, 'INPUT_MALFORMED'],
    ['BYTES', Buffer.from([2, 0, 0, 0, 0xc3, 0xa9]), false, undefined],
    ['INT32', new Uint8Array(4).fill(255), false, undefined],
  ])('%s %o', async (datatype, data, allowed, code) => {
    const check = Promise.resolve().then(() => checkElements('x', datatype, data, allowed))
    if (code === undefined) await check
    else expect((await codeOf(check)).code).toBe(code)
  })
})
