import { badIr } from '../fail.ts'
import { MAX_CELLS } from '../limits.ts'
import { listOf, type Site } from './op.ts'

/** A window over one axis of a feature map: output o reads the input cells `o·stride − pad + k·dil`, k < kernel. */
export interface WindowAxis {
  readonly length: number
  readonly kernel: number
  readonly stride: number
  /** Missing cells before the first and after the last one. */
  readonly before: number
  readonly after: number
  readonly dil: number
  readonly outputs: number
}

/** The windows of a node over `[H, W]`, in the order y, x. SPEC 2.4. */
export function windowsOf(site: Site, kernel: readonly number[], lengths: readonly number[]): readonly [y: WindowAxis, x: WindowAxis] {
  const stride = listOf(site, 'stride', 2)
  const pad = listOf(site, 'pad', 4)
  const dil = listOf(site, 'dil', 2)
  const axis = (i: number): WindowAxis => {
    const window = { length: lengths[i]!, kernel: kernel[i]!, stride: stride[i]!, before: pad[i]!, after: pad[i + 2]!, dil: dil[i]! }
    const room = window.length + window.before + window.after - (window.kernel - 1) * window.dil - 1
    if (room < 0) badIr(site.place, `has a window longer than axis ${'yx'[i]} of its input with padding`)
    const outputs = Math.floor(room / window.stride) + 1
    if (outputs * window.kernel > MAX_CELLS) badIr(site.place, `reads over ${MAX_CELLS} cells along axis ${'yx'[i]} of its input`)
    return { ...window, outputs }
  }
  return [axis(0), axis(1)]
}

/** Whether some window reads a cell that is not there. */
export function canMiss(windows: readonly WindowAxis[]): boolean {
  return windows.some(({ before, after }) => before + after > 0)
}

/** Input index per output and kernel tap, `o·kernel + k`; −1 where the cell is missing. */
export function taps({ length, kernel, stride, before, dil, outputs }: WindowAxis): Int32Array {
  const index = new Int32Array(outputs * kernel)
  for (let o = 0; o < outputs; o++) {
    for (let k = 0; k < kernel; k++) {
      const at = o * stride - before + k * dil
      index[o * kernel + k] = at < length ? Math.max(at, -1) : -1
    }
  }
  return index
}
