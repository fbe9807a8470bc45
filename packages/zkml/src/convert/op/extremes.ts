import type { Operand } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import { type Call, type Rules, uniform } from './call.ts'

/** The larger or smaller of values, element by element: bounds where one is a constant, a + max(b − a, 0) for two computed values. */
export const extremes: Rules = {
  Max: (c) => [fold(c, 1)],
  Min: (c) => [fold(c, -1)],
}

function fold(c: Call, sign: 1 | -1): Value {
  const [first, ...rest] = c.operands
  return rest.reduce<Value>((a, b) => (a.kind === 'const' ? extreme(c, sign, b, a) : extreme(c, sign, a, b)), first!)
}

function extreme(c: Call, sign: 1 | -1, a: Value, b: Value): Value {
  if (a.kind !== 'var') return c.refuse('extremes of constants or scores')
  const shape = c.b.sample(a)
  const x: Operand = { id: a.id, shape }
  if (b.kind === 'derived') return c.refuse('it reads a score, which must be an output')
  if (b.kind === 'const') {
    const at = uniform(b.tensor.data) ?? c.refuse('a different bound per element')
    if (sign === 1 ? at > 0 : at < 0) return c.refuse(`a bound of ${at}: use Clip`)
    return c.b.value(c.b.add({ kind: 'clip' }, [x], shape, sign === 1 ? { lo: at } : { hi: at }), shape)
  }
  if (b.shape.join() !== a.shape.join()) return c.refuse('two computed values of different shapes')
  const one = Float64Array.of(1)
  const zero = Float64Array.of(0)
  const y: Operand = { id: b.id, shape }
  const difference = c.b.add({ kind: 'affine', ax: 0, c1: one, c2: Float64Array.of(-1), c0: zero }, [y, x], shape)
  const excess = c.b.add({ kind: 'clip' }, [difference], shape, sign === 1 ? { lo: 0 } : { hi: 0 })
  return c.b.value(c.b.add({ kind: 'affine', ax: 0, c1: one, c2: one, c0: zero }, [x, excess], shape), shape)
}
