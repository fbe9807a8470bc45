import { expect, test } from 'vitest'
import { PlainParameters } from './plainParameters.ts'

const made = (rows: number, outputs: number, headerLength: number | undefined) =>
  Object.freeze({ rows, outputs, header: `${headerLength}` })

test('the same run has the same parameters, whatever came in between', () => {
  const plain = new PlainParameters()
  const runs = [1, 2].flatMap((rows) =>
    [1, 2].flatMap((outputs) => [undefined, 0, 256].map((headerLength) => ({ rows, outputs, headerLength }))),
  )
  const of = (run: (typeof runs)[number]) => plain.of(run, () => made(run.rows, run.outputs, run.headerLength))
  const first = runs.map(of)
  expect(first).toEqual(runs.map(({ rows, outputs, headerLength }) => made(rows, outputs, headerLength)))
  for (const [i, run] of [...runs.entries(), ...[...runs.entries()].reverse()]) expect(of(run)).toBe(first[i])
})

test('of many runs the first are remembered, and each is answered', () => {
  const plain = new PlainParameters()
  const of = (rows: number) => plain.of({ rows, outputs: 1, headerLength: undefined }, () => made(rows, 1, undefined))
  const first = Array.from({ length: 100 }, (_, rows) => of(rows))
  expect(first.map((parameters) => parameters.rows)).toEqual(Array.from({ length: 100 }, (_, rows) => rows))
  expect(of(63)).toBe(first[63])
  expect(of(64)).not.toBe(first[64])
  expect(of(64)).toEqual(first[64])
})
