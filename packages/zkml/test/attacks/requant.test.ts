import { describe, expect, it } from 'vitest'
import { invert, mod, P } from '../../reference/field.ts'
import { roundingOf } from '../../reference/lower/bounds.ts'
import { type Change, Liar, limbs, requantSegments } from './witness.ts'

/** One neuron: y = clamp(rsh(w·x, s), lo, hi), its output rounded, so that each lie is about one number. */
function neuron(x: number, { w = 30000, s = 4, lo = -32768, hi = 32767 } = {}) {
  const liar = new Liar((m) => [m.node('Gemm', [m.input([1])], [m.weight([1, 1], 'i16', () => w)], [1], { d: [0], s, lo, hi })], {
    value: () => x,
  })
  const most = BigInt(Math.abs(w)) * 32768n
  const { rounding } = roundingOf({ op: 'Gemm', in: [], w: [], out: 1, a: { s, lo, hi } }, [-most, most])
  const parts = requantSegments(rounding, 8)
  const t = BigInt(w * x) + (s > 0 ? 2n ** BigInt(s - 1) : 0n)
  const q = t >> BigInt(s)
  const r = t - (q << BigInt(s))
  const y = q < BigInt(lo) ? BigInt(lo) : q > BigInt(hi) ? BigInt(hi) : q
  /** A witness that says these numbers: y is claimed as the output, too. */
  const say = (claim: { y: bigint; m?: bigint; u?: bigint; r?: bigint; h?: bigint }, counted: Change['counted'] = []) =>
    liar.tell({
      segments: {
        ...limbs(parts.y, 8, claim.y - BigInt(lo)),
        ...limbs(parts.h, 8, claim.h ?? BigInt(hi) - claim.y),
        ...(claim.m === undefined ? {} : limbs(parts.m, 8, claim.m)),
        ...(claim.u === undefined ? {} : { [parts.u[0]!]: () => [claim.u!] }),
        ...(claim.r === undefined ? {} : limbs(parts.r, 8, claim.r)),
      },
      outputs: { 1: [claim.y] },
      counted,
    })
  return { liar, parts, say, y, r, q }
}
const refused = ({ verdicts, broken }: ReturnType<Liar['tell']>, code?: string) => {
  expect(broken).toBeDefined()
  expect(verdicts[0]).toBe(verdicts[1])
  if (code) expect(verdicts[0]).toBe(code)
  else expect(verdicts[0]).not.toBe('ok')
}

describe('a rounded neuron', () => {
  const inside = neuron(1)
  const relu = neuron(-1, { lo: 0 })
  const above = neuron(100)
  const below = neuron(-100)
  const narrow = neuron(1, { w: 400, s: 2, lo: -5, hi: 90 })

  it('says the truth', () => {
    for (const one of [inside, relu, above, below, narrow])
      expect(one.say({ y: one.y })).toEqual({ verdicts: ['ok', 'ok'], broken: undefined })
    expect([inside.y, relu.y, above.y, below.y, narrow.y]).toEqual([1875n, 0n, 32767n, -32768n, 90n])
  })
  it('cannot be one more with a remainder below 0', () => refused(inside.say({ y: inside.y + 1n, r: inside.r - 16n }), 'LOOKUP'))
  it('cannot be one less with a remainder of 2^s or more', () => refused(inside.say({ y: inside.y - 1n, r: inside.r + 16n }), 'LOOKUP'))
  it('cannot be one more or less with the true remainder', () => {
    refused(inside.say({ y: inside.y + 1n }), 'BATCH')
    refused(inside.say({ y: inside.y - 1n }), 'BATCH')
  })
  it('cannot have limbs that make the value only mod p', () => {
    // y0 + 256·y1 ≡ y for y0 one too large: y1 is a fraction mod p.
    const { liar, parts, y } = inside
    const low = BigInt.asUintN(8, y + 32768n)
    const y1 = mod((y + 32768n - (low + 1n)) * invert(256n))
    refused(liar.tell({ segments: { [parts.y[0]!]: () => [low + 1n], [parts.y[1]!]: () => [y1] } }), 'LOOKUP')
  })
  it('cannot have the value plus p', () => {
    // As a field element it is the same value; as limbs it is none of the table.
    const { liar, parts, y } = inside
    const alias = y + 32768n + P
    refused(liar.tell({ segments: { [parts.y[0]!]: () => [BigInt.asUintN(8, alias)], [parts.y[1]!]: () => [alias >> 8n] } }), 'LOOKUP')
  })
  it('cannot be rounded down where it is to be rounded half up', () => {
    const half = neuron(1, { w: 24, s: 4 })
    expect(half.y).toBe(2n)
    refused(half.say({ y: 1n, r: 16n }), 'LOOKUP')
    refused(half.say({ y: 1n, r: 0n }), 'BATCH')
  })
  it('cannot let a negative value through a ReLU', () => {
    refused(relu.say({ y: relu.q, m: 0n, u: 0n }), 'LOOKUP')
    refused(relu.say({ y: -relu.q, m: 0n, u: 0n }), 'BATCH')
    refused(relu.say({ y: 1n }), 'BATCH')
  })
  it('cannot saturate inside its range', () => {
    refused(inside.say({ y: inside.y - 1n, m: 1n, u: 0n }), 'BATCH')
    refused(inside.say({ y: inside.y + 1n, m: 1n, u: 1n }), 'BATCH')
    refused(inside.say({ y: 32767n, m: inside.y - 32767n, u: 0n }), 'LOOKUP')
    refused(inside.say({ y: -32768n, m: 32768n + inside.y, u: 0n }), 'BATCH')
  })
  it('cannot choose u, which is in no table', () => {
    refused(inside.say({ y: inside.y + 2n, m: 0n, u: 1n }), 'BATCH')
    refused(inside.say({ y: inside.y + 1n, m: 0n, u: invert(2n) }), 'BATCH')
    refused(above.say({ y: above.y, u: 1n, m: above.q - above.y + 2n }), 'BATCH')
    refused(below.say({ y: below.y + 1n, u: below.y - below.q, m: below.y - below.q - 1n }), 'BATCH')
  })
  it('cannot leave saturation out', () => {
    refused(above.say({ y: above.q, m: 0n, u: 0n }), 'LOOKUP')
    refused(below.say({ y: below.q, m: 0n, u: 0n }), 'LOOKUP')
  })
  it('cannot exceed an upper end that is no power of two', () => {
    refused(narrow.say({ y: 91n, m: narrow.q - 91n }), 'LOOKUP')
    refused(narrow.say({ y: 91n, m: narrow.q - 91n, h: 0n }), 'BATCH')
    refused(narrow.say({ y: 89n, m: narrow.q - 89n }), 'BATCH')
  })
  it('cannot have a limb of 2^t, or a top limb over its width', () => {
    const { liar, parts } = inside
    const move = (limb: number, low: number, high: number) =>
      liar.tell({ segments: { [parts.y[limb]!]: ([v]) => [v! + BigInt(low)], [parts.y[limb + 1]!]: ([v]) => [v! - BigInt(high)] } })
    refused(move(0, 256, 1), 'LOOKUP')
    refused(relu.say({ y: 2n ** 15n, m: -relu.q + 2n ** 15n, u: -relu.q }), 'LOOKUP')
  })
  it('cannot look a value up in a wider table', () => {
    // The top limb of a ReLU has 7 bits. 128 is a row of the table of 8: counted there, the tag still tells them apart.
    refused(relu.say({ y: 2n ** 15n, m: -relu.q + 2n ** 15n, u: -relu.q }, [[8, 128, 1n]]), 'LOOKUP')
    refused(relu.say({ y: 2n ** 15n, m: -relu.q + 2n ** 15n, u: -relu.q }, [[7, 0, 1n]]), 'LOOKUP')
  })
  it('cannot count a lookup that it does not make, or drop one that it makes', () => {
    for (const by of [1n, -1n, P - 2n]) expect(inside.liar.tell({ counted: [[8, 0, by]] }).verdicts).toEqual(['LOOKUP', 'LOOKUP'])
  })
})
