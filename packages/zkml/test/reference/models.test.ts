import { encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import { Reject } from '../../reference/bytes.ts'
import { referenceLower } from '../../reference/lower/lower.ts'
import { encodeProgram as referenceEncode } from '../../reference/program.ts'
import { randomModel } from '../../src/ir/testkit/models.testkit.ts'
import type { Ir } from '../../src/ir/types.ts'
import { encodeWeights } from '../../src/ir/weights.ts'
import { encodeProgram } from '../../src/program/encode.ts'
import { lower } from '../../src/program/lower/lower.ts'
import { coded } from '../../src/proof/model.ts'
import { below, type Random, spoil } from '../attacks/spoil.ts'
import { bytesOf, judged } from './models.ts'
import { drawSeed } from './seed.ts'

/** A machine with much else to do is this slow. */
const SLOW_MS = 600_000

/** What a random model is published as, and how it is asked about. */
function published(random: Random, nodes: number) {
  const { ir, weights } = randomModel(below(random, 2 ** 31), { nodes })
  return { ir, weights, blob: encodeWeights(ir.weights, weights), committed: below(random, 3) === 0, batch: 1 + below(random, 3) }
}
const noise = (random: Random, bytes: Uint8Array): Uint8Array => {
  const copy = bytes.slice()
  if (copy.length > 0) copy[below(random, copy.length)]! ^= 1 << below(random, 8)
  return [copy, bytes.slice(0, below(random, bytes.length)), Uint8Array.of(...bytes, 0)][below(random, 3)]!
}

describe('random models of all operators', () => {
  it(
    'have one program, or are refused with one code',
    () => {
      const random = drawSeed()
      for (let i = 0; i < 60; i++) {
        const { ir, weights, committed, batch } = published(random, 6)
        const first = coded(() =>
          encodeProgram(lower(ir, { batch, weights: committed ? 'committed' : 'public', weightValues: weights }).program),
        )
        const values = weights.map((one) => Array.from<bigint | number, bigint>(one, BigInt))
        const second = refusal(() => referenceEncode(referenceLower(ir, values, { batch, committed })))
        expect(text(second), JSON.stringify({ nodes: ir.nodes, tensors: ir.tensors, batch, committed })).toBe(text(first))
      }
    },
    SLOW_MS,
  )

  it(
    'with something changed anywhere are accepted by both, or refused with one code',
    () => {
      const random = drawSeed()
      const codes = new Set<string>()
      for (let i = 0; i < 250; i++) {
        const { ir, blob, committed, batch } = published(random, 3)
        let changed: unknown = ir
        for (let j = 0; j <= below(random, 2); j++) changed = spoil(changed, random)
        const { inputs, outputs } = changed as Ir
        const sizes = { x: bytesOf(changed as Ir, inputs, batch), y: bytesOf(changed as Ir, outputs, batch) }
        const { first, second } = judged({ ir: encode(changed), blob, batch, committed, ...sizes })
        expect(second, JSON.stringify({ ...(changed as object), tables: [] })).toBe(first)
        codes.add(first)
      }
      expect(codes.has('BAD_IR') && codes.size >= 2).toBe(true)
    },
    SLOW_MS,
  )

  it(
    'whose bytes, weights or manifests are damaged are refused with one code',
    () => {
      const random = drawSeed()
      for (let i = 0; i < 200; i++) {
        const { ir, blob, committed, batch } = published(random, 2)
        const sizes = { x: bytesOf(ir, ir.inputs, batch), y: bytesOf(ir, ir.outputs, batch) }
        const how = below(random, 3)
        const manifest =
          how === 0 ? (spoil({ weights: committed ? 1 : 0, pcs: [[batch, 6, 8]], v: 1 }, random) as Record<string, unknown>) : {}
        const bytes = how === 1 ? noise(random, encode(ir)) : encode(ir)
        const weights = how === 2 ? noise(random, blob) : blob
        const { first, second } = judged({ ir: bytes, blob: weights, batch, committed, manifest, ...sizes })
        expect(second, JSON.stringify({ how, manifest, nodes: ir.nodes, tensors: ir.tensors })).toBe(first)
      }
    },
    SLOW_MS,
  )
})

function refusal<T>(make: () => T): T | { readonly code: string } {
  try {
    return make()
  } catch (error) {
    if (error instanceof Reject) return { code: error.code }
    throw error
  }
}
const text = (made: Uint8Array | { readonly code: string }) => ('code' in made ? made.code : Buffer.from(made).toString('hex'))
