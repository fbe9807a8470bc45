import { describe, expect, it } from 'vitest'
import { parameters } from '../../reference/params.ts'
import { commitMatrix, rootHash } from '../../reference/prover/commit.ts'
import { referenceProve } from '../../reference/prover/prove.ts'
import { layout } from '../../reference/space.ts'
import { referenceVerify } from '../../reference/verify.ts'
import { writeProof } from '../../reference/wire.ts'
import { changed, type Tiny, tiny, withValues } from './tiny.ts'

/** The statement with the root of its committed weights. */
export function registered(model: Tiny): Tiny {
  if (!model.W) return model
  const params = parameters(5, 8, layout(model.program.segments).cells)
  return { ...model, statement: { ...model.statement, wroot: rootHash(commitMatrix(model.W, 1, params)) } }
}
const shown = (model: Tiny, w = model.w) => writeProof(referenceProve(model.statement, w, model.W), model.W !== undefined)

describe.each([false, true])('a proof by the definitions, weights committed: %s', (committed) => {
  const model = registered(tiny(committed))
  it('is accepted', () => {
    expect(referenceVerify(model.statement, shown(model))).toEqual({ ok: true })
  })
  it('is refused for another output', () => {
    const out = [...model.statement.pub.tensors.get(1)!]
    out[3] = out[3]! + 1n
    const verdict = referenceVerify(withValues(model.statement, 1, out), shown(model))
    expect(verdict.ok).toBe(false)
  })
  it('of another witness is refused', () => {
    const w = changed(model, 0, ([first, ...rest]) => [first! + 1n, ...rest])
    expect(referenceVerify(model.statement, shown(model, w)).ok).toBe(false)
  })
})
