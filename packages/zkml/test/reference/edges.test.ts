import { describe, expect, it } from 'vitest'
import { P } from '../../reference/field.ts'
import { encodeProgram } from '../../reference/program.ts'
import { referenceProve } from '../../reference/prover/prove.ts'
import { cellOf, layout, realCells } from '../../reference/space.ts'
import { referenceVerify } from '../../reference/verify.ts'
import { writeProof } from '../../reference/wire.ts'
import type { Program, Space } from '../../src/program/types.ts'
import { drawSeed } from './seed.ts'
import { tiny, withValues } from './tiny.ts'

const shown = (statement: Parameters<typeof referenceProve>[0], w: readonly bigint[]) =>
  writeProof(referenceProve(statement, w, undefined), false)

describe('Rule P', () => {
  it('lets the padding of every segment be anything', () => {
    const model = tiny()
    const random = drawSeed()
    const { offsets } = layout(model.program.segments)
    const w = [...model.w]
    let padded = 0
    model.program.segments.forEach(([, space], seg) => {
      const real = new Set([...realCells(space)].map((at) => cellOf(space, at)))
      for (let cell = 0; cell < 2 ** space.reduce((total, [, b]) => total + b, 0); cell++) {
        if (real.has(cell)) continue
        w[offsets[seg]! + cell] = random() % P
        padded++
      }
    })
    expect(padded).toBe(4)
    expect(referenceVerify(model.statement, shown(model.statement, w))).toEqual({ ok: true })
  })
})

describe('a program with nothing committed', () => {
  const one: Space = [
    [1, 0],
    [3, 2],
  ]
  const program: Program = {
    batch: 1,
    segments: [],
    vecs: [],
    bases: [],
    constraints: [
      [
        'lin',
        [
          one,
          [],
          [
            [
              1n,
              ['pub', 0, one],
              [
                ['id', 0],
                ['id', 1],
              ],
            ],
            [
              -1n,
              ['pub', 1, one],
              [
                ['id', 0],
                ['id', 1],
              ],
            ],
          ],
        ],
      ],
    ],
    tables: [],
  }
  const model = tiny()
  const copy = withValues(withValues({ ...model.statement, program: encodeProgram(program) }, 0, [1n, 2n, 3n]), 1, [1n, 2n, 3n])
  it('has a proof that its output is its input', () => {
    expect(referenceVerify(copy, shown(copy, [0n]))).toEqual({ ok: true })
  })
  it('has none of anything else', () => {
    const other = withValues(copy, 1, [1n, 2n, 4n])
    expect(referenceVerify(other, shown(other, [0n]))).toEqual({ ok: false, code: 'BATCH' })
  })
})

describe('bytes of a program', () => {
  const { program, statement } = tiny()
  const bad = (change: (program: Program) => Program) =>
    referenceVerify({ ...statement, program: encodeProgram(change(program)) }, shown(statement, tiny().w))
  it.each<[string, (program: Program) => Program]>([
    ['two tables of one id', (p) => ({ ...p, tables: [...p.tables, p.tables[0]!] })],
    ['a range table whose id is not its width', (p) => ({ ...p, tables: p.tables.map(([id, ...rest], i) => [i === 0 ? 5 : id, ...rest]) })],
    ['rows numbered like a range', (p) => ({ ...p, tables: p.tables.map(([id, , ...rest]) => [id, 'rows', ...rest]) })],
    [
      'an axis with too many bits',
      (p) => ({ ...p, segments: p.segments.map(([m, space], i) => [m, i === 0 ? space.map(([n, b]) => [n, b + 1] as const) : space]) }),
    ],
    [
      'an axis that two maps of one term name',
      (p) => ({
        ...p,
        bases: p.bases.map(([space, c, terms]) => [
          space,
          c,
          terms.map(([coef, s]) => [
            coef,
            s,
            [
              ['shift', 1, 0],
              ['id', 1],
            ],
          ]),
        ]),
      }),
    ],
  ])('with %s are refused', (_, change) => {
    expect(bad(change)).toMatchObject({ ok: false, code: 'BAD_IR' })
  })
})
