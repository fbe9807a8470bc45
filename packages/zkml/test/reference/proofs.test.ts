import { isOgError } from '@opengradient/protocol'
import { expect, it } from 'vitest'
import { referenceVerifyFiles } from '../../reference/files.ts'
import { randomModel } from '../../src/ir/testkit/models.testkit.ts'
import type { Family } from '../attacks/families.ts'
import { type Published, proofOf, publish, verify } from '../attacks/model.ts'
import { below, type Random } from '../attacks/spoil.ts'
import { drawSeed } from './seed.ts'

/** A random model of few and small nodes as the builders of this package write one. */
function drawn(random: Random): Family {
  const committed = below(random, 3) === 0
  const made = randomModel(below(random, 2 ** 31), { nodes: 2, maxAxis: 3, committed })
  const { inputs, nodes, tensors, weights: metas, tables, outputs } = made.ir
  const batch = 1 + below(random, 2)
  return {
    name: `random ${made.seed}`,
    build: (m) => {
      m.inputs.push(...inputs)
      m.nodes.push(...nodes)
      m.tensors.push(...tensors)
      m.metas.push(...metas)
      m.weights.push(...made.weights)
      m.tables.push(...tables)
      return [...outputs]
    },
    options: { batch, mode: committed && metas.length > 0 ? 'committed' : 'public', inputs: made.inputs(batch) },
  }
}

/** The next random model that keeps its bounds. */
function next(random: Random): Published {
  for (;;) {
    try {
      return publish(drawn(random))
    } catch (error) {
      if (!isOgError(error, 'ZK_BOUND_EXCEEDED')) throw error
    }
  }
}

it('proofs of random models are accepted by both verifiers, and refused with one code after one bit is turned', () => {
  const random = drawSeed()
  for (let i = 0; i < 6; i++) {
    const published = next(random)
    const { files, statement } = published
    const both = (bytes: Uint8Array) =>
      [verify(files, statement, bytes), referenceVerifyFiles(files, { ...statement, batch: statement.batch ?? 1 }, bytes)].map((verdict) =>
        verdict.ok ? 'ok' : verdict.code,
      )
    const proof = proofOf(published, statement)
    const said = JSON.stringify({ nodes: published.ir.nodes, tensors: published.ir.tensors, batch: statement.batch })
    expect(both(proof), said).toEqual(['ok', 'ok'])
    const at = below(random, proof.length)
    const [first, second] = both(proof.map((byte, j) => (j === at ? byte ^ (1 << below(random, 8)) : byte)))
    expect(second, `${at} ${said}`).toBe(first)
    expect(first).not.toBe('ok')
  }
}, 600_000)
