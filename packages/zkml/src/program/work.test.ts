import { describe, expect, it } from 'vitest'
import { sourceSpace, space } from './space.ts'
import type { AxisMap, Constraint, Form, Segment, Space } from './types.ts'
import { constraintWork, formWork, type Shapes, tableWork } from './work.ts'

const SEGMENTS: readonly Segment[] = [
  [0, space([5])],
  [0, space([3, 16])],
]
const SHAPES: Shapes = { spaceOf: (source) => sourceSpace(source, SEGMENTS), vecLength: () => 5 }

function reading(over: Space, source: number, maps: readonly AxisMap[]): Form {
  return [over, [], [[1n, source, maps]]]
}

describe('the work of a verifier', () => {
  it.each([
    ['id: the bits of the axis', [['id', 0]], 3],
    ['shift: the length of the source', [['shift', 0, 2]], 5],
    ['wt, suffix, index: its length', [['suffix', 0]], 5],
    ['sum: the length of the source, and the bits of the axis that is not read', [['sum', -1, 5]], 5 + 3],
    ['fix: the length of the source, and the bits of the axis that is not read', [['fix', 2]], 5 + 3],
  ] as const)('%s', (_, maps, work) => {
    expect(formWork(reading(space([5]), 0, maps), SHAPES)).toBe(work)
  })

  it('gather: taps times outputs', () => {
    const over = space([3, 4, 9])
    const form = reading(over, 1, [
      ['id', 0],
      ['gather', 1, 2, [4, 4, 2, 2, 3, 3, 1, 1, 0, 0, 1, 1]],
    ])
    expect(formWork(form, SHAPES)).toBe(2 + 4 * 9)
  })

  it('constants: bits, or the length of a vector', () => {
    expect(formWork([space([5, 4]), [[7n, [0, -1]]], []], SHAPES)).toBe(5 + 2)
  })

  it('public sources: their cells; two public factors: what they multiply', () => {
    const k = space([4])
    const known = (id: number): Form => [k, [], [[1n, ['pub', id, k], [['id', 0]]]]]
    const zero: Form = [[], [], []]
    const contraction = (R: Form): Constraint => ['con', known(0), R, zero, 0, 0, 0, 1]
    expect(constraintWork(contraction(known(1)), SHAPES)).toBe(2 * (2 + 4) + 2 * (4 + 4))
    const twice: Form = [k, [], [...known(1)[2], ...known(1)[2]]]
    expect(constraintWork(contraction(twice), SHAPES)).toBe(3 * (2 + 4) + 2 * 4 + 3 * 4)
    expect(constraintWork(contraction(reading(k, 0, [['shift', 0, 0]])), SHAPES)).toBe(2 + 4 + 5)
  })

  it('two public factors, one behind a window: its map for each tap, whatever the batch', () => {
    const source = space([2, 6])
    const over = space([2, 3, 4])
    const window = [1, 6, 1, 4, 1, 3, 1, 1, 0, 0, 1, 1] as const
    const R: Form = [
      over,
      [],
      [
        [
          1n,
          ['pub', 0, source],
          [
            ['id', 0],
            ['gather', 2, 1, window],
          ],
        ],
      ],
    ]
    const L: Form = [space([4]), [], [[1n, ['pubw', 0, space([4])], [['id', 0]]]]]
    const read = 1 + 12 + 12 + (2 + 4)
    expect(constraintWork(['con', L, R, [space([2, 3]), [], []], 0, 0, 2, 1], SHAPES)).toBe(read + (24 + 4 + 4 * 6) + (4 + 4))
  })

  it('tables: rows, times columns', () => {
    const rows = space([6])
    expect(tableWork([4, 'range', 4, [], space([16]), 0], SHAPES)).toBe(16)
    expect(
      tableWork(
        [
          32,
          'rows',
          0,
          [
            [rows, [], []],
            [rows, [[1n, [-1]]], []],
          ],
          rows,
          0,
        ],
        SHAPES,
      ),
    ).toBe(12 + 3)
  })
})
