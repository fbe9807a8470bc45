import type { Ir } from '../../src/ir/types.ts'
import type { Program } from '../../src/program/types.ts'
import { Builder } from './builder.ts'
import { plus } from './form.ts'
import { referenceLower } from './lower.ts'

/** v + 2^(bits−1) is a Range(bits). SPEC 3.6, CP_reg. */
const BITS = { i16: 16, i32: 32, i64: 48, leaf: 41 } as const

/** CP_reg of a valid integer model with committed weights, a second time from SPEC 3.6 and 6.8. */
export function referenceLowerRegistration(ir: Ir): Program {
  const { segments } = referenceLower(ir, [], { batch: 1, committed: true })
  const build = new Builder(ir.limb)
  const weights = ir.weights.map(({ id }) => build.commit(segments[id]![1], 1))
  const leaves = ir.nodes.filter(({ op }) => op === 'TreeEnsemble').map(({ w }) => w[3])
  for (const { id, dt } of ir.weights)
    build.node((parts) => {
      const bits = BITS[leaves.includes(id) ? 'leaf' : dt]
      const weight = weights[id]!
      const moved = plus(weight, build.constant(weight[0], 2n ** BigInt(bits - 1)))
      parts.linear.push(['lin', plus(moved, build.range(weight[0], bits, parts), -1n)])
    })
  return build.program(1)
}
