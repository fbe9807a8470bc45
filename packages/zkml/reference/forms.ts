import type { AxisMap, Const, Form, Program, Source, Space } from '../src/program/types.ts'
import { Reject } from './bytes.ts'
import { add, fromInt, type K, mul, scale, ZERO } from './field.ts'
import { eqTable } from './mle.ts'
import { bits, cellOf, realCells } from './space.ts'

/** What public sources hold: values row-major over the real cells of the source, by tensor and by weight id. */
export interface Public {
  readonly tensors: ReadonlyMap<number, readonly bigint[]>
  readonly weights: readonly (readonly bigint[])[]
}

/** Source cells (as indices of one axis) that a map reads at one index of the form's space, with weights. SPEC 3.3. */
function axisReads(map: AxisMap, at: readonly number[], n: number, vecs: Program['vecs']): (readonly [number, bigint])[] {
  switch (map[0]) {
    case 'id':
      return [[at[map[1]]!, 1n]]
    case 'wt':
      return [[at[map[1]]!, vecs[map[2]]![at[map[1]]!]!]]
    case 'fix':
      return [[map[1], 1n]]
    case 'shift': {
      const i = at[map[1]]! - map[2]
      return i >= 0 && i < n ? [[i, 1n]] : []
    }
    case 'sum':
      return Array.from({ length: n }, (_, i) => [i, map[1] === -1 ? 1n : vecs[map[1]]![i]!] as const)
    case 'suffix':
      return Array.from({ length: n - 1 - at[map[1]]! }, (_, i) => [at[map[1]]! + 1 + i, 1n] as const)
    case 'gather': {
      const [H, W, KH, KW, , OW, sy, sx, py, px, dy, dx] = map[3]
      const taps = map[1] === -1 ? Array.from({ length: KH * KW }, (_, k) => k) : [at[map[1]]!]
      const o = at[map[2]]!
      return taps.flatMap((k) => {
        const y = Math.floor(o / OW) * sy + Math.floor(k / KW) * dy - py
        const x = (o % OW) * sx + (k % KW) * dx - px
        return y >= 0 && y < H && x >= 0 && x < W ? [[y * W + x, 1n] as const] : []
      })
    }
    case 'index':
      return [[Number(vecs[map[2]]![at[map[1]]!]!), 1n]]
  }
}

/** One product read by a form at one cell: `coef · source[index]`; `index` is a segment's cell, or the row-major place in a public source. */
export type Read = readonly [coef: bigint, source: Source, index: number]

/** Everything that a form reads at one real cell, without its constants. */
export function readsAt(form: Form, at: readonly number[], program: Program): Read[] {
  return form[2].flatMap(([coef, source, maps]) => {
    const space = typeof source === 'number' ? program.segments[source]![1] : (source.at(-1) as Space)
    let reads: (readonly [number[], bigint])[] = [[[], coef]]
    maps.forEach((map, i) => {
      const here = axisReads(map, at, space[i]![0], program.vecs)
      reads = reads.flatMap(([index, weight]) => here.map(([j, g]) => [[...index, j], weight * g] as const))
    })
    const place = (index: number[]) =>
      typeof source === 'number' ? cellOf(space, index) : index.reduce((flat, j, i) => flat * space[i]![0] + j, 0)
    return reads.map(([index, weight]): Read => [weight, source, place(index)])
  })
}

export function publicValues(source: Exclude<Source, number>, pub: Public): readonly bigint[] {
  if (source[0] === 'ones') return []
  const values = source[0] === 'pub' ? pub.tensors.get(source[1]) : pub.weights[source[1]]
  if (values?.length !== source[2].reduce((total, [n]) => total * n, 1)) throw new Reject('STATEMENT_MISMATCH', `${source[0]} ${source[1]}`)
  return values
}

/** The constants of a form or factor at one real cell. */
export const constantAt = (consts: readonly Const[], at: readonly number[], vecs: Program['vecs']): bigint =>
  consts.reduce((total, [coef, by]) => total + by.reduce((value, v, i) => (v === -1 ? value : value * vecs[v]![at[i]!]!), coef), 0n)

/** A form at a point: `known + Σ cells[segment][cell]·witness`, real cells only. */
export interface Functional {
  readonly known: K
  readonly cells: ReadonlyMap<number, readonly K[]>
}

/** Σ_x eq(point, x)·A(x) over the real cells x, as what it asks of each committed cell. */
export function functional(form: Form, point: readonly K[], program: Program, pub: Public): Functional {
  const weights = eqTable(point)
  const cells = new Map<number, K[]>()
  let known = ZERO
  for (const at of realCells(form[0])) {
    const weight = weights[cellOf(form[0], at)]!
    known = add(known, scale(weight, constantAt(form[1], at, program.vecs)))
    for (const [coef, source, index] of readsAt(form, at, program)) {
      if (typeof source === 'number') {
        if (!cells.has(source)) cells.set(source, new Array<K>(2 ** bits(program.segments[source]![1])).fill(ZERO))
        const row = cells.get(source)!
        row[index] = add(row[index]!, scale(weight, coef))
      } else known = add(known, scale(weight, source[0] === 'ones' ? coef : coef * publicValues(source, pub)[index]!))
    }
  }
  return { known, cells }
}

/** Constants of a factor at a point. */
export function constantsAt(space: Space, consts: readonly Const[], point: readonly K[], program: Program): K {
  return functional([space, consts, []], point, program, { tensors: new Map(), weights: [] }).known
}

/** Whether a form has a committed cell in it. */
export const isCommitted = (form: Form): boolean => form[2].some(([, source]) => typeof source === 'number')

/** x·f + g. */
export function addScaled(g: Functional, x: K, f: Functional): Functional {
  const cells = new Map(g.cells)
  for (const [seg, row] of f.cells)
    cells.set(
      seg,
      row.map((value, i) => add(cells.get(seg)?.[i] ?? ZERO, mul(x, value))),
    )
  return { known: add(g.known, mul(x, f.known)), cells }
}
export const NOTHING: Functional = { known: ZERO, cells: new Map() }
export const constantOf = (value: bigint | number): Functional => ({ known: fromInt(value), cells: new Map() })
