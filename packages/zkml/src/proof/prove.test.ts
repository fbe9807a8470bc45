import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkProgram } from '../program/check/check.ts'
import { forEachReal, space } from '../program/space.ts'
import { addHad, everything } from './samples.testkit.ts'
import { Session } from './session.testkit.ts'
import { ids, only, type Sample, SampleWriter } from './writer.testkit.ts'

const committed = new Session(everything({ committed: true }))
const open = new Session(everything())

describe('a false witness', () => {
  // One cell of every segment that some constraint binds, and what refuses it.
  const cells = [...open.sample.ids.keys()].flatMap((name) => {
    const [, over] = open.sample.program.segments[open.sample.ids.get(name)!]!
    const real: number[] = []
    forEachReal(over, (cell) => real.push(cell))
    return [real[0]!, real.at(-1)!].map((cell) => [name, cell] as const)
  })

  test.each(cells)('is refused when %s is one off at cell %i', (name, cell) => {
    for (const delta of [1n, -1n]) {
      const proof = open.prove((w) => {
        w[open.cell(name, cell)]! += delta
      })
      const verdict = open.verify(proof)
      expect(verdict.ok).toBe(false)
      if (!verdict.ok) expect(['LOOKUP', 'BATCH']).toContain(verdict.code)
    }
  })

  test('is refused when committed weights are not those of the root', () => {
    const proof = committed.prove((_, W) => {
      W[0]! += 1n
    })
    expect(committed.verify(proof)).toMatchObject({ ok: false })
  })

  test('is refused when two multiplicities are swapped and when a lookup is of a row that is not there', () => {
    const swap = open.prove((w) => {
      w[open.cell('range4', 2)]! -= 1n
      w[open.cell('range4', 3)]! += 1n
    })
    expect(open.verify(swap)).toEqual({ ok: false, code: 'LOOKUP', where: 0 })
    const absent = open.prove((w) => {
      w[open.cell('key', 1)] = 6n
    })
    expect(open.verify(absent)).toEqual({ ok: false, code: 'LOOKUP', where: 0 })
  })
})

describe('a true witness', () => {
  test.each([
    ['public', open],
    ['committed', committed],
  ])('is accepted, with %s weights', (_, session) => {
    const { program, witness, values } = session.sample
    expect(checkProgram(program, witness, values)).toBeUndefined()
    expect(session.verify(session.prove())).toEqual({ ok: true })
  })

  test('is accepted whatever its padding cells hold', () => {
    fc.assert(
      fc.property(fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { minLength: 7, maxLength: 7 }), (noise) => {
        let i = 0
        const session = new Session(everything({ committed: true, padding: () => noise[i++ % noise.length]! }))
        expect(session.verify(session.prove())).toEqual({ ok: true })
      }),
      { numRuns: 15 },
    )
  })

  test('is accepted at every legal shape of the matrix', () => {
    for (const [c, l] of [
      [5, 8],
      [6, 8],
      [7, 10],
      [9, 12],
      [10, 13],
    ] as const) {
      const session = new Session(everything({ committed: true }), c, l)
      expect(session.verify(session.prove())).toEqual({ ok: true })
    }
  })

  test('proves again to the same bytes', () => {
    expect(Buffer.from(open.prove()).equals(Buffer.from(open.prove()))).toBe(true)
  })
})

describe('programs without some kind of constraint', () => {
  const cases: [string, Sample][] = [
    ['nothing at all', new SampleWriter().finish()],
    ['only a linear constraint', linear()],
    ['only a public linear constraint', publicOnly()],
    ['only a Hadamard constraint', hadamard()],
    ['only a lookup', lookup(4)],
    ['a lookup of one cell in a table of two rows', lookup(1)],
    ['only a contraction of public factors', contraction()],
  ]
  test.each(cases)('%s', (_, sample) => {
    expect(checkProgram(sample.program, sample.witness, sample.values)).toBeUndefined()
    const session = new Session(sample)
    expect(session.verify(session.prove())).toEqual({ ok: true })
  })

  test('a public linear constraint that does not hold is refused', () => {
    const sample = publicOnly()
    sample.values.tensors.get(0)![2] = 6n as never
    const session = new Session(sample)
    expect(session.verify(session.prove())).toEqual({ ok: false, code: 'BATCH' })
  })

  test('a contraction of public factors with a false result is refused', () => {
    const session = new Session(contraction())
    expect(session.verify(session.prove((w) => w.fill(19n)))).toEqual({ ok: false, code: 'BATCH' })
  })
})

function linear(): Sample {
  const writer = new SampleWriter()
  const a = writer.segment('a', [5], [1, 2, 3, 4, 5])
  const over = space([5])
  writer.constraints.push(['lin', [over, [[-3n, [writer.vec([1, 2, 3, 4, 5])]]], [[3n, a, ids(1)]]]])
  return writer.finish()
}

function publicOnly(): Sample {
  const writer = new SampleWriter()
  writer.tensors.set(0, BigInt64Array.from([5n, 5n, 5n]))
  writer.constraints.push(['lin', [space([3]), [[-5n, [-1]]], [[1n, ['pub', 0, space([3])], ids(1)]]]])
  return writer.finish()
}

function hadamard(): Sample {
  const writer = new SampleWriter()
  const a = writer.segment('a', [3], [1, 2, 3])
  addHad(writer, a, writer.segment('b', [3], [2, 6, 12]), space([3]))
  return writer.finish()
}

function lookup(n: number): Sample {
  const writer = new SampleWriter()
  const a = writer.segment('a', [n], new Array<number>(n).fill(1))
  writer.tables.push([1, 'range', 1, [], space([2]), writer.segment('mult', [2], [0, n])])
  writer.constraints.push(['look', 1, [only(space([n]), a, ids(1))]])
  return writer.finish()
}

function contraction(): Sample {
  const writer = new SampleWriter()
  writer.tensors.set(0, Int16Array.from([1, 2, 3]))
  writer.tensors.set(1, Int32Array.from([4, 5, 2]))
  const pub = (id: number) => only(space([3]), ['pub', id, space([3])], ids(1))
  const z = writer.segment('z', [], [20])
  writer.constraints.push(['con', pub(0), pub(1), only([], z, []), 0, 0, 0, 1])
  return writer.finish()
}
