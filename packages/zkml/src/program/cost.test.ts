import { describe, expect, it } from 'vitest'
import { type Cost, chooseLimb, costOf, costOfModel, preferred } from './cost.ts'
import { caseOf, ModelBuilder, RELU } from './model.testkit.ts'

function mlp(width: number, batch = 1) {
  const model = new ModelBuilder(8)
  const hidden = model.gemm(model.input([16]), width, { ...RELU, s: 15 })
  const out = model.gemm(hidden, 1, { raw: 1 })
  return { model, out, ...caseOf(model, [out], { batch }) }
}

describe('the cost of a program', () => {
  it('counts what the program has', () => {
    const { ir, lowered } = mlp(32)
    const { constraints, tables } = lowered.program
    const looks = constraints.filter(([kind]) => kind === 'look')
    const cost = costOf(lowered.program)
    expect(cost.lookups).toBe(32 * looks.length)
    expect(cost.leaves).toBeGreaterThanOrEqual(cost.lookups + tables.length)
    expect(cost.constraints).toBe(constraints.length)
    expect(ir.limb).toBe(8)
  })

  it('a proof of MLP 16-32-1 is estimated at 15 to 20 kilobytes', () => {
    const { proofBytes, proveMs } = costOf(mlp(32).lowered.program)
    expect(proofBytes).toBeGreaterThan(10_000)
    expect(proofBytes).toBeLessThan(20_000)
    expect(proveMs).toBeLessThan(6)
  })

  it('grows with the batch, and with weights that are committed', () => {
    const { ir, model } = mlp(32)
    const [one, many] = [1, 16].map((batch) => costOfModel(ir, model.weights, { batch, mode: 'public' }))
    expect(many!.proofBytes).toBeGreaterThan(one!.proofBytes)
    expect(costOfModel(ir, model.weights, { mode: 'committed' }).proofBytes).toBeGreaterThan(one!.proofBytes)
  })

  it('limbs of 8 bits suit a small model, limbs of 16 one of many activations', () => {
    const { ir, model } = mlp(32)
    expect(chooseLimb(ir, model.weights, { mode: 'public' }).limb).toBe(8)
    expect(chooseLimb(ir, model.weights, { batch: 4096, mode: 'public' }).limb).toBe(16)
  })

  it('the shorter proof is chosen, unless it takes more than twice as long', () => {
    const choice = (limb: 8 | 16, proofBytes: number, proveMs: number) => ({ limb, cost: { proofBytes, proveMs } as Cost })
    expect(preferred(choice(8, 100, 10), choice(16, 99, 20)).limb).toBe(16)
    expect(preferred(choice(8, 100, 10), choice(16, 99, 21)).limb).toBe(8)
    expect(preferred(choice(8, 99, 21), choice(16, 100, 10)).limb).toBe(16)
    expect(preferred(choice(8, 100, 10), choice(16, 100, 1)).limb).toBe(16)
    expect(preferred(choice(8, 100, 10), choice(16, 100, 5)).limb).toBe(8)
  })

  it('limbs that put a model over a limit are not chosen, and a model over it with both is refused', () => {
    const model = new ModelBuilder(8)
    const ir = model.build([model.gemm(model.input([4]), 1024, { lo: 0, hi: 30_000, s: 32 })])
    const refused = expect.objectContaining({ code: 'ZK_LIMIT' })
    expect(() => costOfModel(ir, model.weights, { batch: 4096, mode: 'public' })).toThrow(refused)
    expect(chooseLimb(ir, model.weights, { batch: 4096, mode: 'public' }).limb).toBe(16)
    expect(() => chooseLimb(ir, model.weights, { batch: 8192, mode: 'public' })).toThrow(refused)
  })

  it('a program without lookups has no leaves', () => {
    const model = new ModelBuilder()
    expect(costOf(caseOf(model, [model.gemm(model.input([3]), 2, { raw: 1 })]).lowered.program)).toMatchObject({ leaves: 0, lookups: 0 })
  })
})
