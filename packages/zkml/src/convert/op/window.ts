import type { WindowShape } from '../real/types.ts'
import type { Call } from './call.ts'

type Pair = readonly [number, number]
type Pads = readonly [number, number, number, number]

/** A feature map `[C,H,W]` out of a value `[N,C,…]`: one spatial axis gets H = 1. N must be the batch, or 1. */
export function featureMap(c: Call): { id: number; shape: readonly [number, number, number]; spatial: number } {
  const x = c.var(0)
  const spatial = x.shape.length - 2
  if (spatial < 1 || spatial > 2) return c.refuse(`${Math.max(spatial, 0)} spatial axes; 1 and 2 are supported`)
  if (x.shape[0] !== 1) return c.refuse('a batch whose length is fixed inside the graph')
  const [, C, ...space] = x.shape
  return { id: x.id, shape: [C!, space.length === 1 ? 1 : space[0]!, space.at(-1)!], spatial }
}

/** The result in the axes of the file. */
export function mapShape(c: Call, shape: readonly number[], spatial: number): number[] {
  const inner = spatial === 1 ? [shape[0]!, shape[2]!] : [...shape]
  return c.b.batch === undefined ? [1, ...inner] : inner
}

/** The window of a Conv or pool, with automatic padding and rounding of the output resolved. */
export function windowOf(c: Call, map: readonly [number, number, number], spatial: number, kernel: readonly number[]): WindowShape {
  const pair = (values: readonly number[], otherwise: number): Pair => (spatial === 1 ? [otherwise, values[0]!] : [values[0]!, values[1]!])
  const list = (name: string, otherwise: number): readonly number[] => {
    const values = c.numbers(name) ?? Array<number>(spatial).fill(otherwise)
    if (values.length !== spatial || values.some((v) => !(v >= 1 && v <= 2 ** 20))) c.refuse(`${name} [${values.join(',')}]`)
    return values
  }
  if (kernel.length !== spatial || kernel.some((v) => !(v >= 1 && v <= 2 ** 20))) c.refuse(`a kernel [${kernel.join(',')}]`)
  const k = pair(kernel, 1)
  const stride = pair(list('strides', 1), 1)
  const dil = pair(list('dilations', 1), 1)
  const size: Pair = [map[1], map[2]]
  const reach = (i: 0 | 1): number => (k[i] - 1) * dil[i] + 1
  const pads = padding(c, spatial, size, stride, reach)
  if (c.number('ceil_mode', 0) === 0) return { kernel: k, stride, pad: pads, dil }
  // A window that starts inside the input or its left padding counts, even if it reaches past the right padding.
  const extra = (i: 0 | 1): number => {
    const room = size[i] + pads[i] + pads[(i + 2) as 2 | 3] - reach(i)
    const windows = Math.ceil(room / stride[i]) + 1
    const kept = (windows - 1) * stride[i] >= size[i] + pads[i] ? windows - 1 : windows
    return Math.max(0, (kept - 1) * stride[i] - room)
  }
  return { kernel: k, stride, dil, pad: [pads[0], pads[1], pads[2] + extra(0), pads[3] + extra(1)] }
}

function padding(c: Call, spatial: number, size: Pair, stride: Pair, reach: (i: 0 | 1) => number): Pads {
  const auto = c.text('auto_pad', 'NOTSET')
  if (auto === 'VALID') return [0, 0, 0, 0]
  if (auto === 'SAME_UPPER' || auto === 'SAME_LOWER') {
    const along = (i: 0 | 1): Pair => {
      const total = Math.max(0, (Math.ceil(size[i] / stride[i]) - 1) * stride[i] + reach(i) - size[i])
      const less = Math.floor(total / 2)
      return auto === 'SAME_UPPER' ? [less, total - less] : [total - less, less]
    }
    const [y, x] = [along(0), along(1)]
    return spatial === 1 ? [0, x[0], 0, x[1]] : [y[0], x[0], y[1], x[1]]
  }
  if (auto !== 'NOTSET' && auto !== '') return c.refuse(`auto_pad "${auto}"`)
  const pads = c.numbers('pads') ?? Array<number>(2 * spatial).fill(0)
  if (pads.length !== 2 * spatial || pads.some((v) => !(v >= 0 && v <= 2 ** 20))) return c.refuse(`pads [${pads.join(',')}]`)
  return spatial === 1 ? [0, pads[0]!, 0, pads[1]!] : (pads as unknown as Pads)
}
