import { bytesToHex } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { referenceLowerRegistration } from '../../reference/lower/registration.ts'
import { encodeProgram as referenceEncode } from '../../reference/program.ts'
import type { Ir } from '../../src/ir/types.ts'
import { encodeProgram } from '../../src/program/encode.ts'
import { lower } from '../../src/program/lower/lower.ts'
import { lowerRegistration } from '../../src/program/lower/registration.ts'
import { ModelBuilder } from '../../src/program/model.testkit.ts'
import { randomLayers, randomViews } from '../reference/random.ts'
import { drawSeed } from '../reference/seed.ts'
import { PROGRAM_STORIES } from '../vectors/models.ts'
import { families } from './families.ts'

// What one proof shows for which model, and what it does not show, is in `vectors/zk/registration`.

/** A random model, layers over random views among them. */
function drawn(random: () => bigint): Ir {
  const below = (n: number) => Number(random() % BigInt(n))
  const { model, outputs } = below(2) === 0 ? randomLayers(random) : randomViews(random)
  const read = model.tensors.filter(({ dt, id }) => dt === 'i16' && below(2) === 0 && !outputs.includes(id)).map(({ id }) => id)
  return model.build([...outputs, ...read.map((id) => model.gemm(id, 1 + below(3), { raw: 1 }, below(2) === 0))])
}

const stories = PROGRAM_STORIES.map(({ name, build }): [string, Ir] => {
  const { model, outputs } = build()
  return [name, model.build(outputs)]
})
const small = families.map(({ name, build }): [string, Ir] => {
  const model = new ModelBuilder(16, 7)
  return [name, model.build(build(model))]
})

const weightSegments = (ir: Ir, batch: number) =>
  lower(ir, { batch, weights: 'committed' }).program.segments.filter(([matrix]) => matrix === 1)
const bytes = (ir: Ir): [string, string] => [
  bytesToHex(referenceEncode(referenceLowerRegistration(ir))),
  bytesToHex(encodeProgram(lowerRegistration(ir).program)),
]

it.each([...stories, ...small])('the program of a registration has the same bytes in both implementations: %s', (_, ir) => {
  const [reference, product] = bytes(ir)
  expect(product).toBe(reference)
})

it('the program of a registration has the same bytes in both implementations, and the weights of every batch, for random models', () => {
  const random = drawSeed()
  for (let i = 0; i < 150; i++) {
    const ir = drawn(random)
    const said = JSON.stringify({ nodes: ir.nodes, tensors: ir.tensors, weights: ir.weights, limb: ir.limb })
    const [reference, product] = bytes(ir)
    expect(product, said).toBe(reference)
    const own = lowerRegistration(ir).program.segments.filter(([matrix]) => matrix === 1)
    for (const batch of [1, 2, 3, 64]) expect(weightSegments(ir, batch), said).toEqual(own)
  }
})
