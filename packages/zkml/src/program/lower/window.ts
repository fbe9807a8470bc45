import { siteOf } from '../../ir/ops/site.ts'
import { windowsOf } from '../../ir/ops/window.ts'
import type { Window } from '../types.ts'
import { axesIn, type NodeContext } from './rule.ts'

/** The window of a node over a feature map `[C, H, W]`. */
export function windowOf(context: NodeContext, kernel: readonly number[]): Window {
  const [, H = 1, W = 1] = axesIn(context)
  const [y, x] = windowsOf(siteOf(context.ir, context.index).site, kernel, [H, W])
  return [H, W, y.kernel, x.kernel, y.outputs, x.outputs, y.stride, x.stride, y.before, x.before, y.dil, x.dil]
}

/** Cells of the window, and how many windows there are. */
export function countsOf([, , KH, KW, OH, OW]: Window): { readonly taps: number; readonly outputs: number } {
  return { taps: KH * KW, outputs: OH * OW }
}
