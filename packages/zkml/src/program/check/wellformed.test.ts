import { describe, expect, it } from 'vitest'
import { caseOf, ModelBuilder, RELU } from '../model.testkit.ts'
import type { AxisMap, Constraint, Form, Program } from '../types.ts'
import { malformation } from './wellformed.ts'

function program(): Program {
  const model = new ModelBuilder()
  return caseOf(model, [model.gemm(model.gemm(model.input([3]), 4, RELU), 2)]).lowered.program
}

/** The program with the first constraint of a kind replaced. */
function changed(kind: Constraint[0], change: (one: Constraint) => Constraint): Program {
  const honest = program()
  const index = honest.constraints.findIndex((one) => one[0] === kind)
  return { ...honest, constraints: honest.constraints.with(index, change(honest.constraints[index]!)) }
}

/** A Lin over five cells that reads segment 0 (of `[1, 4]`) through these maps. */
function reading(maps: readonly AxisMap[], coef = 1n): Program {
  const form: Form = [[[5, 3]], [], [[coef, 0, maps]]]
  return { ...program(), constraints: [['lin', form]] }
}

describe('a malformed program is told from a well-formed one', () => {
  it('the honest one is well-formed', () => {
    expect(program().segments[0]).toEqual([
      0,
      [
        [1, 0],
        [4, 2],
      ],
    ])
    expect(malformation(program())).toBeUndefined()
    expect(
      malformation(
        reading([
          ['fix', 0],
          ['shift', 0, -1],
        ]),
      ),
    ).toBeUndefined()
  })

  it.each([
    ['too few maps', [['fix', 0]]],
    [
      'an axis of another length',
      [
        ['fix', 0],
        ['id', 0],
      ],
    ],
    [
      'an index outside the source',
      [
        ['fix', 0],
        ['fix', 4],
      ],
    ],
    [
      'a sum over more cells than there are',
      [
        ['fix', 0],
        ['sum', -1, 5],
      ],
    ],
    [
      'two maps of one axis',
      [
        ['shift', 0, 0],
        ['shift', 0, 0],
      ],
    ],
    [
      'an axis that the form does not have',
      [
        ['fix', 0],
        ['shift', 1, 0],
      ],
    ],
  ] as const)('%s', (_, maps) => {
    expect(malformation(reading(maps))).toBeDefined()
  })

  it('a term of coefficient 0', () => {
    expect(
      malformation(
        reading(
          [
            ['fix', 0],
            ['shift', 0, 0],
          ],
          0n,
        ),
      ),
    ).toBeDefined()
  })

  it('a lookup in a table that does not exist, a contraction whose factors do not match, a Hadamard over two spaces', () => {
    expect(malformation(changed('look', ([, , forms]) => ['look', 31, forms as Form[]]))).toBeDefined()
    expect(
      malformation(changed('con', (one) => (one[0] === 'con' ? ['con', one[2], one[1], one[3], one[4], one[5], one[6], one[7]] : one))),
    ).toBeDefined()
    expect(malformation(changed('had', (one) => (one[0] === 'had' ? ['had', one[1], one[2], [[[5, 3]], [], []]] : one)))).toBeDefined()
  })

  it('tables with one number, or a table numbered like a range', () => {
    const honest = program()
    const [first, ...rest] = honest.tables
    expect(malformation({ ...honest, tables: [first!, first!, ...rest] })).toBeDefined()
    expect(malformation({ ...honest, tables: [[first![0], 'rows', 0, [], first![4], first![5]], ...rest] })).toBeDefined()
  })
})
