import type { WindowShape } from '../real/types.ts'
import type { Value } from '../real/value.ts'
import { eachTap } from '../real/window.ts'
import type { Call, Rules } from './call.ts'
import { featureMap, mapShape, windowOf } from './window.ts'

/** Pools over one or two spatial axes. */
export const pools: Rules = {
  MaxPool: (c) => {
    if (c.node.outputs[1]) return c.refuse('the indices of the maxima are an output')
    return [maxPool(c, windowed(c))]
  },
  AveragePool: (c) => [averagePool(c, windowed(c))],
  GlobalMaxPool: (c) => [maxPool(c, whole(c))],
  GlobalAveragePool: (c) => [averagePool(c, whole(c))],
}

interface Pool {
  readonly id: number
  readonly shape: readonly [number, number, number]
  readonly spatial: number
  readonly window: WindowShape
}

function windowed(c: Call): Pool {
  const map = featureMap(c)
  const kernel = c.numbers('kernel_shape') ?? c.refuse('kernel_shape is missing')
  return { ...map, window: windowOf(c, map.shape, map.spatial, kernel) }
}

function whole(c: Call): Pool {
  const map = featureMap(c)
  const window: WindowShape = { kernel: [map.shape[1], map.shape[2]], stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
  return { ...map, window }
}

/** Number of real cells of each window. */
function counts(c: Call, { shape, window }: Pool): number[] {
  const [, h, w] = c.b.windowShape(shape, shape[0], window)
  const count = Array<number>(h! * w!).fill(0)
  eachTap(shape[1], shape[2], window, (_, o) => {
    count[o]!++
  })
  if (count.includes(0)) c.refuse('a window that lies in the padding only')
  return count
}

function maxPool(c: Call, pool: Pool): Value {
  const { b } = c
  counts(c, pool)
  const out = b.windowShape(pool.shape, pool.shape[0], pool.window)
  return b.value(b.add({ kind: 'maxpool', window: pool.window }, [{ id: pool.id, shape: pool.shape }], out), mapShape(c, out, pool.spatial))
}

/** The mean of every window: by one constant where all windows count the same cells, else a correction per place follows. */
function averagePool(c: Call, pool: Pool): Value {
  const { b } = c
  const { window, shape } = pool
  const all = window.kernel[0] * window.kernel[1]
  const declared = c.number('count_include_pad', 0) !== 0
  if (declared && c.number('ceil_mode', 0) !== 0 && window.pad.some((p) => p > 0)) c.refuse('ceil_mode with count_include_pad')
  const real = counts(c, pool)
  const divisors = declared ? real.map(() => all) : real
  const out = b.windowShape(shape, shape[0], window)
  const same = divisors.every((n) => n === divisors[0])
  const weight = 1 / (same ? divisors[0]! : all)
  const sum = b.add({ kind: 'avgpool', window, weight }, [{ id: pool.id, shape }], out)
  if (same) return b.value(sum, mapShape(c, out, pool.spatial))
  const view = { id: sum.id, shape: [out[0]!, divisors.length] }
  const corrected = b.affine(
    view,
    1,
    Float64Array.from(divisors, (n) => all / n),
    Float64Array.of(0),
  )
  return b.value(corrected, mapShape(c, out, pool.spatial))
}
