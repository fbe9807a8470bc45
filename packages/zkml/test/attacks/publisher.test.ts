import { encode } from 'cborg'
import { describe, expect, it } from 'vitest'
import { concatBytes, tagged, u8 } from '../../reference/bytes.ts'
import type { Ir, IrNode, Weights } from '../../src/ir/types.ts'
import { encodeWeights } from '../../src/ir/weights.ts'
import { ModelBuilder } from '../../src/program/model.testkit.ts'
import { verify } from './model.ts'

type Loose = { -readonly [K in keyof Ir]: unknown }

/** A proof that gets past its head, so that the model is looked at. */
const HEAD = concatBytes(new TextEncoder().encode('ZKML'), u8(1), u8(1), u8(0), u8(0), new Uint8Array([12, 0, 0, 0]))
/** No verdict on a model takes longer, on a slow machine with others at work. */
const SLOW_MS = 4000

/** Publishes whatever it is given, with hashes that are right, and asks a verifier about it. */
function judge(
  ir: unknown,
  {
    weights,
    metas,
    manifest = {},
    batch = 1,
    raw,
  }: { weights?: Weights; metas?: Ir['weights']; manifest?: Record<string, unknown>; batch?: number; raw?: Uint8Array } = {},
) {
  const irBytes = raw ?? encode(ir)
  const blob = encodeWeights(metas ?? [], weights ?? [])
  const bytes = encode({
    v: 1,
    ir: tagged('zkml/v1/ir', irBytes),
    weights: 0,
    wd: tagged('zkml/v1/weights', blob),
    pcs: [[batch, 6, 8]],
    ...manifest,
  })
  const start = process.cpuUsage()
  const verdict = verify(
    { manifest: bytes, ir: irBytes, weights: blob },
    { zkModelId: tagged('zkml/v1/model', bytes), batch, x: new Uint8Array(2), y: new Uint8Array(8), ctx: new Uint8Array() },
    HEAD,
  )
  const { user, system } = process.cpuUsage(start)
  expect((user + system) / 1000).toBeLessThan(SLOW_MS)
  return verdict.ok ? 'ok' : verdict.code
}
const build = (make: (m: ModelBuilder) => number[]) => {
  const m = new ModelBuilder(8)
  const ir = m.build(make(m))
  return { ir, weights: m.weights, metas: m.metas }
}
/** A valid model with something changed that its author could not change with honest tools. */
const spoiled = (make: (m: ModelBuilder) => number[], spoil: (ir: Loose & { nodes: IrNode[] }) => void) => {
  const { ir, weights, metas } = build(make)
  const copy = structuredClone(ir) as unknown as Loose & { nodes: IrNode[] }
  spoil(copy)
  return judge(copy, { weights, metas })
}
const clip = (m: ModelBuilder) => [m.node('Clip', [m.input([4])], [], [4], { s: 1, lo: 0, hi: 90 })]
const gemm = (m: ModelBuilder) => [m.gemm(m.input([3]), 2)]
const pwl = (m: ModelBuilder) => {
  m.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, () => [0, 0] as const) })
  return [m.node('Pwl', [m.input([4])], [], [4], { table: 0, s: 8, lo: 0, hi: 90 })]
}
const reshaped = (ir: Loose, axes: number[]) => {
  for (const tensor of ir.tensors as { axes: number[] }[]) tensor.axes = axes
}
const node = (ir: { nodes: IrNode[] }, change: Record<string, unknown>) => Object.assign(ir.nodes[0]!, change)
const attr = (ir: { nodes: IrNode[] }, change: Record<string, unknown>) => Object.assign(ir.nodes[0]!.a, change)

describe('a publisher', () => {
  it('whose model is valid is told about the proof', () => {
    for (const make of [clip, gemm, pwl]) {
      const { ir, weights, metas } = build(make)
      expect(['BAD_ENCODING', 'STATEMENT_MISMATCH']).toContain(judge(ir, { weights, metas }))
    }
  })

  it.each<[string, Record<string, unknown>]>([
    ['of version 2', { v: 2 }],
    ['with an unknown field', { g: 60 }],
    ['that says its range is proved', { range: true }],
    ['with the number of queries', { q: 1 }],
    ['with 2^4 columns', { pcs: [[1, 4, 8]] }],
    ['with codewords of 2^21', { pcs: [[1, 14, 21]] }],
    ['with a rate over a quarter', { pcs: [[1, 6, 7]] }],
    ['without sizes', { pcs: [] }],
    [
      'with one batch twice',
      {
        pcs: [
          [1, 6, 8],
          [1, 7, 9],
        ],
      },
    ],
    ['with a batch of 4097', { pcs: [[4097, 6, 8]] }],
    ['with a third kind of weights', { weights: 2 }],
    ['with a digest of 31 bytes', { wd: new Uint8Array(31) }],
    ['for another integer model', { ir: new Uint8Array(32) }],
    ['for other weights', { wd: new Uint8Array(32) }],
  ])('has no manifest %s', (_, manifest) => {
    const { ir, weights, metas } = build(gemm)
    expect(judge(ir, { weights, metas, manifest })).toBe('WRONG_MODEL')
  })

  it('is refused sizes that need as many queries as half of the columns', () => {
    const { ir, weights, metas } = build(gemm)
    expect(['BAD_PARAMS', 'STATEMENT_MISMATCH']).toContain(judge(ir, { weights, metas, manifest: { pcs: [[1, 5, 7]] } }))
  })

  it.each<[string, (ir: Loose & { nodes: IrNode[] }) => void]>([
    ['an unknown operator', (ir) => node(ir, { op: 'Halt' })],
    ['an unknown attribute', (ir) => attr(ir, { tag: 4 })],
    ['a shift of 41', (ir) => attr(ir, { s: 41 })],
    ['a negative shift', (ir) => attr(ir, { s: -1 })],
    ['ends of a range that are one', (ir) => attr(ir, { lo: 0, hi: 0 })],
    ['a range beyond int16', (ir) => attr(ir, { hi: 32768 })],
    ['an input that is not there', (ir) => node(ir, { in: [7] })],
    ['its own output as input', (ir) => node(ir, { in: [1] })],
    ['an output that is an input', (ir) => node(ir, { out: 0 })],
    ['the output of nobody', (ir) => Object.assign(ir, { outputs: [9] })],
    ['an output twice', (ir) => Object.assign(ir, { outputs: [1, 1] })],
    ['no output', (ir) => Object.assign(ir, { outputs: [] })],
    ['another shape than its operator', (ir) => Object.assign((ir.tensors as { axes: number[] }[])[1]!, { axes: [5] })],
    ['an axis of 0', (ir) => reshaped(ir, [0])],
    ['2^120 cells', (ir) => reshaped(ir, Array(6).fill(2 ** 20))],
    ['2^27 cells', (ir) => reshaped(ir, [2 ** 20, 2 ** 7])],
    ['seven axes', (ir) => reshaped(ir, [1, 1, 1, 1, 1, 1, 4])],
    ['a limb of 1', (ir) => Object.assign(ir, { limb: 1 })],
    ['a limb of 32', (ir) => Object.assign(ir, { limb: 32 })],
    ['513 nodes', (ir) => Object.assign(ir, { nodes: Array.from({ length: 513 }, () => ir.nodes[0]) })],
    ['a name of a megabyte', (ir) => Object.assign(ir, { name: 'x'.repeat(2 ** 20) })],
    ['int64 that is read on', (ir) => Object.assign((ir.tensors as object[])[0]!, { dt: 'i64' })],
    ['another field', (ir) => Object.assign(ir, { trusted: true })],
    ['a float', (ir) => attr(ir, { s: 1.5 })],
  ])('has no model with %s', (_, spoil) => {
    expect(['BAD_IR', 'UNSUPPORTED_OP']).toContain(spoiled(clip, spoil))
  })

  it.each<[string, Uint8Array]>([
    ['no CBOR', new Uint8Array([0xff])],
    ['nothing', new Uint8Array()],
    ['a list nested 10000 deep', new Uint8Array(10_000).fill(0x81)],
    ['an array that says 2^60 entries', new Uint8Array([0x9b, 0x10, 0, 0, 0, 0, 0, 0, 0])],
    ['a text that says 2^60 bytes', new Uint8Array([0x7b, 0x10, 0, 0, 0, 0, 0, 0, 0])],
    ['a map with a key twice', new Uint8Array([0xa2, 0x61, 0x76, 1, 0x61, 0x76, 1])],
  ])('has no model of bytes that are %s', (_, raw) => {
    expect(judge(undefined, { raw })).toBe('BAD_IR')
  })

  it('is not read when its model is longer than models are', () => {
    expect(judge(undefined, { raw: new Uint8Array(2 ** 22 + 1) })).toBe('WRONG_MODEL')
  })

  it('cannot number a table like a range, and its rows are not in one', () => {
    expect(spoiled(pwl, (ir) => Object.assign((ir.tables as object[])[0]!, { id: 4 }))).toBe('BAD_IR')
    expect(spoiled(pwl, (ir) => Object.assign((ir.tables as { rows: unknown[] }[])[0]!, { rows: Array(255).fill([0, 0]) }))).toBe('BAD_IR')
    expect(spoiled(pwl, (ir) => Object.assign((ir.tables as { rows: unknown[] }[])[0]!, { rows: Array(256).fill([2 ** 24 + 1, 0]) }))).toBe(
      'BAD_IR',
    )
    expect(spoiled(pwl, (ir) => attr(ir, { table: 1 }))).toBe('BAD_IR')
  })

  it('cannot divide by zero with a softmax whose table is nothing', () => {
    const softmax = (m: ModelBuilder) => {
      m.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, (_, i) => [i === 0 ? 2 ** 14 : 0, 0] as const) })
      return [m.node('Softmax', [m.input([4])], [], [4], { table: 0, s: 8 }, 'i16', 14)]
    }
    expect(['BAD_ENCODING', 'STATEMENT_MISMATCH']).toContain(spoiled(softmax, () => {}))
    expect(spoiled(softmax, (ir) => Object.assign((ir.tables as { rows: unknown[] }[])[0]!, { rows: Array(256).fill([0, 0]) }))).toBe(
      'BAD_IR',
    )
  })

  it('cannot make an accumulator leave the field', () => {
    const deep = (d: number, raw: boolean) =>
      build((m) => [
        m.node('Gemm', [m.input([4])], [m.weight([2, 4], 'i16', () => 32767)], [2], {
          d: [d, 0],
          ...(raw ? { raw: 1 } : { s: 40, lo: -32768, hi: 32767 }),
        }),
      ])
    for (const raw of [false, true]) {
      const { ir, weights, metas } = deep(40, raw)
      expect(judge(ir, { weights, metas })).toBe('BOUND_EXCEEDED')
    }
    const bias = build((m) => [
      m.node('Gemm', [m.input([1])], [m.weight([1, 1], 'i16', () => 1), m.weight([1], 'i64', () => 2 ** 62)], [1], { d: [0], raw: 1 }),
    ])
    expect(['BOUND_EXCEEDED', 'BAD_IR']).toContain(judge(bias.ir, bias))
  })
})

describe('trees of a hostile publisher', () => {
  const NONE = 2 ** 31 - 1
  const trees = (change: Partial<Record<'f' | 'thr' | 'left' | 'values' | 'roots' | 'leaves' | 'depth', number[] | number>>) => {
    const at = {
      f: [0, 0, 0],
      thr: [4, NONE, NONE],
      left: [1, 1, 2],
      values: [1, 2],
      roots: [0],
      leaves: [1, 2],
      depth: 1,
      ...change,
    } as Record<string, number[]> & { depth: number }
    const m = new ModelBuilder(8)
    const x = m.input([2], 'i32')
    const w = [
      m.weight([at.f!.length], 'i16', (i) => at.f![i]!),
      m.weight([at.thr!.length], 'i32', (i) => at.thr![i]!),
      m.weight([at.left!.length], 'i32', (i) => at.left![i]!),
      m.weight([at.values!.length, 1], 'i64', (i) => at.values![i]!),
    ]
    const out = m.node('TreeEnsemble', [x], w, [1], { roots: at.roots!, leaves: at.leaves!, depth: at.depth, base: [0] }, 'i64')
    const ir = {
      v: 1,
      name: '',
      inputs: m.inputs,
      outputs: [out],
      nodes: m.nodes,
      tensors: m.tensors,
      weights: m.metas,
      tables: [],
      limb: 8,
    }
    return judge(ir, { weights: m.weights, metas: m.metas })
  }
  it('are refused, the honest one is not', () => {
    expect(['BAD_ENCODING', 'STATEMENT_MISMATCH']).toContain(trees({}))
  })
  it.each<[string, Parameters<typeof trees>[0]]>([
    ['a circle', { left: [0, 1, 2] }],
    ['children outside the table', { left: [2, 1, 2] }],
    ['a child before its parent', { roots: [2], f: [0, 0, 0], thr: [NONE, NONE, 4], left: [0, 1, 0], leaves: [0, 1] }],
    [
      'a path longer than the depth',
      { f: [0, 0, 0, 0, 0], thr: [4, 3, NONE, NONE, NONE], left: [1, 3, 2, 3, 4], leaves: [2, 3, 4], values: [1, 2, 3] },
    ],
    ['a depth of 33', { depth: 33 }],
    ['a depth of 0', { depth: 0 }],
    ['a leaf that is not listed', { leaves: [1], values: [1] }],
    ['a leaf listed twice', { leaves: [1, 1] }],
    ['leaves out of order', { leaves: [2, 1] }],
    ['an inner node listed as a leaf', { leaves: [0, 1, 2], values: [1, 2, 3] }],
    ['a leaf that has a threshold', { thr: [4, 3, NONE] }],
    ['a leaf that asks for another feature', { f: [0, 1, 0] }],
    ['a feature that is not there', { f: [2, 0, 0] }],
    ['a negative feature', { f: [-1, 0, 0] }],
    ['a root outside the table', { roots: [3] }],
    ['no tree', { roots: [] }],
    ['a leaf value of 2^40', { values: [2 ** 40, 0] }],
  ])('with %s are refused', (_, change) => {
    expect(trees(change)).toBe('BAD_IR')
  })
})

describe('a model that is meant to make verifiers work', () => {
  const bounded = (name: string, make: (m: ModelBuilder) => number[], batch = 1) =>
    it(`cannot with ${name}`, () => {
      const { ir, weights, metas } = build(make)
      expect(['LIMIT', 'BAD_IR', 'BOUND_EXCEEDED']).toContain(judge(ir, { weights, metas, batch }))
    })
  const window = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
  bounded('windows of 2^18 taps at 2^18 places', (m) => [
    m.node('AvgPool', [m.input([1, 1023, 1023])], [], [1, 512, 512], { kernel: [512, 512], ...window, c: 1, s: 16, lo: 0, hi: 9 }),
  ])
  bounded('copies of copies of copies', (m) => {
    let x = m.input([1])
    for (let n = 1, i = 0; i < 4; i++, n *= 64) x = m.node('Concat', Array(64).fill(x), [], [64 * n], { ax: 0 })
    return [m.node('Clip', [x], [], [64 ** 4], { s: 1, lo: 0, hi: 9 })]
  })
  bounded('a batch of 4096 large inputs', (m) => [m.node('Clip', [m.input([2 ** 14])], [], [2 ** 14], { s: 1, lo: 0, hi: 9 })], 4096)
  bounded('2^26 cells in each of 500 nodes', (m) => {
    let x = m.input([2 ** 13, 2 ** 13])
    for (let i = 0; i < 500; i++) x = m.node('Clip', [x], [], [2 ** 13, 2 ** 13], { s: 0, lo: -32768, hi: 32767 })
    return [x]
  })
  bounded('attention over 2^13 places', (m) => {
    const x = m.input([2 ** 13, 2 ** 10])
    return [m.node('MatMulAA', [x, x], [], [2 ** 13, 2 ** 13], { s: 40, lo: 0, hi: 9 })]
  })
  bounded('500 reshapes that must each be copied', (m) => {
    let x = m.input([2 ** 10, 2 ** 10 - 1])
    for (let i = 0; i < 250; i++) {
      x = m.node('Transpose', [x], [], [2 ** 10 - 1, 2 ** 10], { perm: [1, 0] })
      x = m.node('Reshape', [x], [], [2 ** 10, 2 ** 10 - 1], {})
    }
    return [x]
  })
})
