import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { TensorInfo } from '../engine/engine.ts'
import type { Tensor } from '../engine/tensor.ts'
import { canStack, rowsOf, sameBut, stack, unstack } from './batch.ts'

const info = (shape: TensorInfo['shape'], datatype: TensorInfo['datatype'] = 'FP32'): TensorInfo => ({ name: 'x', datatype, shape })

describe('stacking', () => {
  it('gives each request its own rows back, whatever the number of rows', () => {
    const request = fc
      .nat(5)
      .chain((rows) =>
        fc
          .uint8Array({ minLength: rows * 12, maxLength: rows * 12 })
          .map((data): Tensor[] => [{ name: 'x', datatype: 'FP32', shape: [rows, 3], data }]),
      )
    fc.assert(
      fc.property(fc.array(request, { minLength: 1, maxLength: 6 }), (requests) => {
        fc.pre(requests.some((inputs) => rowsOf(inputs) > 0))
        const together = stack(requests)
        const parts = unstack(together, requests.map(rowsOf))!
        for (const [i, inputs] of requests.entries()) {
          expect(parts[i]![0]!.shape).toEqual(inputs[0]!.shape)
          expect(Buffer.from(parts[i]![0]!.data)).toEqual(Buffer.from(inputs[0]!.data))
        }
      }),
    )
  })

  it('notices outputs without a row for each row', () => {
    expect(unstack([{ name: 'y', datatype: 'FP32', shape: [1], data: new Uint8Array(4) }], [1, 1])).toBeUndefined()
  })

  it('joins only requests that differ in nothing but their rows', () => {
    const of = (shape: number[]): Tensor[] => [{ name: 'x', datatype: 'FP32', shape, data: new Uint8Array() }]
    expect(sameBut(of([1, 3]), of([9, 3]))).toBe(true)
    expect(sameBut(of([1, 3]), of([1, 4]))).toBe(false)
    expect(sameBut(of([1, 3]), of([1, 3, 1]))).toBe(false)
  })

  it.each<[string, TensorInfo[], TensorInfo[], boolean]>([
    ['one symbol in front of everything', [info(['N', 3])], [info(['N'])], true],
    ['two symbols', [info(['N', 3])], [info(['M'])], false],
    ['a fixed size in front', [info([1, 3])], [info(['N'])], false],
    ['a scalar output', [info(['N', 3])], [info([])], false],
    ['an output of open rank', [info(['N', 3])], [info(undefined)], false],
    ['the symbol a second time', [info(['N', 'N'])], [info(['N'])], false],
    ['strings', [info(['N'], 'BYTES')], [info(['N'])], false],
    ['no inputs', [], [info(['N'])], false],
    ['no outputs', [info(['N'])], [], false],
  ])('is possible with %s: %#', (_, inputs, outputs, expected) => {
    expect(canStack(inputs, outputs)).toBe(expected)
  })
})
