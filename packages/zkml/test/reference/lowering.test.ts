import { readFileSync } from 'node:fs'
import { bytesToHex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { referenceLower } from '../../reference/lower/lower.ts'
import { NeedsCopy } from '../../reference/lower/views.ts'
import { encodeProgram as referenceEncode } from '../../reference/program.ts'
import { encodeProgram } from '../../src/program/encode.ts'
import { caseOf, ModelBuilder } from '../../src/program/model.testkit.ts'
import type { Program } from '../../src/program/types.ts'
import { type Family, families } from '../attacks/families.ts'
import { PROGRAM_STORIES } from '../vectors/models.ts'
import type { ProgramVector } from '../vectors/programs.ts'
import { drawSeed } from './seed.ts'

/** A random chain of the operators that the reference lowers. */
function randomModel(random: () => bigint): { model: ModelBuilder; outputs: number[] } {
  const below = (n: number) => Number(random() % BigInt(n))
  const model = new ModelBuilder(below(2) === 0 ? 8 : 16, below(2 ** 30))
  const lead = below(3) === 0 ? [1 + below(3)] : []
  let axes = [...lead, 1 + below(5)]
  const made = [{ id: model.input(axes), axes }]
  const rounding = () => {
    const [lo, hi] = [
      [-32768, 32767],
      [0, 32767],
      [0, 100 + below(1000)],
      [-below(200) - 1, below(300)],
    ][below(4)] as [number, number]
    return { s: below(12), lo, hi }
  }
  const constant = (n: number, most: number) =>
    below(2) === 0 ? below(2 * most) - most : Array.from({ length: n }, () => below(3) - 1 || below(most))
  const raw: number[] = []
  for (let i = 0; i < 1 + below(4); i++) {
    const { id, axes: own } = made[below(made.length)]!
    const how = below(8) === 0 ? { raw: 1 } : rounding()
    axes = own
    let out: number
    const op = below(3)
    if (op === 0) {
      const O = 1 + below(4)
      axes = [...own.slice(0, -1), O]
      const w = [model.noise([O, own.at(-1)!], 'i16', 300), ...(below(2) === 0 ? [model.noise([O], 'i64', 5000)] : [])]
      const d = below(2) === 0 ? Array<number>(O).fill(below(3)) : Array.from({ length: O }, () => below(5))
      out = model.node('Gemm', [id], w, axes, { d, ...how })
    } else if (op === 1) {
      const ax = below(own.length)
      const other = made.filter((one) => one.axes.join() === own.join())[0]!
      const two = below(2) === 0
      const c = (most: number) => constant(own[ax]!, most)
      out = model.node('Affine', two ? [id, other.id] : [id], [], own, { ax, c1: c(50), ...(two ? { c2: c(50) } : {}), c0: c(500), ...how })
    } else out = model.node('Clip', [id], [], own, how)
    if ('raw' in how) raw.push(out)
    else made.push({ id: out, axes })
  }
  const rounded = made.slice(1).map(({ id }) => id)
  return { model, outputs: raw.length > 0 ? raw : [rounded.at(-1)!] }
}

/** A random chain of index maps over a rounded tensor and the public input, ending in what reads them. */
function randomViews(random: () => bigint): { model: ModelBuilder; outputs: number[] } {
  const below = (n: number) => Number(random() % BigInt(n))
  const model = new ModelBuilder(below(2) === 0 ? 8 : 16, below(2 ** 30))
  const first = [1 + below(4), 2 + below(3)]
  const x = model.input(first)
  const made = [
    { id: x, axes: first },
    { id: model.node('Clip', [x], [], first, { s: 1, lo: -500, hi: 700 }), axes: first },
  ]
  for (let i = 0; i < 1 + below(5); i++) {
    const { id, axes: own } = made[below(made.length)]!
    const ax = below(own.length)
    const n = own[ax]!
    const along = (length: number) => own.map((old, j) => (j === ax ? length : old))
    const op = below(6)
    if (op === 0) made.push({ id: model.node('Transpose', [id], [], [own[1]!, own[0]!], { perm: [1, 0] }), axes: [own[1]!, own[0]!] })
    else if (op === 1) {
      const start = below(n)
      const len = 1 + below(n - start)
      made.push({ id: model.node('Slice', [id], [], along(len), { ax, start, len }), axes: along(len) })
    } else if (op === 2) {
      const idx = Array.from({ length: 1 + below(4) }, () => below(n))
      made.push({ id: model.node('Gather', [id], [], along(idx.length), { ax, idx }), axes: along(idx.length) })
    } else if (op === 3) {
      const [before, after, value] = [below(3), below(3), [0, 5, -900][below(3)]!]
      made.push({
        id: model.node('Pad', [id], [], along(before + n + after), { ax, before, after, value }),
        axes: along(before + n + after),
      })
    } else if (op === 4) {
      const others = made.filter(({ axes }) => axes[1 - ax] === own[1 - ax])
      const chosen = [{ id, axes: own }, ...Array.from({ length: 1 + below(2) }, () => others[below(others.length)]!)]
      const axes = along(chosen.reduce((sum, one) => sum + one.axes[ax]!, 0))
      made.push({
        id: model.node(
          'Concat',
          chosen.map((one) => one.id),
          [],
          axes,
          { ax },
        ),
        axes,
      })
    } else if (own[0]! * own[1]! > 1)
      made.push({ id: model.node('Reshape', [id], [], [own[0]! * own[1]!, 1], {}), axes: [own[0]! * own[1]!, 1] })
  }
  const { id, axes } = made.at(-1)!
  return { model, outputs: [model.node('Clip', [id], [], axes, { s: 2, lo: -300, hi: 300 }), ...(made.length > 2 ? [id] : [])] }
}

/** A program as lines, to see where two differ. */
const parts = ({ segments, vecs, bases, constraints, tables }: Program): string[] =>
  [segments, vecs, bases, constraints, tables]
    .flat()
    .map((one) => JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? String(value) : value)))

describe('the lowering written a second time from the specification', () => {
  it('gives the same bytes for random models of dense layers', () => {
    const random = drawSeed()
    for (let i = 0; i < 150; i++) {
      const { model, outputs } = randomModel(random)
      const batch = 1 + Number(random() % 3n)
      const mode = random() % 2n === 0n ? 'public' : 'committed'
      const { ir, lowered } = caseOf(model, outputs, { batch, mode })
      const weights = model.weights.map((values) => Array.from<bigint | number, bigint>(values, BigInt))
      const own = referenceLower(ir, weights, { batch, committed: mode === 'committed' })
      const said = `${JSON.stringify({ nodes: ir.nodes, tensors: ir.tensors, limb: ir.limb, mode, batch })}`
      expect(parts(own), said).toEqual(parts(lowered.program))
      expect(Buffer.from(referenceEncode(own)).equals(Buffer.from(encodeProgram(lowered.program)))).toBe(true)
    }
  })

  const same = ({ build, options = {} }: Family, limb: 8 | 16) => {
    const model = new ModelBuilder(limb, 7)
    const { ir, lowered } = caseOf(model, build(model), options)
    const weights = model.weights.map((values) => Array.from<bigint | number, bigint>(values, BigInt))
    const own = referenceLower(ir, weights, { batch: options.batch ?? 1, committed: options.mode === 'committed' })
    expect(parts(own)).toEqual(parts(lowered.program))
    expect(Buffer.from(referenceEncode(own)).equals(Buffer.from(encodeProgram(lowered.program)))).toBe(true)
  }

  it('gives the same bytes for random views that compose: shifts of shifts, slices of parts, padding through transpositions', () => {
    const random = drawSeed()
    let [compared, copied] = [0, 0]
    for (let i = 0; i < 400; i++) {
      const { model, outputs } = randomViews(random)
      const batch = 1 + Number(random() % 3n)
      const { ir, lowered } = caseOf(model, outputs, { batch })
      const weights = model.weights.map((values) => Array.from<bigint | number, bigint>(values, BigInt))
      try {
        const own = referenceLower(ir, weights, { batch, committed: false })
        expect(parts(own), JSON.stringify({ nodes: ir.nodes, tensors: ir.tensors, batch })).toEqual(parts(lowered.program))
        compared++
      } catch (error) {
        if (!(error instanceof NeedsCopy)) throw error
        copied++
      }
    }
    expect(compared).toBeGreaterThan(copied)
  })

  it('gives the published bytes of views that compose', () => {
    const { build, batch } = PROGRAM_STORIES.find(({ name }) => name === 'views')!
    const { model, outputs } = build()
    const weights = model.weights.map((values) => Array.from<bigint | number, bigint>(values, BigInt))
    const own = referenceLower(model.build(outputs, 'views'), weights, { batch, committed: false })
    const file = new URL('../../../../vectors/zk/programs/09-views.json', import.meta.url)
    const { program } = JSON.parse(readFileSync(file, 'utf8')) as ProgramVector
    expect(bytesToHex(referenceEncode(own))).toBe(program)
  })

  // Views that are copied are lowered only once.
  it.each(families.filter(({ name }) => name !== 'views').map((family) => [family.name, family] as const))(
    'gives the same bytes for %s',
    (_, family) => {
      same(family, 8)
      same(family, 16)
    },
  )

  const shapes = [
    [1, 1, 1],
    [2, 3, 1],
    [1, 2, 1],
    [3, 1, 1],
    [4, 4, 4],
    [4, 6, 2],
    [4, 2, 2],
    [2, 4, 2],
  ] as const
  it.each(shapes)('gives the same bytes for convolutions of %s channels to %s in %s groups', (C, O, group) => {
    for (const [KH, KW] of [
      [2, 2],
      [1, 1],
      [5, 4],
    ] as const) {
      for (const mode of ['public', 'committed'] as const) {
        for (const limb of [8, 16] as const) {
          const pad = KH === 5 ? [0, 0, 0, 0] : [1, 0, 0, 1]
          const axes = [O, 5 + pad[0]! - KH + 1, 4 + pad[3]! - KW + 1]
          const d = Array.from({ length: O }, (_, i) => i % 3)
          const build = (m: ModelBuilder) => [
            m.node('Conv', [m.input([C, 5, 4])], [m.noise([O, C / group, KH, KW], 'i16', 300), m.noise([O], 'i64', 900)], axes, {
              group,
              stride: [1, 1],
              pad,
              dil: [1, 1],
              d,
              s: 6,
              lo: -32768,
              hi: 32767,
            }),
          ]
          same({ name: '', build, options: { mode, batch: limb === 8 ? 1 : 2 } }, limb)
        }
      }
    }
  })

  it.each([
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 2],
    [2, 3],
  ])('gives the same bytes for pools of %s channels with windows of %s', (C, k) => {
    for (const op of ['AvgPool', 'MaxPool']) {
      const how = op === 'AvgPool' ? { c: 3, s: 3, lo: -3, hi: 400 } : {}
      const build = (m: ModelBuilder) => [
        m.node(op, [m.input([C, 3, 3])], [], [C, 4 - k, 4 - k], { kernel: [k, k], stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1], ...how }),
      ]
      same({ name: '', build }, 8)
    }
  })
})
