import { badIr } from '../fail.ts'
import { MAX_TERMS } from '../limits.ts'
import { type Interval, scale } from '../rounding.ts'
import { ACCUMULATING, DIRECT } from './attributes.ts'
import { type AccumulatingRule, activation, type DirectRule, int16, intOf, listOf, type Run, type Site, type Yield } from './op.ts'
import { canMiss, taps, type WindowAxis, windowsOf } from './window.ts'

function pooled(site: Site): { windows: readonly [WindowAxis, WindowAxis]; shape: Yield } {
  const [channels = 0, height = 0, width = 0] = activation(site, 0, 3)
  const windows = windowsOf(site, listOf(site, 'kernel', 2), [height, width])
  return { windows, shape: { axes: [channels, windows[0].outputs, windows[1].outputs], dt: 'i16' } }
}

/** `fold`s, for every channel and window, the real cells of the window into `start`. Row-major over `[batch, C, OH, OW]`. */
function overWindows(run: Run, start: number, fold: (state: number, cell: number) => number): Float64Array {
  const values = int16(run, 0)
  const [channels = 0, height = 0, width = 0] = run.x[0]!.axes
  const [y, x] = pooled(run).windows
  const [tapsY, tapsX] = [taps(y), taps(x)]
  const out = new Float64Array(run.batch * channels * y.outputs * x.outputs)
  let to = 0
  for (let plane = 0; plane < run.batch * channels; plane++) {
    for (let oy = 0; oy < y.outputs; oy++) {
      for (let ox = 0; ox < x.outputs; ox++) {
        let state = start
        for (let i = oy * y.kernel; i < (oy + 1) * y.kernel; i++) {
          if (tapsY[i]! < 0) continue
          const line = (plane * height + tapsY[i]!) * width
          for (let j = ox * x.kernel; j < (ox + 1) * x.kernel; j++) {
            if (tapsX[j]! >= 0) state = fold(state, values[line + tapsX[j]!]!)
          }
        }
        out[to++] = state
      }
    }
  }
  return out
}

/** `max` over the window; a missing cell is −32768, and every window has a real cell. SPEC 2.4. */
export const maxPool: DirectRule = {
  kind: 'direct',
  attributes: DIRECT.MaxPool,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const { windows, shape } = pooled(site)
    for (const [i, window] of windows.entries()) {
      if (!alwaysReal(window)) badIr(site.place, `has a window with no real cell, or a dilation over the input, along axis ${'yx'[i]}`)
    }
    return shape
  },
  bound: (_site, [x]) => x!,
  evaluate: (run) => new Int16Array(overWindows(run, -32768, Math.max)),
}

/** Whether every window has a real cell along this axis. With `dil ≤ length` only the first and the last one can lack it. */
function alwaysReal({ length, kernel, stride, before, dil, outputs }: WindowAxis): boolean {
  const last = (outputs - 1) * stride - before
  return dil <= length && Math.ceil(before / dil) < kernel && last < length
}

/** `acc = c·Σ window`; a missing cell is 0. SPEC 2.4. */
export const avgPool: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.AvgPool,
  inputs: [1, 1],
  weights: [0, 0],
  yields(site) {
    const { windows, shape } = pooled(site)
    const terms = windows[0].kernel * windows[1].kernel
    if (terms > MAX_TERMS) badIr(site.place, `sums ${terms} cells, over the limit of ${MAX_TERMS}`)
    return shape
  },
  bound(site, [x]) {
    const { windows } = pooled(site)
    const taps = BigInt(windows[0].kernel * windows[1].kernel)
    return scale(canMiss(windows) ? withZero(x!) : x!, taps * BigInt(intOf(site, 'c')))
  },
  evaluate: (run) => ({ sums: overWindows(run, 0, (sum, cell) => sum + cell), inner: 1, mul: [intOf(run, 'c')] }),
}

function withZero({ lo, hi }: Interval): Interval {
  return { lo: lo < 0n ? lo : 0n, hi: hi > 0n ? hi : 0n }
}
