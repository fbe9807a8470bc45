import { describe, expect, it } from 'vitest'
import { type Datatype, elementCount, type Tensor, tensorProblem, tensorSchema } from './tensor.ts'

const tensor = (datatype: Datatype, data: Tensor['data'], shape = [data.length]): Tensor => ({ name: 't', datatype, shape, data })

describe('elementCount', () => {
  it('is the product of the dimensions, 1 for a scalar', () => {
    expect(elementCount([2, 3, 4])).toBe(24n)
    expect(elementCount([])).toBe(1n)
    expect(elementCount([5, 0])).toBe(0n)
  })

  it('does not overflow on hostile shapes', () => {
    expect(elementCount(new Array(16).fill(2 ** 31 - 1))).toBe((2n ** 31n - 1n) ** 16n)
  })
})

describe('tensorProblem', () => {
  it.each<[Datatype, Tensor['data']]>([
    ['BOOL', [true, false]],
    ['UINT8', [0, 255]],
    ['INT8', [-128, 127]],
    ['UINT16', [65535]],
    ['INT16', [-32768]],
    ['UINT32', [4294967295]],
    ['INT32', [-2147483648]],
    ['INT64', [0, -9007199254740991, '9223372036854775807', '-9223372036854775808', '9007199254740992']],
    ['UINT64', [0, '18446744073709551615']],
    ['FP16', [0.5]],
    ['FP32', [-1e30, 1e-30]],
    ['FP64', [Number.MAX_VALUE]],
    ['BYTES', ['', 'text']],
  ])('finds nothing in good %s', (datatype, data) => {
    expect(tensorProblem(tensor(datatype, data))).toBeUndefined()
  })

  it.each<[Datatype, Tensor['data'][number]]>([
    ['BOOL', 1],
    ['UINT8', 256],
    ['UINT8', -1],
    ['UINT8', 1.5],
    ['UINT8', true],
    ['UINT8', '1'],
    ['INT8', 128],
    ['INT8', -129],
    ['UINT32', 4294967296],
    ['INT64', '9223372036854775808'],
    ['INT64', '-9223372036854775809'],
    ['INT64', '9007199254740991'],
    ['INT64', '09007199254740993'],
    ['INT64', '9007199254740993.0'],
    ['INT64', 2 ** 53],
    ['UINT64', '18446744073709551616'],
    ['UINT64', '-9007199254740993'],
    ['FP32', '1.5'],
    ['FP32', false],
    ['FP64', Number.POSITIVE_INFINITY],
    ['BYTES', 5],
  ])('%s does not hold %j', (datatype, value) => {
    expect(tensorProblem(tensor(datatype, [value]))).toBe(`data[0] is not a ${datatype}`)
  })

  it('names the place of the first wrong value', () => {
    expect(tensorProblem(tensor('UINT8', [1, 2, 300, 400]))).toBe('data[2] is not a UINT8')
  })

  it('compares shape and number of values', () => {
    expect(tensorProblem(tensor('FP32', [1, 2, 3], [2, 2]))).toBe('shape [2,2] asks for 4 values, data has 3')
    expect(tensorProblem(tensor('FP32', [1], []))).toBeUndefined()
    expect(tensorProblem(tensor('FP32', [], [0, 7]))).toBeUndefined()
  })
})

describe('tensorSchema', () => {
  it('accepts the largest dimension and the highest rank', () => {
    expect(tensorSchema.safeParse({ ...tensor('FP32', [1]), shape: [2 ** 31 - 1, ...new Array(15).fill(0)] }).success).toBe(true)
  })

  it.each([
    { shape: [-1] },
    { shape: [1.5] },
    { shape: [2 ** 31] },
    { shape: new Array(17).fill(1) },
    { shape: ['n'] },
    { datatype: 'FLOAT' },
    { name: '' },
    { data: [null] },
    { data: [[1]] },
    { data: 'AAAA' },
    { extra: 1 },
  ])('refuses %j', (change) => {
    expect(tensorSchema.safeParse({ ...tensor('FP32', [1]), ...change }).success).toBe(false)
  })
})
