import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Evaluator } from '../program/check/evaluate.ts'
import { bitsOf, forEachReal, lengths, space } from '../program/space.ts'
import type { AxisMap, Const, Form, Source, Space, Window } from '../program/types.ts'
import type { Claim } from './claims.ts'
import { Desk, type KPtr } from './desk.ts'
import { type ClaimTerm, Forms } from './forms.ts'
import { Functional } from './functional.ts'
import { partial } from './partial.ts'
import { planOf } from './plan.ts'
import { Publics } from './publics.ts'
import { kernels } from './session.testkit.ts'
import { Tables } from './table.ts'
import { axisPoints, Vectors } from './vectors.ts'
import { SampleWriter } from './writer.testkit.ts'

/** A random program of one form, over committed and public sources, with all of its values. */
type Draw = (below: number) => number

function drawForm(draw: Draw): { writer: SampleWriter; form: Form; sample: ReturnType<SampleWriter['finish']> } {
  const writer = new SampleWriter()
  const int = () => draw(2001) - 1000
  const over = space(Array.from({ length: draw(4) }, () => 1 + draw(6)))
  const vecOf = (n: number) => writer.vec(Array.from({ length: n }, int))
  const consts = Array.from({ length: draw(3) }, (): Const => [BigInt(int()), over.map(([n]) => (draw(2) ? vecOf(n) : -1))])
  const terms = Array.from({ length: 1 + draw(3) }, () => drawTerm(writer, over, draw))
  return { writer, form: [over, consts, terms], sample: writer.finish(() => BigInt(int()) * 2n ** 40n) }
}

function drawTerm(writer: SampleWriter, over: Space, draw: Draw): Form[2][number] {
  const int = () => draw(2001) - 1000
  const maps: { map: AxisMap; n: number }[] = []
  const axes = over.map((_, ax) => ax).sort(() => draw(3) - 1)
  while (axes.length > 0 && draw(5) > 0) {
    const ax = axes.pop()!
    const n = over[ax]![0]
    const kind = draw(axes.length > 0 ? 7 : 6)
    if (kind === 0) maps.push({ map: ['wt', ax, writer.vec(Array.from({ length: n }, int))], n })
    else if (kind === 1) maps.push({ map: ['shift', ax, draw(5) - 2], n: 1 + draw(6) })
    else if (kind === 2) maps.push({ map: ['suffix', ax], n: 1 + draw(6) })
    else if (kind === 3) {
      const from = 1 + draw(6)
      maps.push({ map: ['index', ax, writer.vec(Array.from({ length: n }, () => draw(from)))], n: from })
    } else if (kind === 4) {
      const window = drawWindow(n, undefined, draw)
      maps.push({ map: ['gather', -1, ax, window], n: window[0] * window[1] })
    } else if (kind === 6) {
      const axK = axes.pop()!
      const window = drawWindow(n, over[axK]![0], draw)
      maps.push({ map: ['gather', axK, ax, window], n: window[0] * window[1] })
    } else maps.push({ map: ['id', ax], n })
  }
  if (draw(3) === 0) maps.push({ map: ['fix', draw(3)], n: 3 })
  const sum = draw(4)
  if (sum === 0) maps.push({ map: ['sum', -1, 3], n: 3 })
  if (sum === 1) maps.push({ map: ['sum', writer.vec([int(), int()]), 2], n: 2 })
  maps.sort(() => draw(3) - 1)
  const axesOfSource = maps.map(({ n }) => n)
  const cells = axesOfSource.reduce((x, y) => x * y, 1)
  const values = Array.from({ length: cells }, int)
  return [BigInt(int()), drawSource(writer, axesOfSource, values, draw), maps.map(({ map }) => map)]
}

/** A window with this many outputs (in one row) and, if given, taps (in one row). */
function drawWindow(outputs: number, taps: number | undefined, draw: Draw): Window {
  return [
    1 + draw(3),
    1 + draw(5),
    1,
    taps ?? 1 + draw(3),
    1,
    outputs,
    1 + draw(2),
    1 + draw(2),
    draw(2),
    draw(2),
    1 + draw(2),
    1 + draw(2),
  ]
}

function drawSource(writer: SampleWriter, axes: number[], values: number[], draw: Draw): Source {
  const kind = draw(6)
  if (kind < 3) return writer.segment(`s${values.length}`, axes, values, kind === 0 ? 1 : 0)
  if (kind === 3) return ['ones', space(axes)]
  const array = [Int16Array.from(values), Int32Array.from(values), BigInt64Array.from(values, BigInt)][draw(3)]!
  if (kind === 4) return ['pubw', writer.weights.push(array) - 1, space(axes)]
  writer.tensors.set(writer.tensors.size, array)
  return ['pub', writer.tensors.size - 1, space(axes)]
}

/** The form in the hands of the prover: with every cell of both matrices in memory. */
function setUp(seed: number, make = drawForm) {
  let state = seed
  const draw: Draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const { form, sample } = make(draw)
  const plan = planOf(sample.program)
  const desk = new Desk(kernels)
  const forms = new Forms(desk, sample.program, new Vectors(desk, plan.vecs), new Publics(desk, sample.program, sample.values))
  const matrices = [sample.witness.w, sample.witness.W ?? new BigInt64Array()].map((values) => {
    const at = kernels.put(values)
    desk.x.fFromI64(at, at, values.length)
    return at
  })
  const segments = (id: number) => {
    const [matrix, of] = sample.program.segments[id]!
    return {
      at: matrices[matrix]! + 8 * plan.packing.offsets[id]!,
      kind: 'F' as const,
      axes: of.map(([n, bits]) => ({ n, length: 2 ** bits })),
    }
  }
  const point = (count: number): KPtr =>
    kernels.put(BigUint64Array.from({ length: 2 * Math.max(1, count) }, () => BigInt(draw(2 ** 31)) ** 2n))
  return { form, sample, plan, desk, forms, matrices, segments, point, draw }
}

const seeds = fc.integer({ min: 1, max: 2 ** 32 - 1 })
const settings = { numRuns: 300 }

function inMemory(run: () => void): void {
  const mark = kernels.mark()
  run()
  kernels.release(mark)
}

test('a form is the same table as the slow evaluator says, zero in padding', () => {
  fc.assert(
    fc.property(seeds, (seed) =>
      inMemory(() => {
        const { form, sample, plan, forms, segments } = setUp(seed)
        const table = new Tables(forms, segments, new Map()).form(form)
        expect([...kernels.u64(table, 2 ** bitsOf(form[0]))]).toEqual(slowTable(form, sample, plan))
      }),
    ),
    settings,
  )
})

function slowTable(form: Form, sample: ReturnType<typeof setUp>['sample'], plan: ReturnType<typeof planOf>): bigint[] {
  const slow = new Evaluator(sample.program, plan.packing, sample.witness, sample.values)
  const n = lengths(form[0])
  const expected = new Array<bigint>(2 ** bitsOf(form[0])).fill(0n)
  forEachReal(form[0], (cell, ordinal) => {
    const at = n.map((length, ax) => Math.floor(ordinal / n.slice(ax + 1).reduce((x, y) => x * y, 1)) % length)
    expected[cell] = slow.form(form, at)
  })
  return expected
}

test('a form at a point is its functional of the committed cells and its public part, by table and by products', () => {
  fc.assert(
    fc.property(seeds, (seed) =>
      inMemory(() => {
        const { form, sample, plan, desk, forms, matrices, point } = setUp(seed)
        const bits = bitsOf(form[0])
        const at = point(bits)
        const table = kernels.put(BigUint64Array.from(slowTable(form, sample, plan)))
        const expected = desk.fresh()
        desk.x.mleF(expected, table, 2 ** bits, at, bits)

        const terms: ClaimTerm[] = []
        const points = axisPoints(form[0], at)
        forms.committed(form, points, desk.one, terms)
        const claim: Claim = { terms, value: () => desk.zero }
        const functional = new Functional(desk, plan, [claim], desk.powers(desk.one, 1))
        let sum = forms.public(form, points)
        for (const matrix of [0, 1] as const) {
          const cells = plan.packing.cells[matrix]
          if (cells === 0) continue
          const dense = functional.table(matrix)
          const dot = desk.fresh()
          desk.x.dotF(dot, dense, matrices[matrix]!, cells)
          sum = desk.add(sum, dot)
          const vars = Math.ceil(Math.log2(cells)) + 1
          const rho = point(vars)
          const direct = desk.fresh()
          desk.x.mleK(direct, dense, cells, rho, vars)
          expect(desk.equal(functional.at(matrix, rho, vars), direct)).toBe(true)
        }
        expect(desk.equal(sum, expected)).toBe(true)
      }),
    ),
    settings,
  )
})

test('a form with some axes fixed is what folding its table gives', () => {
  fc.assert(
    fc.property(seeds, (seed) =>
      inMemory(() => {
        const made = setUp(seed)
        isFolded(
          made,
          made.form[0].map(([, bits]) => (made.draw(2) ? made.point(bits) : undefined)),
        )
      }),
    ),
    settings,
  )
})

test('a window is read through the taps that stay also where its map is not the last axis of the source', () => {
  const made = setUp(1, (draw) => {
    const writer = new SampleWriter()
    const window: Window = [2, 3, 1, 2, 2, 2, 1, 1, 0, 0, 1, 1]
    const cells = writer.segment(
      'map and channels',
      [6, 3],
      Array.from({ length: 18 }, () => draw(2001) - 1000),
    )
    const maps: AxisMap[] = [
      ['gather', 0, 1, window],
      ['id', 2],
    ]
    return { writer, form: [space([2, 4, 3]), [], [[1n, cells, maps]]], sample: writer.finish() }
  })
  inMemory(() => isFolded(made, [undefined, made.point(2), undefined]))
})

/** Fixes one axis of the form's table after the other, the last one first. */
function isFolded({ form, sample, plan, desk, forms, segments }: ReturnType<typeof setUp>, fixing: readonly (KPtr | undefined)[]): void {
  const [over] = form
  const got = partial(forms, form, fixing, segments)
  let values = kernels.zeros(16 * 2 ** bitsOf(over))
  desk.x.kFromF(values, kernels.put(BigUint64Array.from(slowTable(form, sample, plan))), 2 ** bitsOf(over))
  let outer = 2 ** bitsOf(over)
  let inner = 1
  for (let ax = over.length - 1; ax >= 0; ax--) {
    const [, bits] = over[ax]!
    outer /= 2 ** bits
    const at = fixing[ax]
    if (at === undefined) {
      inner *= 2 ** bits
      continue
    }
    const eq = forms.vectors.eqTable(at, bits)
    const next = kernels.zeros(16 * outer * inner)
    for (let a = 0; a < outer; a++)
      for (let i = 0; i < 2 ** bits; i++) desk.x.kAxpy(next + 16 * a * inner, values + 16 * (a * 2 ** bits + i) * inner, eq + 16 * i, inner)
    values = next
  }
  expect([...kernels.u64(got, 2 * outer * inner)]).toEqual([...kernels.u64(values, 2 * outer * inner)])
}
