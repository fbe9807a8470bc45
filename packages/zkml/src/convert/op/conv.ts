import type { Value } from '../real/value.ts'
import type { Call, Rules } from './call.ts'
import { featureMap, mapShape, windowOf } from './window.ts'

/** Convolutions with constant weights over one or two spatial axes. */
export const convolutions: Rules = { Conv: (c) => [conv(c)] }

function conv(c: Call): Value {
  const { b } = c
  const { id, shape, spatial } = featureMap(c)
  const w = c.const(1, 'the weight').tensor
  const group = c.number('group', 1)
  const O = w.shape[0]!
  if (w.shape.length !== spatial + 2 || shape[0] !== w.shape[1]! * group || O % group !== 0)
    return c.refuse(`weights [${w.shape.join(',')}] in ${group} groups over ${shape[0]} channels`)
  const kernel = c.numbers('kernel_shape') ?? w.shape.slice(2)
  if (kernel.some((n, i) => n !== w.shape[i + 2])) return c.refuse('a kernel_shape that the weights do not have')
  const window = windowOf(c, shape, spatial, kernel)
  const bias = c.has(2) ? c.const(2, 'the bias').tensor.data : new Float64Array(O)
  if (bias.length !== O) return c.refuse(`${bias.length} biases for ${O} channels`)
  const out = b.windowShape(shape, O, window)
  return b.value(b.add({ kind: 'conv', W: w.data, b: bias, O, group, window }, [{ id, shape }], out), mapShape(c, out, spatial))
}
