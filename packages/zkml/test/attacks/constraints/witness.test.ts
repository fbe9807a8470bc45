import { describe, expect, it } from 'vitest'
import { invert, mod } from '../../../reference/field.ts'
import type { ModelBuilder } from '../../../src/program/model.testkit.ts'
import { families } from '../families.ts'
import { type Change, Liar, limbs } from '../witness.ts'

/** Lies about the rules that have the fewest constraints, each with a witness that breaks as little as it can. */
const refused = (liar: Liar, change: Change, code: 'LOOKUP' | 'BATCH') => {
  const { verdicts, broken } = liar.tell(change)
  expect(broken).toBeDefined()
  expect(verdicts).toEqual([code, code])
}
const put = (i: number, value: bigint) => (cells: bigint[]) => cells.map((cell, j) => (i === j ? value : cell))
const all =
  (...values: bigint[]) =>
  () =>
    values
const out = (liar: Liar) => [...liar.lie.statement.pub.tensors.get(liar.lie.made.ir.outputs[0]!)!]
const told = (liar: Liar, values: readonly bigint[]) => ({ outputs: { [liar.lie.made.ir.outputs[0]!]: values } })

/** One Clip of one number: only the rule of saturation is between x and y. */
const clip = (x: number, lo: number, hi: number) =>
  new Liar((m) => [m.node('Clip', [m.input([1])], [], [1], { s: 0, lo, hi })], { value: () => x })

describe('a value that can only fall below its range', () => {
  // y in limbs of 8 and 7 bits, m in two of 8.
  const liar = clip(-3, 0, 32767)
  const say = (y: bigint, m: bigint): Change => ({
    segments: { ...limbs([0, 1], 8, y), ...limbs([2, 3], 8, m) },
    ...told(liar, [y]),
  })
  it('is at its lower end', () => expect(liar.tell(say(0n, 3n)).verdicts).toEqual(['ok', 'ok']))
  it('cannot be above the end with a larger overshoot', () => refused(liar, say(1n, 4n), 'BATCH'))
  it('cannot be what it would be without the end', () => refused(liar, say(-3n, 0n), 'LOOKUP'))
})

describe('a value that can only exceed its range', () => {
  // y in two limbs, 10 − y in two, m in four: the overshoot has 16 bits at most.
  const liar = clip(500, -32768, 10)
  const say = (y: bigint, m: bigint): Change => ({
    segments: { ...limbs([0, 1], 8, y + 32768n), ...limbs([2, 3], 8, 10n - y), ...limbs([4, 5], 8, m) },
    ...told(liar, [y]),
  })
  it('is at its upper end', () => expect(liar.tell(say(10n, 490n)).verdicts).toEqual(['ok', 'ok']))
  it('cannot be below the end with a larger overshoot', () => refused(liar, say(9n, 491n), 'BATCH'))
  it('cannot be above the end', () => refused(liar, say(11n, 489n), 'LOOKUP'))
})

describe('a value of one bit, −1 or 0', () => {
  // y in one limb of one bit; m in two limbs; u.
  const liar = clip(5, -1, 0)
  const say = (y: bigint, m: bigint, u: bigint): Change => ({
    segments: { 0: all(y + 1n), ...limbs([1, 2], 8, m), 3: all(u) },
    ...told(liar, [y]),
  })
  it('is at its upper end', () => expect(liar.tell(say(0n, 5n, 0n)).verdicts).toEqual(['ok', 'ok']))
  it('cannot be at the other end with an overshoot below 0, which both products allow', () => refused(liar, say(-1n, -6n, -6n), 'LOOKUP'))
  it('cannot be at the other end with the true overshoot', () => refused(liar, say(-1n, 5n, 0n), 'BATCH'))
})

describe('a limb of 15 bits that is looked up twice in the table of 16', () => {
  const liar = new Liar(
    (m: ModelBuilder) => {
      Object.assign(m, { limb: 16 })
      return [m.node('Clip', [m.input([1])], [], [1], { s: 0, lo: 0, hi: 32767 })]
    },
    { value: () => 7 },
  )
  const say = (y: bigint, m: bigint): Change => ({ segments: { 0: all(y), 1: all(m) }, ...told(liar, [y]) })
  it('cannot be half of an odd number, whose double is in the table', () => refused(liar, say(mod(15n * invert(2n)), 0n), 'LOOKUP'))
  it('cannot be of 16 bits, which is in the table itself', () => refused(liar, say(40000n, 39993n), 'LOOKUP'))
})

describe('LeakyRelu', () => {
  // Raw, so that y is the accumulator 4·P − 1·N; m in two limbs, n.
  const of = (x: number) => new Liar((m) => [m.node('LeakyRelu', [m.input([1])], [], [1], { k: 2, alpha: 1, raw: 1 })], { value: () => x })
  const say = (liar: Liar, m: bigint, n: bigint): Change => ({
    segments: { ...limbs([0, 1], 8, m), 2: all(n) },
    ...told(liar, [4n * (m - n) - n]),
  })
  const [above, below, least] = [of(7), of(-7), of(-32768)]
  it('is what it is on both sides, and at the very end', () => {
    expect(above.tell(say(above, 7n, 0n)).verdicts).toEqual(['ok', 'ok'])
    expect(below.tell(say(below, 7n, 7n)).verdicts).toEqual(['ok', 'ok'])
    expect(least.tell(say(least, 32768n, 32768n)).verdicts).toEqual(['ok', 'ok'])
  })
  it('cannot take the other side, where both parts would be negative', () => {
    refused(above, say(above, -7n, -7n), 'LOOKUP')
    refused(below, say(below, -7n, 0n), 'LOOKUP')
  })
  it('cannot take some of both sides', () => refused(above, say(above, 9n, 1n), 'BATCH'))
})

describe('ArgMax', () => {
  // sel, D' in two limbs, m.
  const x = [3n, 9n, 4n, 9n]
  const liar = new Liar((m) => [m.node('ArgMax', [m.input([4])], [], [1], {})], { value: (i) => Number(x[i]) })
  const say = (sel: readonly bigint[], m: bigint): Change => {
    const gaps = x.map((one, i) => m - one - sel.slice(i + 1).reduce((a, b) => a + b, 0n))
    const low = (gap: bigint) => (gap < 0n ? gap : gap & 255n)
    return {
      segments: { 0: all(...sel), 1: all(...gaps.map(low)), 2: all(...gaps.map((gap) => (gap < 0n ? 0n : gap >> 8n))), 3: all(m) },
      ...told(liar, [mod(sel.reduce((sum, one, i) => sum + BigInt(i) * one, 0n))]),
    }
  }
  it('is the first of the largest', () => expect(liar.tell(say([0n, 1n, 0n, 0n], 9n)).verdicts).toEqual(['ok', 'ok']))
  it('cannot be a smaller one, whatever it says the largest is', () => {
    refused(liar, say([1n, 0n, 0n, 0n], 3n), 'LOOKUP')
    refused(liar, say([1n, 0n, 0n, 0n], 9n), 'BATCH')
    refused(liar, say([0n, 0n, 1n, 0n], 10n), 'BATCH')
  })
  it('cannot be chosen by numbers that only add up to one', () => {
    refused(liar, say([0n, 1n, -1n, 1n], 9n), 'LOOKUP')
    refused(liar, say([0n, invert(2n), 0n, invert(2n)], 9n), 'LOOKUP')
    refused(liar, say([0n, 1n, 0n, 1n], 10n), 'BATCH')
  })
  it('cannot be none', () => refused(liar, say([0n, 0n, 0n, 0n], 9n), 'BATCH'))
})

describe('a Softmax', () => {
  const rows = Array.from({ length: 256 }, (_, i): [number, number] => [i === 0 ? 64 : 0, 0])
  const liar = new Liar(
    (m) => {
      m.tables.push({ id: 0, kind: 'pwl', rows })
      return [m.node('Softmax', [m.input([3])], [], [3], { table: 0, s: 0 }, 'i16', 14)]
    },
    { value: (i) => [40, 50, -900][i]! },
  )
  // After maximum, exponentials and table come y, rem and rest, two, three and three limbs, then the multiplicities of the tables.
  const segments = liar.lie.program.segments.length - liar.lie.program.tables.length
  const first = segments - 8
  const S = 2n ** 15n
  const y = out(liar)
  const remainder = (i: number) => [0, 1, 2].reduce((sum, j) => sum + (liar.segment(first + 2 + j)[i]! << BigInt(8 * j)), 0n)
  const say = (by: bigint): Change => {
    const rem = remainder(0) - by * 2n * S
    const at = (value: bigint, from: number, count: number) =>
      Object.fromEntries(
        Array.from({ length: count }, (_, j) => {
          const limb = j === count - 1 ? value >> BigInt(8 * j) : BigInt.asUintN(8, value >> BigInt(8 * j))
          return [from + j, put(0, limb)]
        }),
      )
    return {
      segments: { ...at(y[0]! + by, first, 2), ...at(rem, first + 2, 3), ...at(2n * S - 1n - rem, first + 5, 3) },
      ...told(liar, put(0, y[0]! + by)(y)),
    }
  }
  it('is what it is', () => {
    expect(y).toEqual([8192n, 8192n, 0n])
    expect(liar.tell(say(0n)).verdicts).toEqual(['ok', 'ok'])
  })
  it('cannot be one more with a remainder below 0, nor one less with one over the sum', () => {
    refused(liar, say(1n), 'LOOKUP')
    refused(liar, say(-1n), 'LOOKUP')
  })
})

describe('what has no segment of its own', () => {
  const swapped = (liar: Liar, i: number, j: number): Change => {
    const y = out(liar)
    expect(y[i]).not.toBe(y[j])
    return told(liar, put(i, y[j]!)(put(j, y[i]!)(y)))
  }
  const rounded = { s: 2, lo: -32768, hi: 32767 }
  it('the copy of a tensor whose axes another node wants otherwise holds the same values', () => {
    const liar = new Liar((m) => {
      const t = m.node('Clip', [m.input([2, 3])], [], [2, 3], rounded)
      return [m.gemm(m.node('Reshape', [t], [], [3, 2], {}), 1, { raw: 1 }, false)]
    })
    const copy = liar.lie.program.segments.findIndex(([, space]) => space.map(([n]) => n).join() === '1,3,2')
    expect(copy).toBeGreaterThan(0)
    const w = BigInt(liar.lie.made.publics.weights[0]![0]!)
    const y = out(liar)
    refused(liar, { segments: { [copy]: put(0, liar.segment(copy)[0]! + 1n) }, ...told(liar, put(0, y[0]! + w)(y)) }, 'BATCH')
  })
  it('a group of a convolution does not answer for another', () => {
    const a = { group: 2, stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1], d: [0, 0, 0, 0], raw: 1 }
    const liar = new Liar((m) => [m.node('Conv', [m.input([4, 1, 2])], [m.noise([4, 2, 1, 1], 'i16', 90)], [4, 1, 2], a)])
    refused(liar, swapped(liar, 0, 4), 'BATCH')
  })
  it('a request does not get the answer of another in its batch', () => {
    const pool = { kernel: [2, 2], stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }
    for (const build of [
      (m: ModelBuilder) => [m.node('MaxPool', [m.input([1, 2, 2])], [], [1, 1, 1], pool)],
      (m: ModelBuilder) => [m.node('ArgMax', [m.input([3])], [], [1], {})],
      (m: ModelBuilder) => [m.gemm(m.input([3]), 1, { raw: 1 })],
    ]) {
      const liar = new Liar(build, { batch: 2, value: (i) => [5, -6, 7, 8, 900, 3, 2, 1][i]! })
      refused(liar, swapped(liar, 0, 1), 'BATCH')
    }
  })
  it('an index map reads what it says, twice if it says so', () => {
    const liar = new Liar((m) => [m.node('Gather', [m.input([3])], [], [4], { ax: 0, idx: [2, 0, 2, 1] })])
    refused(liar, swapped(liar, 0, 1), 'BATCH')
    refused(liar, told(liar, put(2, out(liar)[2]! + 1n)(out(liar))), 'BATCH')
  })
  it('the border of a mean is 0, and every cell counts once', () => {
    const a = { kernel: [1, 2], stride: [1, 1], pad: [0, 1, 0, 1], dil: [1, 1], c: 3, raw: 1 }
    const liar = new Liar((m) => [m.node('AvgPool', [m.input([1, 1, 3])], [], [1, 1, 4], a)], { value: (i) => [10, 20, 30][i]! })
    expect(out(liar)).toEqual([30n, 90n, 150n, 90n])
    for (const [i, lie] of [
      [0, 60n],
      [3, 180n],
      [1, 60n],
    ] as const)
      refused(liar, told(liar, put(i, lie)(out(liar))), 'BATCH')
  })
})

describe('a tree', () => {
  const { build, options } = families.find(({ name }) => name === 'trees')!
  const liar = new Liar(build, options)
  // f, t, L, x, b over (depth, batch, tree), δ in four limbs, then the two values of the leaf over (batch, tree). There are two trees.
  const values = [9, 10]
  const second = (cells: bigint[]) => cells.map((value, i) => (i % 2 === 1 ? cells[i - 1]! : value))
  it('cannot be walked in the place of another', () => {
    const walked = Object.fromEntries(Array.from({ length: 11 }, (_, seg) => [seg, second]))
    const scores = out(liar).map((score, i) => {
      const leaf = liar.segment(values[i % 2]!)
      const first = 2 * Math.floor(i / 2)
      return score + leaf[first]! - leaf[first + 1]!
    })
    expect(scores).not.toEqual(out(liar))
    refused(liar, { segments: walked, ...told(liar, scores) }, 'LOOKUP')
  })
})
