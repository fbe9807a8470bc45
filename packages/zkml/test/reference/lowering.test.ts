import { readFileSync } from 'node:fs'
import { bytesToHex } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import { referenceLower } from '../../reference/lower/lower.ts'
import { encodeProgram as referenceEncode } from '../../reference/program.ts'
import { encodeProgram } from '../../src/program/encode.ts'
import { caseOf, ModelBuilder } from '../../src/program/model.testkit.ts'
import type { Program } from '../../src/program/types.ts'
import { type Family, families } from '../attacks/families.ts'
import { PROGRAM_STORIES } from '../vectors/models.ts'
import type { ProgramVector } from '../vectors/programs.ts'
import { randomLayers, randomViews } from './random.ts'
import { drawSeed } from './seed.ts'

/** A program as lines, to see where two differ. */
const parts = ({ segments, vecs, bases, constraints, tables }: Program): string[] =>
  [segments, vecs, bases, constraints, tables]
    .flat()
    .map((one) => JSON.stringify(one, (_, value) => (typeof value === 'bigint' ? String(value) : value)))

describe('the lowering written a second time from the specification', () => {
  it('gives the same bytes for random models of dense layers', () => {
    const random = drawSeed()
    for (let i = 0; i < 150; i++) {
      const { model, outputs } = randomLayers(random)
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

  it('gives the same bytes for random views: those that compose and those that are copied', () => {
    const random = drawSeed()
    for (let i = 0; i < 400; i++) {
      const { model, outputs } = randomViews(random)
      const batch = 1 + Number(random() % 3n)
      const { ir, lowered } = caseOf(model, outputs, { batch })
      const weights = model.weights.map((values) => Array.from<bigint | number, bigint>(values, BigInt))
      const own = referenceLower(ir, weights, { batch, committed: false })
      expect(parts(own), JSON.stringify({ nodes: ir.nodes, tensors: ir.tensors, batch })).toEqual(parts(lowered.program))
    }
  })

  it.each(PROGRAM_STORIES.map((story, i) => [`${String(i + 1).padStart(2, '0')}-${story.name}`, story] as const))(
    'gives the published bytes of %s',
    (name, { build, batch, weights: mode }) => {
      const { model, outputs } = build()
      const weights = model.weights.map((values) => Array.from<bigint | number, bigint>(values, BigInt))
      const own = referenceLower(model.build(outputs), weights, { batch, committed: mode === 'committed' })
      const file = new URL(`../../../../vectors/zk/programs/${name}.json`, import.meta.url)
      const { program } = JSON.parse(readFileSync(file, 'utf8')) as ProgramVector
      expect(bytesToHex(referenceEncode(own))).toBe(program)
    },
  )

  it.each(families.map((family) => [family.name, family] as const))('gives the same bytes for %s', (_, family) => {
    same(family, 8)
    same(family, 16)
  })

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
