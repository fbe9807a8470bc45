import { badIr } from '../fail.ts'
import { MAX_TERMS } from '../limits.ts'
import { ACCUMULATING } from './attributes.ts'
import { boundOfProduct, scaling } from './gemm.ts'
import { type AccumulatingRule, activation, int16, int16Weight, intOf, listOf, type Run, weightAxes } from './op.ts'
import { taps, windowsOf } from './window.ts'

/** Values of one buffer of patches, about. */
const PATCH_CELLS = 2 ** 18

/** `acc[o, oy, ox] = (Σ W[o, ic, ky, kx]·x[g·C/group + ic, oy·st + ky·dil − pad, …] + b[o])·2^(d_o)`; missing cells are 0. SPEC 2.4. */
export const conv: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.Conv,
  inputs: [1, 1],
  weights: [1, 2],
  yields(site) {
    const [channels = 0, height = 0, width = 0] = activation(site, 0, 3)
    const group = intOf(site, 'group')
    if (channels % group !== 0) badIr(site.place, `has ${channels} input channels, not a multiple of group ${group}`)
    const [outputs = 0, depth = 0, ky = 0, kx = 0] = weightAxes(site, 0, 'i16', [-1, channels / group, -1, -1])
    if (outputs % group !== 0) badIr(site.place, `has ${outputs} output channels, not a multiple of group ${group}`)
    if (depth * ky * kx > MAX_TERMS) badIr(site.place, `sums ${depth * ky * kx} terms, over the limit of ${MAX_TERMS}`)
    if (site.w.length === 2) weightAxes(site, 1, 'i64', [outputs])
    listOf(site, 'd', outputs)
    const [y, x] = windowsOf(site, [ky, kx], [height, width])
    return { axes: [outputs, y.outputs, x.outputs], dt: 'i16' }
  },
  bound: boundOfProduct,
  evaluate(run) {
    const [, height = 0, width = 0] = run.x[0]!.axes
    return { sums: sumsOf(run), inner: outputCells(run, height, width), ...scaling(run, run.weights) }
  },
}

function outputCells(run: Run, height: number, width: number): number {
  const [y, x] = windowsOf(run, run.w[0]!.axes.slice(2), [height, width])
  return y.outputs * x.outputs
}

/** Per input and group: the patches of some output positions as rows, contracted with the group's weights. */
function sumsOf(run: Run): Float64Array {
  const values = int16(run, 0)
  const w = int16Weight(run, 0, run.weights)
  const [channels = 0, height = 0, width = 0] = run.x[0]!.axes
  const [outputs = 0, depth = 0, ky = 0, kx = 0] = run.w[0]!.axes
  const group = intOf(run, 'group')
  const [y, x] = windowsOf(run, [ky, kx], [height, width])
  const [tapsY, tapsX] = [taps(y), taps(x)]
  const cells = y.outputs * x.outputs
  const inner = depth * ky * kx
  const perGroup = outputs / group
  const block = Math.max(1, Math.min(cells, Math.floor(PATCH_CELLS / inner)))
  const patches = new Int16Array(block * inner)
  const sums = new Float64Array(run.batch * outputs * cells)

  /** Writes the patch of output position `cell` to row `row`, from the plane of the group's first channel on. */
  function fill(row: number, cell: number, plane: number): void {
    const oy = Math.floor(cell / x.outputs)
    const ox = cell - oy * x.outputs
    let to = row * inner
    for (let c = 0; c < depth; c++) {
      for (let i = 0; i < ky; i++) {
        const line = tapsY[oy * ky + i]!
        const from = plane + (c * height + line) * width
        for (let j = 0; j < kx; j++) {
          const column = tapsX[ox * kx + j]!
          patches[to++] = line < 0 || column < 0 ? 0 : values[from + column]!
        }
      }
    }
  }

  for (let b = 0; b < run.batch; b++) {
    for (let g = 0; g < group; g++) {
      const weights = w.subarray(g * perGroup * inner, (g + 1) * perGroup * inner)
      const plane = (b * channels + g * depth) * height * width
      for (let first = 0; first < cells; first += block) {
        const rows = Math.min(block, cells - first)
        for (let r = 0; r < rows; r++) fill(r, first + r, plane)
        const product = run.contract(weights, patches.subarray(0, rows * inner), { outputs: perGroup, rows, inner })
        const to = (b * outputs + g * perGroup) * cells + first
        for (let r = 0; r < rows; r++) {
          for (let o = 0; o < perGroup; o++) sums[to + o * cells + r] = Number(product[r * perGroup + o])
        }
      }
    }
  }
  return sums
}
