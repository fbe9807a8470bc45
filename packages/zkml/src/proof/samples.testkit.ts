import { forEachReal, space } from '../program/space.ts'
import type { AxisMap, Form, Source, Space } from '../program/types.ts'
import { ids, only, type Sample, SampleWriter } from './writer.testkit.ts'

const range = (n: number) => Array.from({ length: n }, (_, i) => i)
const count = (n: number, values: readonly number[]) => range(n).map((i) => values.filter((value) => value === i).length)

/** a·(a + 1) = b at every cell of a padded space. */
export function addHad(writer: SampleWriter, a: number, b: number, over: Space): void {
  const base = writer.base(only(over, a, ids(over.length)))
  const ones = over.map(() => -1)
  writer.constraints.push(['had', [over, [], [[base, 1n]]], [over, [[1n, ones]], [[base, 1n]]], only(over, b, ids(over.length))])
}

/** Every kind of constraint, and every kind of source and map, over axes of which some are padded. `committed`: the weights are in W. */
export function everything({ committed = false, padding }: { committed?: boolean; padding?: () => bigint } = {}): Sample {
  const writer = new SampleWriter()
  const a = [3, 1, 15, 0, 7, 2, 2, 9, 4, 4, 11, 5]
  const weights = [1, -2, 30000, 4, -5, 6, 7, -30000]
  const x = [5, -6, 7, 8, 100, -32768, 32767, 12, 1, 2, 3, 4]
  const over = space([3, 4])
  const A = writer.segment('a', [3, 4], a)
  const B = writer.segment(
    'b',
    [3, 4],
    a.map((v) => v * (v + 1)),
  )
  addHad(writer, A, B, over)

  const row = (values: readonly number[], i: number) => values.slice(4 * i, 4 * i + 4)
  const dot = (u: readonly number[], v: readonly number[]) => u.reduce((sum, value, i) => sum + value * v[i]!, 0)
  const d = writer.vec([1, 4])
  const scaled = (o: number) => (o === 0 ? 1 : 4)

  // Contractions: public by committed, committed by itself, public by public; Z over (o, t).
  const W: Source = committed ? writer.segment('W', [2, 4], weights, 1) : ['pubw', 0, space([2, 4])]
  if (!committed) writer.weights.push(Int16Array.from(weights))
  const out = writer.segment(
    'out',
    [3, 2],
    range(3).flatMap((t) => range(2).map((o) => scaled(o) * dot(row(weights, o), row(a, t)))),
  )
  const L: Form = only(space([2, 4]), W, [
    ['wt', 0, d],
    ['id', 1],
  ])
  const zMaps: AxisMap[] = [
    ['id', 1],
    ['id', 0],
  ]
  writer.constraints.push(['con', L, only(over, A, ids(2)), only(space([2, 3]), out, zMaps), 0, 1, 1, 1])
  const gram = writer.segment(
    'gram',
    [3, 3],
    range(3).flatMap((i) => range(3).map((j) => dot(row(a, i), row(a, j)))),
  )
  writer.constraints.push(['con', only(over, A, ids(2)), only(over, A, ids(2)), only(space([3, 3]), gram, ids(2)), 0, 1, 1, 1])
  writer.tensors.set(0, Int16Array.from(x))
  const first = writer.segment(
    'first',
    [3, 2],
    range(3).flatMap((t) => range(2).map((o) => scaled(o) * dot(row(weights, o), row(x, t)))),
  )
  writer.constraints.push(['con', L, only(over, ['pub', 0, over], ids(2)), only(space([2, 3]), first, zMaps), 0, 1, 1, 1])
  // A contraction per b: Σ_k a(b,k)·x(b,k).
  const diagonal = writer.segment(
    'diagonal',
    [3],
    range(3).map((i) => dot(row(a, i), row(x, i))),
  )
  writer.constraints.push([
    'con',
    only(over, A, ids(2)),
    only(over, ['pub', 0, over], ids(2)),
    only(space([3]), diagonal, ids(1)),
    1,
    0,
    0,
    1,
  ])

  // The raw output is a public tensor.
  writer.tensors.set(
    1,
    BigInt64Array.from(range(3).flatMap((t) => range(2).map((o) => BigInt(scaled(o) * dot(row(weights, o), row(a, t)) + 7)))),
  )
  const raw: Form = [
    space([3, 2]),
    [[-7n, [-1, -1]]],
    [
      [1n, ['pub', 1, space([3, 2])], ids(2)],
      [-1n, out, ids(2)],
    ],
  ]
  writer.constraints.push(['lin', raw])

  addMaps(writer, A, a)
  addLookups(writer, A, a)
  return writer.finish(padding)
}

/** Linear constraints through every axis map. */
function addMaps(writer: SampleWriter, A: number, a: readonly number[]): void {
  const at = (t: number, k: number) => a[4 * t + k]!
  const weigh = writer.vec([1, -2, 3])
  const order = writer.vec([2, 0, 2, 1, 1])
  const cases: [string, readonly number[], AxisMap[], (...cell: number[]) => number][] = [
    [
      'weighted',
      [3, 4],
      [
        ['wt', 0, weigh],
        ['id', 1],
      ],
      (t, k) => [1, -2, 3][t]! * at(t, k),
    ],
    [
      'fixed',
      [4],
      [
        ['fix', 2],
        ['id', 0],
      ],
      (k) => at(2, k),
    ],
    [
      'shifted',
      [3, 6],
      [
        ['id', 0],
        ['shift', 1, 1],
      ],
      (t, k) => (k >= 1 && k < 5 ? at(t, k - 1) : 0),
    ],
    [
      'sliced',
      [3, 2],
      [
        ['id', 0],
        ['shift', 1, -2],
      ],
      (t, k) => at(t, k + 2),
    ],
    [
      'summed',
      [4],
      [
        ['sum', -1, 3],
        ['id', 0],
      ],
      (k) => at(0, k) + at(1, k) + at(2, k),
    ],
    [
      'scored',
      [4],
      [
        ['sum', weigh, 3],
        ['id', 0],
      ],
      (k) => at(0, k) - 2 * at(1, k) + 3 * at(2, k),
    ],
    [
      'after',
      [3, 4],
      [
        ['suffix', 0],
        ['id', 1],
      ],
      (t, k) =>
        range(3)
          .filter((i) => i > t)
          .reduce((sum, i) => sum + at(i, k), 0),
    ],
    [
      'ordered',
      [5, 4],
      [
        ['index', 0, order],
        ['id', 1],
      ],
      (i, k) => at([2, 0, 2, 1, 1][i]!, k),
    ],
    [
      'broadcast',
      [4, 3, 3],
      [
        ['id', 1],
        ['id', 0],
      ],
      (k, t) => at(t, k),
    ],
  ]
  for (const [name, lengths, maps, value] of cases) {
    const cells = space(lengths)
    const values: number[] = []
    forEachReal(space(lengths), (_, ordinal) => {
      const index = lengths.map((n, ax) => Math.floor(ordinal / lengths.slice(ax + 1).reduce((x, y) => x * y, 1)) % n)
      values.push(value(...index))
    })
    const copy = writer.segment(name, lengths, values)
    writer.constraints.push([
      'lin',
      [
        cells,
        [],
        [
          [1n, copy, ids(lengths.length)],
          [-1n, A, maps],
        ],
      ],
    ])
  }
  // A 2×2 window with padding over the map 3×4, stride 2: 2×2 outputs; every tap, and the sum of taps; cells outside count in `missing`.
  const window = [3, 4, 2, 2, 2, 2, 2, 2, 1, 0, 1, 1] as const
  const read = (k: number, o: number) => {
    const y = Math.floor(o / 2) * 2 + Math.floor(k / 2) - 1
    const x = (o % 2) * 2 + (k % 2)
    return y >= 0 && y < 3 && x < 4 ? y * 4 + x : -1
  }
  const map = writer.segment('map', [12], a)
  const taps = range(4).flatMap((k) => range(4).map((o) => ({ k, o, cell: read(k, o) })))
  const windows = writer.segment(
    'windows',
    [4, 4],
    taps.map(({ cell }) => (cell < 0 ? 0 : a[cell]!)),
  )
  writer.constraints.push([
    'lin',
    [
      space([4, 4]),
      [],
      [
        [1n, windows, ids(2)],
        [-1n, map, [['gather', 0, 1, window]]],
      ],
    ],
  ])
  const sums = writer.segment(
    'sums',
    [4],
    range(4).map((o) => taps.filter((tap) => tap.o === o).reduce((sum, { cell }) => sum + (cell < 0 ? 0 : a[cell]!), 0)),
  )
  writer.constraints.push([
    'lin',
    [
      space([4]),
      [],
      [
        [1n, sums, ids(1)],
        [-1n, map, [['gather', -1, 0, window]]],
      ],
    ],
  ])
  const missing = writer.segment(
    'missing',
    [4, 4],
    taps.map(({ cell }) => (cell < 0 ? 1 : 0)),
  )
  const ones: Source = ['ones', space([12])]
  writer.constraints.push([
    'lin',
    [
      space([4, 4]),
      [[-1n, [-1, -1]]],
      [
        [1n, missing, ids(2)],
        [1n, ones, [['gather', 0, 1, window]]],
      ],
    ],
  ])
  // A convolution: Z(o) = Σ_k g(k)·map(gather(k, o)).
  const g = [3, -1, 2, 5]
  writer.tensors.set(2, Int32Array.from(g))
  const conv = writer.segment(
    'conv',
    [4],
    range(4).map((o) => taps.filter((tap) => tap.o === o).reduce((sum, { k, cell }) => sum + (cell < 0 ? 0 : g[k]! * a[cell]!), 0)),
  )
  const kernel = only(space([4]), ['pub', 2, space([4])], ids(1))
  writer.constraints.push(['con', kernel, only(space([4, 4]), map, [['gather', 1, 0, window]]), only(space([4]), conv, ids(1)), 0, 0, 1, 1])
}

/** A range of 4 bits, and a table of rows (i, i² − 3, constant + committed) with a padded number of rows. */
function addLookups(writer: SampleWriter, A: number, a: readonly number[]): void {
  const over = space([3, 4])
  const ranged = writer.segment('range4', [16], count(16, a))
  writer.tables.push([4, 'range', 4, [], space([16]), ranged])
  writer.constraints.push(['look', 4, [only(over, A, ids(2))]])
  const keys = [0, 4, 4, 2, 5]
  const squares = range(6).map((i) => i * i - 3)
  const key = writer.segment('key', [5], keys)
  const image = writer.segment(
    'image',
    [5],
    keys.map((i) => squares[i]!),
  )
  const column = writer.vec(range(6))
  const values = writer.vec(squares)
  const rows = space([6])
  const mult = writer.segment('rows', [6], count(6, keys))
  writer.tables.push([
    32,
    'rows',
    0,
    [
      [rows, [[1n, [column]]], []],
      [rows, [[1n, [values]]], []],
    ],
    rows,
    mult,
  ])
  // The image is looked up as image − 1 + 1: a form with a constant.
  const shifted: Form = [
    space([5]),
    [
      [1n, [-1]],
      [-1n, [-1]],
    ],
    [[1n, image, ids(1)]],
  ]
  writer.constraints.push(['look', 32, [only(space([5]), key, ids(1)), shifted]])
}
