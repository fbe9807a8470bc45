import { isOgError } from '@opengradient/protocol'
import { describe, expect, it } from 'vitest'
import type { Attributes, Ir } from '../../ir/types.ts'
import { caseOf, ModelBuilder, rounding, violationOf } from '../model.testkit.ts'
import { lower } from './lower.ts'

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }

/** Lowers without ever having weights: a refusal that needs them would be `INTERNAL`. `ms` is processor time. */
function refusalOf(ir: Ir, batch = 1): { code: string; ms: number } {
  const start = process.cpuUsage()
  try {
    lower(ir, { batch, weights: 'public' })
  } catch (error) {
    const { user, system } = process.cpuUsage(start)
    return { code: isOgError(error) ? error.code : String(error), ms: (user + system) / 1000 }
  }
  return { code: 'none', ms: 0 }
}

/** A model whose weights are declared but nowhere. */
function conv(axes: readonly number[], weights: readonly number[], out: readonly number[], a: Attributes): Ir {
  const model = new ModelBuilder()
  const x = model.input(axes)
  model.metas.push({ id: 0, axes: weights, dt: 'i16', f: 0 })
  const d = Array(weights[0]).fill(0)
  return model.build([model.node('Conv', [x], [0], out, { ...WINDOW, group: 1, d, ...rounding({}), ...a })])
}

describe('a model that would make a verifier work without bound is refused before its weights are read', () => {
  it('a window of 2^20 taps over 2^13 outputs', () => {
    const refused = refusalOf(conv([1, 1024, 2047], [1, 1, 1024, 1024], [1, 1, 1024], {}))
    expect(refused.code).toBe('ZK_LIMIT')
    expect(refused.ms).toBeLessThan(1000)
  })

  it('activations of over 2^26 cells in the matrix', () => {
    const model = new ModelBuilder()
    const x = model.input([2 ** 13, 2 ** 12])
    const refused = refusalOf(model.build([model.node('Clip', [x], [], [2 ** 13, 2 ** 12], rounding({}))]))
    expect(refused).toMatchObject({ code: 'ZK_LIMIT' })
    expect(refused.ms).toBeLessThan(1000)
  })

  it('many index vectors', () => {
    const model = new ModelBuilder()
    let x = model.input([2 ** 18])
    for (let i = 0; i < 20; i++)
      x = model.node('Gather', [x], [], [2 ** 18], { ax: 0, idx: Array.from({ length: 2 ** 18 }, (_, j) => (j + i) % 2 ** 18) })
    expect(refusalOf(model.build([x])).code).toBe('ZK_LIMIT')
  })

  it('a public tensor read by hundreds of nodes', () => {
    const model = new ModelBuilder()
    const x = model.input([2 ** 20])
    const outs = Array.from({ length: 300 }, () => model.node('Slice', [x], [], [1], { ax: 0, start: 7, len: 1 }))
    expect(refusalOf(model.build([model.node('Concat', outs.slice(0, 64), [], [64], { ax: 0 }), ...outs])).code).toBe('ZK_LIMIT')
  })

  it.each([0, -1, 1.5, 2 ** 12 + 1, Number.NaN])('batch %d', (batch) => {
    const model = new ModelBuilder()
    expect(refusalOf(model.build([model.node('Clip', [model.input([2])], [], [2], rounding({}))]), batch).code).toBe('ZK_LIMIT')
  })
})

describe('views', () => {
  it('of concatenations of concatenations are copied before their terms multiply', () => {
    const model = new ModelBuilder()
    const x = model.node('Clip', [model.input([2, 2, 2, 2])], [], [2, 2, 2, 2], rounding({}))
    const repeated = (part: number, ax: number) => {
      const axes = model.tensors[part]!.axes.map((n, i) => (i === ax ? 16 * n : n))
      return model.node('Concat', Array(16).fill(part), [], axes, { ax })
    }
    const outs = Array.from({ length: 12 }, () => repeated(repeated(repeated(x, 0), 1), 2))
    const { program } = lower(model.build(outs), { batch: 1, weights: 'public', weightValues: [] })
    const terms = program.constraints.flatMap((one) => (one[0] === 'lin' ? [one[1][2].length] : []))
    expect(Math.max(...terms)).toBeLessThan(20_000)
  })

  it('of a chain of concatenations along one axis are shifts of the first tensors: no copy', () => {
    const model = new ModelBuilder()
    const x = model.gemm(model.input([3]), 4)
    const pair = model.node('Concat', [x, x], [], [8], { ax: 0 })
    const chain = model.node('Concat', [pair, x, pair], [], [20], { ax: 0 })
    const { ir, lowered, ...rest } = caseOf(model, [chain])
    const before = caseOf(model, [x]).lowered.program.segments.length
    expect(lowered.program.segments.length).toBe(before)
    expect(violationOf({ ir, lowered, ...rest })).toBeUndefined()
  })
})

describe('bounds', () => {
  it('a sum that could leave the exact range is refused by name', () => {
    const model = new ModelBuilder()
    const y = model.gemm(model.input([4]), 2, { d: [40, 40] })
    const ir = model.build([y])
    expect(() => lower(ir, { batch: 1, weights: 'public', weightValues: model.weights })).toThrow(/Gemm/)
  })
})
