import { describe, expect, it } from 'vitest'
import { concatBytes, u8 } from '../../../reference/bytes.ts'
import { encodeIr, irHash } from '../../../src/ir/ir.ts'
import { encodeZkManifest, zkModelId } from '../../../src/ir/manifest.ts'
import { encodeWeights, weightsDigest } from '../../../src/ir/weights.ts'
import { ModelBuilder } from '../../../src/program/model.testkit.ts'
import { verify } from '../model.ts'

/** A proof that gets past its head, so that the model is looked at. */
const HEAD = concatBytes(new TextEncoder().encode('ZKML'), u8(1), u8(1), u8(0), u8(0), new Uint8Array([12, 0, 0, 0]))
/** No verdict on a small file takes longer, on a slow machine with others at work, nor more memory than this. */
const SLOW_MS = 20_000
const MUCH = 400e6

/** The verdict on a model with hashes that are right, and what it took. */
function judge(make: (m: ModelBuilder) => number[], batch = 1): { code: string; ms: number; bytes: number } {
  const m = new ModelBuilder(8)
  const ir = encodeIr(m.build(make(m)))
  const weights = encodeWeights(m.metas, m.weights)
  const manifest = encodeZkManifest({ v: 1, ir: irHash(ir), weights: 0, wd: weightsDigest(weights), pcs: [[batch, 6, 8]] })
  const before = process.memoryUsage().heapUsed
  const start = process.cpuUsage()
  const statement = { zkModelId: zkModelId(manifest), batch, x: new Uint8Array(2), y: new Uint8Array(8), ctx: new Uint8Array() }
  const verdict = verify({ manifest, ir, weights }, statement, HEAD)
  const { user, system } = process.cpuUsage(start)
  return {
    code: verdict.ok ? 'ok' : verdict.code,
    ms: (user + system) / 1000,
    bytes: process.memoryUsage().heapUsed - before,
  }
}

function isRefusedSoon(make: (m: ModelBuilder) => number[], batch = 1): void {
  const { code, ms, bytes } = judge(make, batch)
  expect(code).toBe('LIMIT')
  expect(ms).toBeLessThan(SLOW_MS)
  expect(bytes).toBeLessThan(MUCH)
}

describe('a model of a few bytes that asks for much', () => {
  it('with 2^19 groups of a convolution is refused before they are written', () => {
    const groups = 2 ** 19
    isRefusedSoon((m) => {
      const x = m.input([2 * groups, 1, 1])
      const w = m.weight([groups, 2, 1, 1], 'i16', () => 1)
      const window = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
      const a = { group: groups, ...window, d: Array(groups).fill(0), s: 1, lo: 0, hi: 90 }
      return [m.node('Conv', [x], [w], [groups, 1, 1], a)]
    })
  })

  it('with terms that multiply, axis by axis, is refused before they fill the memory', () => {
    isRefusedSoon((m) => {
      const times = (x: number, count: number, ax: number) => {
        const axes = [2, 2, 2, 1]
        const long = axes.map((n, i) => (i === ax ? n * count : n))
        const wide = m.node('Concat', Array(count).fill(x), [], long, { ax })
        return m.node('Slice', [wide], [], axes, { ax, start: 0, len: 2 })
      }
      const x = times(times(m.input([2, 2, 2, 1]), 32, 0), 32, 1)
      return Array.from({ length: 64 }, () => m.node('Concat', Array(64).fill(x), [], [2, 2, 128, 1], { ax: 2 }))
    })
  })

  it('with one large table of nodes for 60 ensembles is refused before it is read 60 times', () => {
    const nodes = 2 ** 20
    const NONE = 2 ** 31 - 1
    isRefusedSoon((m) => {
      const x = m.input([1], 'i32')
      const isLeaf = (i: number) => i >= nodes - 2
      const w = [
        m.weight([nodes], 'i16', () => 0),
        m.weight([nodes], 'i32', (i) => (isLeaf(i) ? NONE : 0)),
        m.weight([nodes], 'i32', (i) => (isLeaf(i) ? i : nodes - 2)),
        m.weight([2, 1], 'i64', (i) => i),
      ]
      const a = { roots: [0], leaves: [nodes - 2, nodes - 1], depth: 1, base: [0] }
      return Array.from({ length: 60 }, () => m.node('TreeEnsemble', [x], w, [1], a, 'i64'))
    })
  })

  it('with a public window of 2^20 taps over a public map, which is read once for each, is refused', () => {
    isRefusedSoon((m) => {
      const side = 2 ** 10
      const x = m.input([1, side, side])
      const w = m.weight([1, 1, side, side], 'i16', () => 1)
      const window = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
      return [m.node('Conv', [x], [w], [1, 1, 1], { group: 1, ...window, d: [0], raw: 1 })]
    }, 2)
  })

  it('with a public vector of 1024 parts times public weights, each part a pass over the whole, is refused', () => {
    isRefusedSoon((m) => {
      const part = m.node('Concat', Array(64).fill(m.input([2 ** 10])), [], [2 ** 16], { ax: 0 })
      const x = m.node('Concat', Array(16).fill(part), [], [2 ** 20], { ax: 0 })
      const w = m.weight([1, 2 ** 20], 'i16', () => 1)
      return [m.node('Gemm', [x], [w], [1], { d: [0], raw: 1 })]
    })
  })

  it('with 255 slices of ones, each of which is made to find that it is there, is refused', () => {
    isRefusedSoon((m) => {
      const n = 2 ** 20
      const ones = m.node('Pad', [m.input([1])], [], [n], { ax: 0, before: 0, after: n - 1, value: 1 })
      return Array.from({ length: 255 }, (_, i) => m.node('Slice', [ones], [], [n / 2], { ax: 0, start: i + 1, len: n / 2 })).slice(0, 1)
    })
  })

  it('with 250 single cells cut from a long axis, each by a vector over all of it, is refused', () => {
    isRefusedSoon((m) => {
      const n = 2 ** 19
      const long = m.node('Clip', [m.input([n])], [], [n], { s: 0, lo: -32768, hi: 32767 })
      return Array.from({ length: 250 }, (_, i) => {
        const one = m.node('Slice', [long], [], [1], { ax: 0, start: i, len: 1 })
        return m.node('Clip', [one], [], [1], { s: 0, lo: -32768, hi: 32767 })
      }).slice(0, 1)
    })
  })
})
