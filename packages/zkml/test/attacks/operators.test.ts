import { describe, expect, it } from 'vitest'
import type { ModelBuilder } from '../../src/program/model.testkit.ts'
import { fastProve, verdicts } from '../reference/bridge.ts'
import { type Family, families, run } from './families.ts'
import { type Change, Liar, limbs } from './witness.ts'

const family = (name: string): Family => families.find((one) => one.name === name)!
const liarOf = ({ build, options }: Family) => new Liar(build, options)
const refused = (liar: Liar, change: Change, code: string) => {
  const { verdicts: said, broken } = liar.tell(change)
  expect(broken).toBeDefined()
  expect(said).toEqual([code, code])
}
const put = (i: number, value: bigint) => (cells: bigint[]) => cells.map((cell, j) => (i === j ? value : cell))
const more = (i: number, by: bigint) => (cells: bigint[]) => cells.map((cell, j) => (i === j ? cell + by : cell))
const out = (liar: Liar, id = 1) => liar.lie.statement.pub.tensors.get(id)!

// Segments are numbered by creation (SPEC 3.6), which the published program bytes fix.
describe('a table', () => {
  const liar = liarOf(family('table'))
  const [y0, y1, r, i, t, s, l] = [0, 1, 2, 3, 4, 5, 6]
  const rows = liar.lie.made.ir.tables[0]!.rows
  const at = Number(liar.segment(i)[2]!)
  const low = liar.segment(l)[2]!
  it('cannot give the row of a neighbouring part', () => {
    const [t1, s1] = rows[at + 1]!
    const acc = 256n * BigInt(t1) + BigInt(s1) * low + 128n
    const value = acc >> 8n
    const y = put(2, value)(out(liar).slice())
    const lie = {
      [y0]: put(2, value & 255n),
      [y1]: put(2, value >> 8n),
      [r]: put(2, acc & 255n),
      [t]: put(2, BigInt(t1)),
      [s]: put(2, BigInt(s1)),
    }
    refused(liar, { segments: lie, outputs: { 1: y } }, 'LOOKUP')
  })
  it('cannot stand in for a range, though its rows look like one', () => {
    // All rows of the table are (i, 0, 0). A remainder of 2^s or more is row r of it, and counted there.
    const s = 4
    const both = new Liar(
      (m) => {
        m.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, () => [0, 0] as const) })
        const x = m.input([1])
        return [m.node('Clip', [x], [], [1], { s, lo: -32768, hi: 32767 }), m.node('Pwl', [x], [], [1], { table: 0, raw: 1 })]
      },
      { value: () => 1000 },
    )
    const y = out(both)[0]! - 1n
    const remainder = both.segment(2)[0]! + 2n ** BigInt(s)
    const lie = { ...limbs([0, 1], 8, y + 32768n), 2: put(0, remainder) }
    for (const counted of [[], [[32, Number(remainder), 1n]]] as const)
      refused(both, { segments: lie, outputs: { 1: [y] }, counted }, 'LOOKUP')
  })
  it('cannot split its argument in another way', () => {
    for (const by of [1n, -1n]) refused(liar, { segments: { [i]: more(2, by), [l]: more(2, -256n * by) } }, 'LOOKUP')
    refused(liar, { segments: { [l]: more(2, 1n) } }, 'BATCH')
  })
})

describe('a maximum', () => {
  const pool = (m: ModelBuilder) => [
    m.node('MaxPool', [m.input([1, 3, 3])], [], [1, 1, 1], { kernel: [3, 3], stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }),
  ]
  const liar = new Liar(pool)
  const [Y, D0, D1, sel] = [0, 1, 2, 3]
  const x = [...liar.lie.statement.pub.tensors.get(0)!]
  const most = out(liar)[0]!
  const second = x.filter((value) => value !== most).reduce((a, b) => (a > b ? a : b))
  /** Says that the maximum is `value`, at the places `chosen`. */
  const say = (value: bigint, chosen: readonly bigint[]): Change => ({
    segments: {
      [Y]: () => [value],
      [D0]: () => x.map((one) => (value - one < 0n ? value - one : (value - one) & 255n)),
      [D1]: () => x.map((one) => (value - one < 0n ? 0n : (value - one) >> 8n)),
      [sel]: () => chosen,
    },
    outputs: { 1: [value] },
  })
  const chosen = (value: bigint) => x.map((one) => (one === value ? 1n : 0n))
  it('is what it is', () => {
    expect(liar.tell(say(most, chosen(most)))).toEqual({ verdicts: ['ok', 'ok'], broken: undefined })
  })
  it('cannot be another value of the window', () => refused(liar, say(second, chosen(second)), 'LOOKUP'))
  it('cannot be a value that is not in the window', () => {
    refused(liar, say(most + 1n, chosen(most)), 'BATCH')
    refused(
      liar,
      say(
        most + 1n,
        x.map(() => 0n),
      ),
      'BATCH',
    )
  })
  it('cannot be chosen on a padding cell of the window', () => {
    const { segments, outputs } = say(
      most + 1n,
      x.map(() => 0n),
    )
    refused(
      liar,
      { segments: segments!, outputs: outputs!, cells: { [sel]: (cells) => cells.map((cell, i) => (i === 15 ? 1n : cell)) } },
      'BATCH',
    )
  })
  it('may have anything on the padding cells, as nothing reads them', () => {
    const { segments, outputs } = say(most, chosen(most))
    expect(
      liar.tell({ segments: segments!, outputs: outputs!, cells: { [sel]: (cells) => cells.map((cell, i) => (i >= 9 ? 77n : cell)) } })
        .verdicts,
    ).toEqual(['ok', 'ok'])
  })
  it('cannot be chosen on a cell beside the map', () => {
    // Windows of two over −5, 7, 9: the first misses its left cell. Cells are (k, o).
    const a = { kernel: [1, 2], stride: [1, 1], pad: [0, 1, 0, 0], dil: [1, 1] }
    const edge = new Liar((m) => [m.node('MaxPool', [m.input([1, 1, 3])], [], [1, 1, 3], a)], { value: (i) => [-5, 7, 9][i]! })
    expect(out(edge)).toEqual([-5n, 7n, 9n])
    const first = (value: bigint, rest: bigint): Change => ({
      segments: {
        [Y]: put(0, value),
        [D0]: (cells) => put(3, rest)(put(0, (value + 32768n) & 255n)(cells)),
        [D1]: (cells) => put(3, 0n)(put(0, (value + 32768n) >> 8n)(cells)),
        [sel]: (cells) => put(3, 0n)(put(0, 1n)(cells)),
      },
      outputs: { 1: put(0, value)(out(edge).slice()) },
    })
    refused(edge, first(0n, 5n), 'BATCH')
    refused(edge, first(-32768n, -32763n), 'LOOKUP')
  })
  it('may be chosen on a channel that is padding, which does not help a wrong one', () => {
    // Cells are (channel, k, o), 2 + 4 + 0 bits; there are three channels.
    const a = { kernel: [3, 3], stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
    const wide = new Liar((m) => [m.node('MaxPool', [m.input([3, 3, 3])], [], [3, 1, 1], a)])
    const choose = { [sel]: (cells: bigint[]) => cells.map((cell, i) => (i === 3 * 16 ? 1n : cell)) }
    expect(wide.tell({ cells: choose }).verdicts).toEqual(['ok', 'ok'])
    const lie = {
      [Y]: more(0, 1n),
      [D0]: (cells: bigint[]) => cells.map((cell, i) => (i < 9 ? (cell + 1n) & 255n : cell)),
      [D1]: (cells: bigint[]) => cells.map((cell, i) => (i < 9 && wide.segment(D0)[i] === 255n ? cell + 1n : cell)),
      [sel]: (cells: bigint[]) => cells.map((cell, i) => (i < 9 ? 0n : cell)),
    }
    refused(wide, { segments: lie, cells: choose, outputs: { 1: more(0, 1n)(out(wide).slice()) } }, 'BATCH')
  })
  it('may be chosen by shares that add up to one, among equal cells only', () => {
    const equal = new Liar(pool, { value: (i) => (i < 2 ? 50 : i) })
    expect(equal.tell({ segments: { [sel]: (cells) => [5n, -4n, ...cells.slice(2)] } })).toEqual({
      verdicts: ['ok', 'ok'],
      broken: undefined,
    })
    refused(equal, { segments: { [sel]: () => [1n, 0n, 1n, -1n, 0n, 0n, 0n, 0n, 0n] } }, 'BATCH')
  })
})

describe('the index of a maximum', () => {
  const liar = liarOf(family('argmax'))
  const [sel, d0, d1, m] = [0, 1, 2, 3]
  const say = (at: number, most: bigint): Change => {
    const x = [3n, 9n, 9n, 1n]
    const rest = x.map((value, j) => most - value - (at > j ? 1n : 0n))
    return {
      segments: { [sel]: () => x.map((_, j) => (j === at ? 1n : 0n)), [d0]: () => rest, [d1]: () => rest.map(() => 0n), [m]: () => [most] },
      outputs: { 1: [BigInt(at)] },
    }
  }
  it('is the first of two', () => expect(liar.tell(say(1, 9n))).toEqual({ verdicts: ['ok', 'ok'], broken: undefined }))
  it('cannot be the second of two', () => refused(liar, say(2, 9n), 'LOOKUP'))
  it('cannot be that of a smaller cell', () => {
    refused(liar, say(0, 3n), 'LOOKUP')
    refused(liar, say(0, 9n), 'BATCH')
    refused(liar, say(1, 10n), 'BATCH')
  })
  it('cannot be none or two', () => {
    refused(liar, { segments: { [sel]: (cells) => cells.map(() => 0n) }, outputs: { 1: [0n] } }, 'BATCH')
    refused(liar, { segments: { [sel]: () => [0n, 1n, 1n, -1n] }, outputs: { 1: [0n] } }, 'LOOKUP')
  })
})

describe('a softmax', () => {
  const liar = liarOf(family('softmax'))
  const whole = (segs: readonly number[]) =>
    liar.segment(segs[0]!).map((_, i) => segs.reduce((total, seg, j) => total + (liar.segment(seg)[i]! << BigInt(8 * j)), 0n))
  const [e, y, rem, above] = [whole([4, 5]), whole([13, 14]), whole([15, 16, 17]), whole([18, 19, 20])]
  const S = e.reduce((a, b) => a + b, 0n)
  /** Writes numbers in cell 1 of some limbs. */
  const write = (segs: readonly number[], value: bigint) =>
    Object.fromEntries(
      Object.entries(limbs(segs, 8, value)).map(([seg, edit]) => [
        seg,
        (cells: bigint[]) => cells.map((cell, i) => (i === 1 ? edit([0n])[0]! : cell)),
      ]),
    )
  it('has the remainders that the specification says', () => {
    e.forEach((one, i) => {
      expect(y[i]! * 2n * S + rem[i]!).toBe(2n ** 15n * one + S)
      expect(rem[i]! + above[i]!).toBe(2n * S - 1n)
    })
  })
  it('cannot be one less with a remainder of 2S or more, or one more with one below 0', () => {
    for (const by of [1n, -1n]) {
      const value = y[1]! - by
      const remainder = rem[1]! + by * 2n * S
      const segments = { ...write([13, 14], value), ...write([15, 16, 17], remainder), ...write([18, 19, 20], 2n * S - 1n - remainder) }
      refused(liar, { segments, outputs: { 1: put(1, value)([...out(liar)]) } }, 'LOOKUP')
    }
  })
  it('cannot hide such a remainder', () => {
    const remainder = rem[1]! + 2n * S
    refused(
      liar,
      {
        segments: { ...write([13, 14], y[1]! - 1n), ...write([15, 16, 17], remainder) },
        outputs: { 1: put(1, y[1]! - 1n)([...out(liar)]) },
      },
      'BATCH',
    )
  })
  it('cannot change an exponential, and with it the sum', () => {
    refused(liar, { segments: { ...write([4, 5], e[1]! + 1n) } }, 'BATCH')
    refused(liar, { segments: { ...write([4, 5], e[1]! + 1n), ...write([6, 7], 2n ** 14n - e[1]! - 1n), 8: more(1, -256n) } }, 'LOOKUP')
  })
  it('gives 2^14 to one element that stands above all others', () => {
    const lonely = new Liar(family('softmax').build, { value: (i) => (i === 0 ? 30000 : -30000) })
    expect(out(lonely)).toEqual([2n ** 14n, 0n, 0n])
    expect(lonely.tell({}).verdicts).toEqual(['ok', 'ok'])
  })
})

describe('trees', () => {
  const liar = liarOf(family('trees'))
  const [f, t, L, x, b, v0, v1] = [0, 1, 2, 3, 4, 9, 10]
  const delta = [5, 6, 7, 8]
  // Cells are (depth, batch, tree); the first input is 5, −7, 100: tree 0 goes right at once, to leaf 2.
  const [top, next, leaf] = [0, 4, 0]
  const spread = (cell: number, value: bigint) =>
    Object.fromEntries(Object.entries(limbs(delta, 8, value)).map(([seg, edit]) => [seg, put(cell, edit([0n])[0]!)]))
  it('answer what the trees say', () => {
    // 5, −7, 100: leaves 2 and 7. 12, 3, −9: leaves 2 and 6.
    expect(out(liar)).toEqual([7n + 10n - 500n, -7n - 1n + 6n, 7n + 10n + 400n, -7n - 1n + 5n])
    expect(liar.tell({}).verdicts).toEqual(['ok', 'ok'])
  })
  it('cannot go to the wrong child', () => {
    // Everything below the wrong turn is right: node 1, then right again to leaf 4 of scores 30, −3.
    const path = {
      [b]: (c: bigint[]) => put(next, 1n)(put(top, 0n)(c)),
      [f]: put(next, 1n),
      [t]: put(next, -8n),
      [L]: put(next, 3n),
      [x]: put(next, -7n),
    }
    const scores = { [v0]: put(leaf, 30n), [v1]: put(leaf, -3n) }
    const now = out(liar)
    const outputs = { 1: [now[0]! + 20n, now[1]! - 2n, now[2]!, now[3]!] }
    const both = (first: bigint) => ({ ...spread(top, first) })
    const lie = (first: bigint) => {
      const edits: Record<number, (cells: bigint[]) => readonly bigint[]> = { ...path, ...scores }
      const below = spread(next, 0n)
      for (const seg of delta) edits[seg] = (cells) => below[seg]!(both(first)[seg]!(cells))
      return { segments: edits, outputs }
    }
    refused(liar, lie(-1n), 'LOOKUP')
    refused(liar, lie(0n), 'BATCH')
  })
  it('cannot come to a sibling from the wrong side', () => {
    // Child 2 is the left child's right neighbour: as child 2 + 0 it is the same leaf, but of no node.
    refused(liar, { segments: { [L]: put(top, 2n), [b]: put(top, 0n), ...spread(top, -1n) } }, 'LOOKUP')
    refused(liar, { segments: { [L]: put(top, 2n), [b]: put(top, 0n) } }, 'LOOKUP')
  })
  it('cannot take a step that is neither left nor right', () => {
    for (const step of [2n, -1n]) refused(liar, { segments: { [b]: put(top, step) } }, 'LOOKUP')
  })
  it('cannot read another feature, or that of another request', () => {
    for (const value of [-7n, 100n, 12n]) refused(liar, { segments: { [x]: put(top, value), ...spread(top, value - 5n) } }, 'LOOKUP')
  })
  it('cannot move a threshold or change what a node asks', () => {
    refused(liar, { segments: { [t]: put(top, 5n) } }, 'LOOKUP')
    refused(liar, { segments: { [f]: put(top, 1n), [x]: put(top, -7n) } }, 'LOOKUP')
    refused(liar, { segments: { [L]: put(top, 3n) } }, 'LOOKUP')
  })
  it('cannot take the leaf of another tree', () => {
    const now = out(liar)
    refused(
      liar,
      { segments: { [v0]: put(leaf, 400n), [v1]: put(leaf, 5n) }, outputs: { 1: [now[0]! + 390n, now[1]! + 6n, now[2]!, now[3]!] } },
      'LOOKUP',
    )
  })
  it('cannot stop before a leaf', () => {
    // The second tree is a level shorter and waits on its leaf. The first may not wait on node 0.
    const stay = { [f]: put(next, 0n), [t]: put(next, 4n), [L]: put(next, 1n), [x]: put(next, 5n), [b]: put(next, 1n) }
    refused(liar, { segments: { ...stay, ...spread(next, 0n) } }, 'LOOKUP')
  })
})

/** Two models of the same shape: the run of the second is offered as one of the first. */
const twins: readonly [name: string, Family['build'], Family['build']][] = [
  ['a bias that is one larger', (m) => dense(m, 0, 1), (m) => dense(m, 1, 1)],
  ['a weight that is one larger', (m) => dense(m, 0, 1), (m) => dense(m, 0, 2)],
  ['a window that is shifted by one', (m) => conv(m, [1, 1, 1, 1], [2, 2]), (m) => conv(m, [0, 0, 2, 2], [2, 2])],
  ['a window with another step', (m) => conv(m, [0, 0, 1, 1], [2, 2]), (m) => conv(m, [0, 0, 0, 0], [1, 1])],
  ['a sum of parts in another order', (m) => joined(m, false), (m) => joined(m, true)],
  ['a border that is not 0', (m) => bordered(m, 0), (m) => bordered(m, 5)],
  ['another permutation', (m) => turned(m, [0, 1]), (m) => turned(m, [1, 0])],
]
const dense = (m: ModelBuilder, b: number, w: number) => [
  m.node('Gemm', [m.input([2])], [m.weight([1, 2], 'i16', (i) => 300 * w * (i + 1)), m.weight([1], 'i64', () => 16 * b)], [1], {
    d: [0],
    s: 4,
    lo: -32768,
    hi: 32767,
  }),
]
const conv = (m: ModelBuilder, pad: number[], stride: number[]) => [
  m.node('Conv', [m.input([1, 3, 3])], [m.weight([1, 1, 2, 2], 'i16', (i) => 100 + i)], [1, 2, 2], {
    group: 1,
    stride,
    pad,
    dil: [1, 1],
    d: [0],
    s: 8,
    lo: -32768,
    hi: 32767,
  }),
]
const bordered = (m: ModelBuilder, value: number) => {
  const wide = m.node('Pad', [m.input([1, 3, 3])], [], [1, 3, 4], { ax: 2, before: 0, after: 1, value })
  return [
    m.node('Conv', [wide], [m.weight([1, 1, 2, 2], 'i16', (i) => 100 + i)], [1, 2, 3], {
      ...{ group: 1, stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1], d: [0] },
      ...{ s: 8, lo: -32768, hi: 32767 },
    }),
  ]
}
const joined = (m: ModelBuilder, swapped: boolean) => {
  const x = m.input([2])
  const parts = [
    m.node('Clip', [x], [], [2], { s: 1, lo: -32768, hi: 32767 }),
    m.node('Clip', [x], [], [2], { s: 2, lo: -32768, hi: 32767 }),
  ]
  return [m.node('Concat', swapped ? [parts[1]!, parts[0]!] : parts, [], [4], { ax: 0 })]
}
const turned = (m: ModelBuilder, perm: number[]) => [
  m.node('Transpose', [m.node('Clip', [m.input([2, 2])], [], [2, 2], { s: 1, lo: -32768, hi: 32767 })], [], [2, 2], { perm }),
]

describe('the run of a model with', () => {
  it.each(twins)('%s is refused', (_, first, second) => {
    const values = { value: (i: number) => 40 * i + 17 }
    const [honest, other] = [first, second].map((build) => run({ name: '', build, options: values })) as [
      ReturnType<typeof run>,
      ReturnType<typeof run>,
    ]
    expect(other.w.length).toBe(honest.w.length)
    const tensors = new Map([...honest.statement.pub.tensors, ...other.statement.pub.tensors])
    const statement = { ...honest.statement, pub: { ...honest.statement.pub, tensors } }
    expect(verdicts(honest.statement, fastProve(honest.statement, honest.w))).toEqual(['ok', 'ok'])
    expect(verdicts(statement, fastProve(statement, other.w))).toEqual(['BATCH', 'BATCH'])
  })
})

describe('a raw output over an axis of three, with a bias', () => {
  it('is proved, and no other: padding has no bias', () => {
    const liar = new Liar((m) => [m.gemm(m.input([3, 2]), 3, { raw: 1 })])
    expect(liar.tell({}).verdicts).toEqual(['ok', 'ok'])
    out(liar).forEach((_, i) => {
      refused(liar, { outputs: { 1: more(i, 1n)(out(liar).slice()) } }, 'BATCH')
    })
  })
})
