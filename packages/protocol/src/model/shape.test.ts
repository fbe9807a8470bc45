import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusal } from '../testkit/expect.testkit.ts'
import { type Dimension, matchShape } from './shape.ts'

describe('matchShape', () => {
  it('accepts the declared sizes and binds symbols', () => {
    expect(matchShape('x', ['batch', 3, 'time'], [2, 3, 16])).toEqual(
      new Map([
        ['batch', 2],
        ['time', 16],
      ]),
    )
  })

  it('holds a symbol to one size, within a tensor and across tensors', () => {
    expect(matchShape('x', ['n', 'n'], [4, 4])).toEqual(new Map([['n', 4]]))
    expect(refusal(() => matchShape('x', ['n', 'n'], [4, 5]), 'INPUT_SHAPE').message).toBe(
      'tensor x: dimension 1 is 5 instead of 4, the size that "n" has in this request.',
    )
    const bindings = matchShape('x', ['batch'], [2])
    expect(matchShape('y', ['batch', 1], [2, 1], bindings)).toEqual(bindings)
    refusal(() => matchShape('y', ['batch', 1], [3, 1], bindings), 'INPUT_SHAPE')
  })

  it('does not change the bindings it was given', () => {
    const bindings = new Map([['a', 1]])
    matchShape('x', ['b'], [2], bindings)
    expect(bindings).toEqual(new Map([['a', 1]]))
  })

  it('accepts a size of zero for a symbol, and a scalar', () => {
    expect(matchShape('x', ['batch'], [0])).toEqual(new Map([['batch', 0]]))
    expect(matchShape('x', [], [])).toEqual(new Map())
  })

  it.each<[string, Dimension[], number[]]>([
    ['another rank', [2, 3], [2]],
    ['another size', [2, 3], [2, 4]],
    ['a negative size', ['n'], [-1]],
    ['a fraction', ['n'], [1.5]],
    ['a size beyond 2^53', ['n'], [2 ** 53]],
    ['NaN', ['n'], [Number.NaN]],
  ])('refuses %s, naming the tensor', (_, shape, actual) => {
    const error = refusal(() => matchShape('pixels', shape, actual), 'INPUT_SHAPE')
    expect(error.message).toMatch(/^tensor pixels: /)
    expect(error.details).toMatchObject({ tensor: 'pixels', shape, actual })
  })

  it('matches every shape against itself and refuses any one dimension changed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 1, maxLength: 6 }), fc.nat(), fc.integer({ min: 1, max: 9 }), (shape, pick, delta) => {
        expect(matchShape('x', shape, shape).size).toBe(0)
        const at = pick % shape.length
        refusal(() => matchShape('x', shape, shape.with(at, shape[at]! + delta)), 'INPUT_SHAPE')
      }),
    )
  })
})
