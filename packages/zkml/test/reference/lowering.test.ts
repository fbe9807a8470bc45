import { describe, expect, it } from 'vitest'
import { referenceLower } from '../../reference/lower/lower.ts'
import { encodeProgram as referenceEncode } from '../../reference/program.ts'
import { encodeProgram } from '../../src/program/encode.ts'
import { caseOf, ModelBuilder } from '../../src/program/model.testkit.ts'
import type { Program } from '../../src/program/types.ts'
import { type Family, families } from '../attacks/families.ts'
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

  // Views that compose or are copied are lowered only once.
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
