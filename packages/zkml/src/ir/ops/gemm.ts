import { cellsOf, sameAxes } from '../axes.ts'
import { badIr } from '../fail.ts'
import { type Interval, magnitude } from '../rounding.ts'
import type { Weights } from '../types.ts'
import { ACCUMULATING } from './attributes.ts'
import { type AccumulatingRule, activation, int16, int16Weight, int64Weight, listOf, type Site, weightAxes } from './op.ts'

/** Contractions with a weight (Gemm; Conv shares the bound) and of two activations (MatMulAA). SPEC 2.4. */

/** `acc[…, o] = (Σ_k W[o,k]·x[…, k] + b[o])·2^(d_o)`. */
export const gemm: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.Gemm,
  inputs: [1, 1],
  weights: [1, 2],
  yields(site) {
    const x = activation(site, 0)
    const [outputs = 0] = weightAxes(site, 0, 'i16', [-1, x.at(-1)!])
    if (site.w.length === 2) weightAxes(site, 1, 'i64', [outputs])
    listOf(site, 'd', outputs)
    return { axes: [...x.slice(0, -1), outputs], dt: 'i16' }
  },
  bound: boundOfProduct,
  evaluate(run) {
    const x = int16(run, 0)
    const [outputs = 0, inner = 0] = run.w[0]!.axes
    const sums = run.contract(int16Weight(run, 0, run.weights), x, { outputs, rows: x.length / inner, inner })
    return { sums, inner: 1, ...scaling(run, run.weights) }
  },
}

/** The bias and the powers of two of a node with per-channel outputs. */
export function scaling(site: Site, weights: Weights): { mul: readonly number[]; bias?: BigInt64Array } {
  const mul = listOf(site, 'd').map((d) => 2 ** d)
  return site.w.length === 2 ? { mul, bias: int64Weight(site, 1, weights) } : { mul }
}

/**
 * Public weights: `± max_o (Σ_k |W_ok|·M + |b_o|)·2^(d_o)`; committed ones: `± (K·2^15·M + 2^47)·2^(max d)`, without the
 * 2^47 if there is no bias. SPEC 2.5.
 */
export function boundOfProduct(site: Site, [x]: readonly Interval[], weights: Weights | undefined): Interval {
  const most = magnitude(x!)
  const d = listOf(site, 'd')
  const axes = site.w[0]!.axes
  const inner = cellsOf(axes.slice(1))
  if (weights === undefined) {
    const sum = BigInt(inner) * 2n ** 15n * most + (site.w.length === 2 ? 2n ** 47n : 0n)
    return symmetric(sum << BigInt(d.reduce((most, bits) => Math.max(most, bits), 0)))
  }
  const w = int16Weight(site, 0, weights)
  const bias = site.w.length === 2 ? int64Weight(site, 1, weights) : undefined
  let bound = 0n
  for (let o = 0; o < axes[0]!; o++) {
    let norm = 0
    for (let i = o * inner; i < (o + 1) * inner; i++) norm += Math.abs(w[i]!)
    const b = bias?.[o] ?? 0n
    const acc = (BigInt(norm) * most + (b < 0n ? -b : b)) << BigInt(d[o]!)
    if (acc > bound) bound = acc
  }
  return symmetric(bound)
}

function symmetric(bound: bigint): Interval {
  return { lo: -bound, hi: bound }
}

/** `acc[…, m, n] = Σ_k x[…, m, k]·z[…, n, k]`: both factors are activations. */
export const matMulAA: AccumulatingRule = {
  kind: 'accumulating',
  attributes: ACCUMULATING.MatMulAA,
  inputs: [2, 2],
  weights: [0, 0],
  yields(site) {
    const x = activation(site, 0)
    const z = activation(site, 1)
    if (x.length < 2 || z.length < 2) badIr(site.place, 'multiplies tensors of rank below 2')
    if (!sameAxes(x.slice(0, -2), z.slice(0, -2))) badIr(site.place, `multiplies tensors of different leading axes [${x}] and [${z}]`)
    if (x.at(-1) !== z.at(-1)) badIr(site.place, `sums over axes of different lengths ${x.at(-1)} and ${z.at(-1)}`)
    return { axes: [...x.slice(0, -1), z.at(-2)!], dt: 'i16' }
  },
  bound: ({ x: [tensor] }, [x, z]) => symmetric(BigInt(tensor!.axes.at(-1)!) * magnitude(x!) * magnitude(z!)),
  evaluate(run) {
    const [x, z] = [int16(run, 0), int16(run, 1)]
    const inner = run.x[0]!.axes.at(-1)!
    const rows = run.x[0]!.axes.at(-2)!
    const outputs = run.x[1]!.axes.at(-2)!
    const blocks = x.length / (rows * inner)
    const sums = new Float64Array(blocks * rows * outputs)
    for (let b = 0; b < blocks; b++) {
      const left = x.subarray(b * rows * inner, (b + 1) * rows * inner)
      const right = z.subarray(b * outputs * inner, (b + 1) * outputs * inner)
      const product = run.contract(right, left, { outputs, rows, inner })
      for (let i = 0; i < product.length; i++) sums[b * rows * outputs + i] = Number(product[i])
    }
    return { sums, inner: 1, mul: [1] }
  },
}
