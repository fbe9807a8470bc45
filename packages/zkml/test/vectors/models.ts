import type { Attributes } from '../../src/ir/types.ts'
import { ModelBuilder, RELU, rounding } from '../../src/program/model.testkit.ts'

/** A model whose program is a vector, and how it is lowered. */
export interface ProgramStory {
  readonly name: string
  readonly says: string
  readonly weights: 'public' | 'committed'
  readonly batch: number
  readonly build: () => { readonly model: ModelBuilder; readonly outputs: readonly number[] }
}

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] } as const

/** An exponential that gives exactly 2^14 at 0, written with integers alone: halved every eleven rows. */
function softmaxTable(model: ModelBuilder): number {
  const value = (i: number) => Math.floor(2 ** (14 - Math.floor(i / 11)))
  const rows = Array.from({ length: 256 }, (_, i) => [value(i), value(i + 1) - value(i)] as const)
  return model.tables.push({ id: model.tables.length, kind: 'pwl', rows }) - 1
}

function conv(model: ModelBuilder, x: number, axes: readonly number[], kernel: readonly number[], a: Attributes): number {
  const group = (a.group as number | undefined) ?? 1
  const [inputs = 1] = model.tensors[x]!.axes
  const [outputs = 1] = axes
  const w = [model.noise([outputs, inputs / group, ...kernel], 'i16', 400), model.noise([outputs], 'i64', 70_000)]
  return model.node('Conv', [x], w, axes, { ...WINDOW, group, d: Array(outputs).fill(0), ...rounding(a) })
}

/** Three trees over four features: two stumps and one of depth two. */
function trees(model: ModelBuilder, scores: number): number {
  const leaf = 2 ** 31 - 1
  const rows = [
    [2, -5, 1],
    [0, leaf, 1],
    [0, leaf, 2],
    [0, 9, 4],
    [3, 0, 6],
    [0, leaf, 5],
    [0, leaf, 6],
    [0, leaf, 7],
    [1, 77, 9],
    [0, leaf, 9],
    [0, leaf, 10],
  ]
  const column = (i: number, dt: 'i16' | 'i32') => model.weight([rows.length], dt, (row) => rows[row]![i]!)
  const w = [column(0, 'i16'), column(1, 'i32'), column(2, 'i32'), model.noise([7, scores], 'i64', 10_000_000)]
  const base = Array.from({ length: scores }, (_, c) => 3 - 10 * c)
  const a = { roots: [0, 3, 8], leaves: [1, 2, 5, 6, 7, 9, 10], depth: 2, base }
  return model.node('TreeEnsemble', [model.input([4], 'i32')], w, [scores], a, 'i64')
}

function started(limb: 8 | 16, seed: number): ModelBuilder {
  return new ModelBuilder(limb, seed)
}

/** The reference programs: together they use every operator, both limbs, a batch, and committed weights. */
export const PROGRAM_STORIES: readonly ProgramStory[] = [
  {
    name: 'mlp',
    says: 'two ReLU layers and a raw output, limbs of 8 bits',
    weights: 'public',
    batch: 1,
    build: () => {
      const model = started(8, 1)
      const hidden = model.gemm(model.gemm(model.input([16]), 12, { ...RELU, s: 12 }), 12, { ...RELU, s: 12 })
      return { model, outputs: [model.gemm(hidden, 1, { raw: 1 })] }
    },
  },
  {
    name: 'rows',
    says: 'Gemm over rows with a scale per channel, LeakyRelu, Clip to a range that is no power of two; a batch; limbs of 16 bits',
    weights: 'public',
    batch: 3,
    build: () => {
      const model = started(16, 2)
      const first = model.gemm(model.input([3, 6]), 5, { d: [0, 2, 1, 0, 3], s: 10 })
      const leaky = model.node('LeakyRelu', [first], [], [3, 5], { k: 8, alpha: 20, s: 8, lo: -32768, hi: 32767 })
      const clipped = model.node('Clip', [leaky], [], [3, 5], { s: 1, lo: -500, hi: 700 })
      return { model, outputs: [model.gemm(clipped, 2, {}, false), clipped] }
    },
  },
  {
    name: 'cnn',
    says: 'Conv with padding and stride, MaxPool with a missing cell, AvgPool, Concat, and Gemm on the flattened maps',
    weights: 'public',
    batch: 1,
    build: () => {
      const model = started(8, 3)
      const maps = conv(model, model.input([2, 7, 6]), [3, 4, 6], [3, 3], { ...RELU, stride: [2, 1], pad: [1, 1, 1, 1], s: 10 })
      const pool = { kernel: [2, 2], stride: [2, 2], dil: [1, 1] }
      const max = model.node('MaxPool', [maps], [], [3, 3, 3], { ...pool, pad: [1, 0, 1, 0] })
      const mean = model.node('AvgPool', [maps], [], [3, 2, 3], rounding({ ...pool, pad: [0, 0, 0, 0], c: 64 }))
      const flat = (x: number, n: number) => model.node('Reshape', [x], [], [n], {})
      const joined = model.node('Concat', [flat(max, 27), flat(mean, 18)], [], [45], { ax: 0 })
      return { model, outputs: [model.gemm(joined, 4, { raw: 1 })] }
    },
  },
  {
    name: 'groups',
    says: 'a depthwise Conv, one in two groups with dilation, and a Conv over a single cell; limbs of 16 bits',
    weights: 'public',
    batch: 2,
    build: () => {
      const model = started(16, 4)
      const depthwise = conv(model, model.input([4, 5, 5]), [4, 4, 4], [2, 2], { group: 4 })
      const grouped = conv(model, depthwise, [6, 2, 2], [2, 2], { group: 2, dil: [2, 2] })
      const mean = model.node('AvgPool', [grouped], [], [6, 1, 1], rounding({ ...WINDOW, kernel: [2, 2], c: 64 }))
      return { model, outputs: [conv(model, mean, [3, 1, 1], [1, 1], { raw: 1 })] }
    },
  },
  {
    name: 'attention',
    says: 'Reshape to heads, Transpose, MatMulAA, Softmax and back',
    weights: 'public',
    batch: 1,
    build: () => {
      const model = started(8, 5)
      const table = softmaxTable(model)
      const x = model.input([3, 4])
      const heads = (t: number) =>
        model.node('Transpose', [model.node('Reshape', [t], [], [3, 2, 2], {})], [], [2, 3, 2], { perm: [1, 0, 2] })
      const [q, k, v] = [heads(model.gemm(x, 4)), heads(model.gemm(x, 4)), heads(model.gemm(x, 4))]
      const shares = model.node(
        'Softmax',
        [model.node('MatMulAA', [q, k], [], [2, 3, 3], rounding({ s: 6 }))],
        [],
        [2, 3, 3],
        { table, s: 0 },
        'i16',
        14,
      )
      const columns = model.node('Transpose', [v], [], [2, 2, 3], { perm: [0, 2, 1] })
      const mixed = model.node('MatMulAA', [shares, columns], [], [2, 3, 2], rounding({ s: 14 }))
      const rows = model.node('Reshape', [model.node('Transpose', [mixed], [], [3, 2, 2], { perm: [1, 0, 2] })], [], [3, 4], {})
      return { model, outputs: [model.gemm(rows, 2, { raw: 1 })] }
    },
  },
  {
    name: 'trees',
    says: 'three trees of different depth with two scores, over a batch',
    weights: 'public',
    batch: 2,
    build: () => {
      const model = started(8, 6)
      return { model, outputs: [trees(model, 2)] }
    },
  },
  {
    name: 'choice',
    says: 'Affine with constants per channel, Pwl, Pad, Gather, Slice, an odd Reshape, and ArgMax',
    weights: 'public',
    batch: 2,
    build: () => {
      const model = started(8, 7)
      model.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, (_, i) => [i * i - 30_000, 2 * i + 1] as const) })
      const scaled = model.node('Affine', [model.input([2, 5])], [], [2, 5], rounding({ ax: 1, c1: [1, -2, 3, -4, 5], c0: 70, s: 1 }))
      const bent = model.node('Pwl', [scaled], [], [2, 5], rounding({ table: 0, s: 9 }))
      const sum = model.node('Affine', [bent, scaled], [], [2, 5], rounding({ ax: 0, c1: 3, c2: [-1, 2], c0: [0, 9], s: 2 }))
      const padded = model.node('Pad', [sum], [], [2, 9], { ax: 1, before: 1, after: 3, value: -6 })
      const odd = model.node('Reshape', [padded], [], [3, 6], {})
      const turned = model.node('Gather', [odd], [], [3, 5], { ax: 1, idx: [5, 0, 0, 2, 4] })
      const part = model.node('Slice', [turned], [], [2, 5], { ax: 0, start: 1, len: 2 })
      return { model, outputs: [model.node('ArgMax', [part], [], [2, 1], {}), turned] }
    },
  },
  {
    name: 'committed',
    says: 'committed weights: a Conv on the public input, Gemm, and trees whose tables are committed',
    weights: 'committed',
    batch: 1,
    build: () => {
      const model = started(8, 8)
      const maps = conv(model, model.input([2, 4, 4]), [3, 3, 3], [2, 2], { ...RELU, s: 10 })
      const flat = model.node('Reshape', [maps], [], [27], {})
      return { model, outputs: [model.gemm(flat, 3, {}), trees(model, 1)] }
    },
  },
  {
    name: 'views',
    says: 'index maps through index maps without a copy: shift of shift, slice of a part, constants through a slice, transpositions, two sources',
    weights: 'public',
    batch: 2,
    build: () => {
      const model = started(16, 9)
      const x = model.input([3, 4])
      const y = model.node('Clip', [x], [], [3, 4], { s: 1, lo: -500, hi: 700 })
      const turned = model.node('Transpose', [y], [], [4, 3], { perm: [1, 0] })
      const padded = model.node('Pad', [turned], [], [7, 3], { ax: 0, before: 2, after: 1, value: -6 })
      const part = model.node('Slice', [padded], [], [5, 3], { ax: 0, start: 1, len: 5 })
      const back = model.node('Transpose', [part], [], [3, 5], { perm: [1, 0] })
      const joined = model.node('Concat', [back, x, back], [], [3, 14], { ax: 1 })
      const cut = model.node('Slice', [joined], [], [3, 12], { ax: 1, start: 0, len: 12 })
      const picked = model.node('Gather', [cut], [], [4, 12], { ax: 0, idx: [2, 0, 0, 1] })
      const row = model.node('Reshape', [model.node('Slice', [cut], [], [1, 12], { ax: 0, start: 1, len: 1 })], [], [12], {})
      return { model, outputs: [model.node('Clip', [picked], [], [4, 12], { s: 2, lo: -300, hi: 300 }), model.gemm(row, 3, { raw: 1 })] }
    },
  },
  {
    name: 'copies',
    says: 'views that are copied: axes merged and split in several steps, a public input over other axes, a join of many parts, axes of length 1 that stay',
    weights: 'public',
    batch: 2,
    build: () => {
      const model = started(16, 10)
      const x = model.input([2, 3, 2, 2])
      const y = model.node('Clip', [x], [], [2, 3, 2, 2], { s: 1, lo: -500, hi: 700 })
      const reshape = (t: number, axes: readonly number[]) => model.node('Reshape', [t], [], axes, {})
      const flat = model.node('Gather', [reshape(y, [24])], [], [30], { ax: 0, idx: Array.from({ length: 30 }, (_, i) => (7 * i) % 24) })
      const split = model.node('Transpose', [reshape(flat, [2, 3, 5])], [], [5, 3, 2], { perm: [2, 1, 0] })
      const odd = model.node('Transpose', [reshape(y, [3, 8])], [], [8, 3], { perm: [1, 0] })
      const anew = model.node('Slice', [reshape(x, [6, 4])], [], [6, 2], { ax: 1, start: 1, len: 2 })
      const once = model.node('Concat', Array<number>(33).fill(anew), [], [198, 2], { ax: 0 })
      const many = model.node('Concat', Array<number>(32).fill(once), [], [198, 64], { ax: 1 })
      const joined = model.node('Concat', [y, y], [], [4, 3, 2, 2], { ax: 0 })
      const one = model.node('Slice', [joined], [], [1, 3, 2, 2], { ax: 0, start: 3, len: 1 })
      const maps = model.node('AvgPool', [reshape(one, [3, 1, 4])], [], [3, 1, 3], rounding({ ...WINDOW, kernel: [1, 2], c: 64 }))
      const some = model.node('Gather', [many], [], [2, 64], { ax: 0, idx: [0, 197] })
      return { model, outputs: [split, model.gemm(odd, 2, { raw: 1 }), maps, some, model.gemm(one, 2, {})] }
    },
  },
]
