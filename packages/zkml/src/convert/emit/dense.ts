import { scaleFor } from './scales.ts'

/** Integer weights of a layer with one scale per output channel, and what aligns them. SPEC 2.4, Gemm and Conv. */
export interface DenseWeights {
  readonly W: Int16Array
  readonly b: BigInt64Array
  /** Scale of each channel's weights; bias and sum then have the scale `fx + f[o]`, the accumulator `fx + f[o] + d[o]` = `acc`. */
  readonly f: readonly number[]
  readonly d: readonly number[]
  readonly acc: number
}

/** Channels of small weights get at most this many more bits than the largest: more would not show in the common scale of the output. */
const MAX_ALIGN = 8
const MAX_WEIGHT_SCALE = 100
/** Bits of the range checks that prove a shift. */
const LIMB = 8

/**
 * Quantises weights `[O, …]` and biases for inputs of scale `fx`. `least` and `most` bound the accumulator's scale: it must reach the output's
 * scale and stay within 40 bits of it (or within 40 for a raw output). `thrift`, unless the output is raw: so many bits of the weights may go if the
 * shift becomes a whole number of 8-bit limbs by that.
 */
export function quantiseDense(
  W: Float64Array,
  b: Float64Array,
  O: number,
  fx: number,
  { least, most, thrift }: { readonly least: number; readonly most: number; readonly thrift?: number },
): DenseWeights {
  const per = W.length / O
  const peak = (o: number): number => {
    let max = 0
    for (let i = o * per; i < (o + 1) * per; i++) max = Math.max(max, Math.abs(W[i]!))
    return max
  }
  const peaks = Array.from({ length: O }, (_, o) => peak(o))
  const wanted = peaks.map((p) => (p === 0 ? undefined : scaleFor(p, MAX_WEIGHT_SCALE)))
  const lowest = wanted.reduce<number>((a, f) => (f === undefined ? a : Math.min(a, f)), MAX_WEIGHT_SCALE)
  const full = wanted.reduce<number>((most, own) => Math.max(most, Math.min(own ?? lowest, lowest + MAX_ALIGN)), lowest)
  const whole = least + LIMB * Math.floor((fx + full - least) / LIMB)
  const top = thrift !== undefined && whole > least && fx + lowest - whole <= thrift ? whole : most
  const f = wanted.map((own, o) => {
    let chosen = Math.min(own ?? lowest, lowest + MAX_ALIGN, Math.min(most, top) - fx)
    while (Math.abs(b[o]!) * 2 ** (fx + chosen) > 2 ** 46) chosen--
    return chosen
  })
  const acc = f.reduce((most, own) => Math.max(most, fx + own), least)
  const q = new Int16Array(W.length)
  for (let i = 0; i < W.length; i++) q[i] = Math.min(32767, Math.floor(W[i]! * 2 ** f[Math.floor(i / per)]! + 0.5))
  const bias = BigInt64Array.from({ length: O }, (_, o) => BigInt(Math.floor(b[o]! * 2 ** (fx + f[o]!) + 0.5)))
  return { W: q, b: bias, f, d: f.map((own) => acc - fx - own), acc }
}
