import { describe, expect, it } from 'vitest'
import { type Case, caseOf, ModelBuilder, rounding } from '../model.testkit.ts'
import { Forgery } from './forgery.testkit.ts'

const WINDOW = { stride: [1, 1], pad: [0, 0, 0, 0], dil: [1, 1] }

/** Last tensor of a case: its output. */
function outputOf({ ir }: Case): number {
  return ir.outputs[0]!
}

describe('a false value of a table is found', () => {
  function pwl(): Case {
    const model = new ModelBuilder(8)
    for (const id of [0, 1]) {
      model.tables.push({ id, kind: 'pwl', rows: Array.from({ length: 256 }, (_, i) => [i + 1000 * id, 3 + id] as const) })
    }
    const x = model.input([2])
    const y = model.node('Pwl', [x], [], [2], { table: 0, raw: 1 })
    return caseOf(model, [y, model.node('Pwl', [x], [], [2], { table: 1, raw: 1 })], { inputs: [Int16Array.of(5, 300)] })
  }
  const [I, T, S, L] = [0, 1, 2, 3]

  it('the neighbour row, the row of another table, and l = 256', () => {
    const honest = pwl()
    expect(new Forgery(honest).found()).toBeUndefined()
    new Forgery(honest)
      .set(T, 0, 129)
      .claim(outputOf(honest), 0, 256 * 129 + 3 * 5)
      .isFoundBy('look')
    const other = new Forgery(honest).set(T, 0, 1128).set(S, 0, 4)
    other.claim(outputOf(honest), 0, 256 * 1128 + 4 * 5).isFoundBy('look')
    const carried = new Forgery(honest).add(I, 0, -1).add(L, 0, 256).add(T, 0, -1)
    carried.claim(outputOf(honest), 0, 256 * 127 + 3 * 261).isFoundBy('look')
  })

  it('another product', () => {
    const honest = pwl()
    new Forgery(honest).claim(outputOf(honest), 0, 1).isFoundBy('had')
  })

  it('tables of a model are numbered from 32, so that their rows are never those of a range', () => {
    const ids = pwl().lowered.program.tables.map(([id]) => id)
    expect(ids).toEqual([8, 32, 33])
  })
})

describe('a false maximum is found', () => {
  /** One map of 2×3, padding on the left: window 0 has the missing cell. Segments: Y, D (two limbs), sel. */
  function pool(channels = 1): Case {
    const model = new ModelBuilder(8)
    const a = { ...WINDOW, kernel: [1, 2], pad: [0, 1, 0, 0] }
    const y = model.node('MaxPool', [model.input([channels, 1, 3])], [], [channels, 1, 3], a)
    return caseOf(model, [y], { inputs: [Int16Array.from({ length: 3 * channels }, (_, i) => [-5, 7, 9][i % 3]!)] })
  }
  const [Y, D0, D1, SEL] = [0, 1, 2, 3]

  it('a value of the window that is not the largest', () => {
    // Window 2 reads 7 and 9, as cells (k = 0, o = 2) and (k = 1, o = 2) of D and sel.
    const forgery = new Forgery(pool()).set(Y, 2, 7).claim(1, 2, 7)
    forgery.set(D0, 2, 0).set(D0, 5, -2).set(SEL, 2, 1).set(SEL, 5, 0).isFoundBy('look')
  })

  it('a larger value that is not in the window', () => {
    const larger = () => new Forgery(pool()).set(Y, 2, 10).claim(1, 2, 10).set(D0, 2, 3).set(D0, 5, 1)
    larger().isFoundBy('had')
    larger().set(SEL, 5, 0).isFoundBy('lin')
  })

  it('sel on the missing cell of a window', () => {
    // Window 0 misses k = 0: D = Y + 32768 there. Claims Y = 0 > −5.
    const forgery = new Forgery(pool()).set(Y, 0, 0).claim(1, 0, 0)
    forgery.set(D0, 0, 0).set(D1, 0, 128).set(D0, 3, 5).set(SEL, 0, 1).set(SEL, 3, 0).isFoundBy('had')
    const minimum = new Forgery(pool()).set(Y, 0, -32768).claim(1, 0, -32768)
    minimum.set(D0, 0, 0).set(D1, 0, 0).set(D0, 3, -32763).set(SEL, 0, 1).set(SEL, 3, 0).isFoundBy('look')
  })

  it('sel in the padding of the channel axis is read by nothing: harmless with the right y, no help with a wrong one', () => {
    // Cells are (channel, k, o) in 2 + 1 + 2 bits; channel 3 is padding.
    const chosen = (forgery: Forgery) => forgery.poke(SEL, 3 * 8 + 4 + 2, 1).poke(D0, 3 * 8 + 4 + 2, 7)
    expect(chosen(new Forgery(pool(3))).found()).toBeUndefined()
    const larger = new Forgery(pool(3)).set(Y, 2, 10).claim(1, 2, 10).set(D0, 2, 3).set(D0, 5, 1).set(SEL, 5, 0)
    chosen(larger).isFoundBy('lin')
  })
})

describe('a false choice is found', () => {
  /** Row 4, 9, 9. Segments: sel, D' (two limbs), m. */
  function best(): Case {
    const model = new ModelBuilder(8)
    return caseOf(model, [model.node('ArgMax', [model.input([3])], [], [1], {})], { inputs: [Int16Array.of(4, 9, 9)] })
  }
  const [SEL, D0, , M] = [0, 1, 2, 3]

  it('the second of a tie', () => {
    // Then Σ_{i>1} sel = 1, so that D' = 0 − 1 at the first 9.
    const forgery = new Forgery(best()).claim(1, 0, 2).set(SEL, 1, 0).set(SEL, 2, 1).set(D0, 1, -1)
    forgery.isFoundBy('look')
  })

  it('an index that is not a maximum, with the right and with a lower m', () => {
    const other = () => new Forgery(best()).claim(1, 0, 0).set(SEL, 1, 0).set(SEL, 0, 1)
    other().add(D0, 0, 1).isFoundBy('had')
    other().set(M, 0, 4).set(D0, 0, 0).set(D0, 1, -5).set(D0, 2, -5).isFoundBy('look')
  })

  it('a choice that is no bit: the mean of two indices', () => {
    // 3·sel_0 − sel_1·… : sums to 1 and gives index 1.
    const forgery = new Forgery(best()).set(SEL, 0, 2).set(SEL, 1, -3).set(SEL, 2, 2)
    expect(forgery.found()).toBeDefined()
  })
})

describe('a false softmax is found', () => {
  function shares(): Case {
    const model = new ModelBuilder(8)
    const value = (i: number) => Math.floor(2 ** 14 * Math.exp(-i / 8))
    model.tables.push({ id: 0, kind: 'pwl', rows: Array.from({ length: 256 }, (_, i) => [value(i), value(i + 1) - value(i)] as const) })
    return caseOf(model, [model.node('Softmax', [model.input([2])], [], [2], { table: 0, s: 8 }, 'i16', 14)], {
      inputs: [Int16Array.of(300, -9)],
    })
  }

  /** The last segments of the node before the multiplicities: y (two limbs), rem (two limbs), 2S − 1 − rem (two limbs). */
  function tail(honest: Case): number {
    return Math.min(...honest.lowered.program.tables.map((table) => table[5])) - 6
  }

  it('y − 1 with rem = 2S where the honest remainder is 0: a half is rounded up and never down', () => {
    const model = new ModelBuilder(8)
    // e = 16384, 16383 and 1, S = 2^15: the last share of 2^14 is ½, which is 1.
    const rows = Array.from({ length: 256 }, (_, i) => [[16384, 16383, 1][i] ?? 0, 0] as const)
    model.tables.push({ id: 0, kind: 'pwl', rows })
    const out = model.node('Softmax', [model.input([3])], [], [3], { table: 0, s: 8 }, 'i16', 14)
    const honest = caseOf(model, [out], { inputs: [Int16Array.of(512, 256, 0)] })
    // y has two limbs, rem and 2S − 1 − rem have three.
    const y = Math.min(...honest.lowered.program.tables.map((table) => table[5])) - 8
    const limbs = (from: number) => [0, 1, 2].map((j) => Number(new Forgery(honest).get(from + j, 2)))
    expect([Number(new Forgery(honest).get(y, 2)), limbs(y + 2), limbs(y + 5)]).toEqual([1, [0, 0, 0], [255, 255, 0]])
    const forged = () =>
      new Forgery(honest)
        .claim(outputOf(honest), 2, 0)
        .set(y, 2, 0)
        .set(y + 4, 2, 1)
    forged()
      .set(y + 5, 2, 0)
      .set(y + 6, 2, 0)
      .isFoundBy('lin')
    forged()
      .set(y + 5, 2, -1)
      .set(y + 6, 2, 0)
      .isFoundBy('look')
  })

  it('y − 1 with rem + 2S, y + 1 with rem − 2S', () => {
    const honest = shares()
    expect(new Forgery(honest).found()).toBeUndefined()
    const y = tail(honest)
    const S = [0, 1].reduce((sum, i) => sum + Number(eOf(honest, i)), 0)
    for (const by of [-1, 1]) {
      const forgery = new Forgery(honest).claim(
        outputOf(honest),
        0,
        Number(new Forgery(honest).get(y, 0)) + 256 * Number(new Forgery(honest).get(y + 1, 0)) + by,
      )
      forgery
        .add(y, 0, by)
        .add(y + 2, 0, -by * 2 * S)
        .add(y + 4, 0, by * 2 * S)
        .isFoundBy('look')
    }
  })

  /** e_i = its two limbs, the segments after Y, D and sel. */
  function eOf(honest: Case, i: number): bigint {
    const forgery = new Forgery(honest)
    return forgery.get(4, i) + 256n * forgery.get(5, i)
  }

  it('an e that is not the value of the table', () => {
    const honest = shares()
    // e and its distance to 2^14 move together, so that only the product of the table is left to contradict.
    const forgery = new Forgery(honest).add(4, 1, 1).add(6, 1, -1)
    expect(forgery.found()).toBeDefined()
  })
})

describe('a false path through a tree is found', () => {
  const MAX = 2 ** 31 - 1

  /** x_0 ≤ 5 → leaf 1, else x_1 ≤ −7 → leaf 3, else leaf 4; a second tree is the stump 5 → 6, 7. Rows: feature, threshold, left child. */
  function trees(batch = 1): Case {
    const model = new ModelBuilder(8)
    const table = [
      [0, 5, 1],
      [0, MAX, 1],
      [1, -7, 3],
      [0, MAX, 3],
      [0, MAX, 4],
      [1, 0, 6],
      [0, MAX, 6],
      [0, MAX, 7],
    ] as const
    const x = model.input([2], 'i32')
    const w = [
      model.weight([8], 'i16', (i) => table[i]![0]),
      model.weight([8], 'i32', (i) => table[i]![1]),
      model.weight([8], 'i32', (i) => table[i]![2]),
      model.weight([5, 1], 'i64', (i) => 10 ** i),
    ]
    const a = { roots: [0, 5], leaves: [1, 3, 4, 6, 7], depth: 2, base: [7] }
    const y = model.node('TreeEnsemble', [x], w, [1], a, 'i64')
    const inputs = [Int32Array.from({ length: 2 * batch }, (_, i) => [6, -7, -100, 3][i]!)]
    return caseOf(model, [y], { batch, inputs })
  }
  // f, t, L, x over (depth, batch, tree); b; δ in four limbs; leaf values over (batch, tree).
  const [F, T, L, X, B, DELTA, V] = [0, 1, 2, 3, 4, 5, 9]

  it('the wrong child', () => {
    const honest = trees()
    expect(new Forgery(honest).found()).toBeUndefined()
    // Tree 0 at depth 0 goes left although 6 > 5: then δ = t − x = −1.
    const forgery = new Forgery(honest).set(B, 0, 0).set(DELTA, 0, -1).set(F, 2, 0).set(T, 2, MAX).set(L, 2, 1).set(X, 2, 6)
    forgery
      .set(B, 2, 0)
      .set(DELTA, 2, MAX - 6)
      .set(V, 0, 1)
      .claim(1, 0, 7 + 1 + 1000)
      .isFoundBy('look')
  })

  it('another left child, threshold, feature, or value of a feature', () => {
    new Forgery(trees()).add(L, 0, 1).isFoundBy('look')
    new Forgery(trees()).add(T, 0, 1).add(DELTA, 0, -1).isFoundBy('look')
    new Forgery(trees()).set(F, 0, 1).isFoundBy('look')
    new Forgery(trees()).add(X, 0, 1).add(DELTA, 0, 1).isFoundBy('look')
  })

  it('a leaf of another tree, and a value that is not the leaf’s', () => {
    new Forgery(trees())
      .set(V, 0, 1000)
      .claim(1, 0, 7 + 1000 + 1000)
      .isFoundBy('look')
    new Forgery(trees())
      .add(V, 0, 1)
      .claim(1, 0, 7 + 11 + 1000)
      .isFoundBy('look')
  })

  it('a path that ends before a leaf', () => {
    // The last step of tree 0 claims to stand on the root again: no row of NODE does.
    new Forgery(trees()).set(L, 2, 2).set(B, 2, 0).isFoundBy('look')
  })

  it('the feature of another input of the batch', () => {
    const honest = trees(2)
    expect(new Forgery(honest).found()).toBeUndefined()
    // Cells are (depth, batch, tree): input 0 reads x_0 = −100 of input 1.
    const forgery = new Forgery(honest).set(X, 0, -100).set(B, 0, 0)
    forgery.set(DELTA, 0, 105).isFoundBy('look')
  })

  it('a score that is not the sum', () => {
    new Forgery(trees()).claim(1, 0, 5).isFoundBy('lin')
  })
})

describe('a run of another model does not satisfy the program', () => {
  function network(build: (model: ModelBuilder, x: number) => number): Case {
    const model = new ModelBuilder(8, 7)
    return caseOf(model, [build(model, model.input([2, 4, 4]))], { value: (i) => ((i * 37) % 201) - 100 })
  }
  const conv = (a: object, axes: number[]) => (model: ModelBuilder, x: number) =>
    model.node('Conv', [x], [model.noise([2, 2, 2, 2], 'i16', 99)], axes, { ...WINDOW, group: 1, d: [0, 0], ...rounding({ s: 6 }), ...a })
  const joined = (order: readonly number[]) => (model: ModelBuilder, x: number) => {
    const parts = [0, 2].map((start) => model.node('Slice', [x], [], [2, 2, 4], { ax: 1, start, len: 2 }))
    return model.node(
      'Concat',
      order.map((i) => parts[i]!),
      [],
      [2, 4, 4],
      { ax: 1 },
    )
  }

  it.each([
    ['the padding on the other side', conv({ pad: [1, 1, 0, 0] }, [2, 4, 4]), conv({ pad: [0, 0, 1, 1] }, [2, 4, 4])],
    ['windows shifted by one', conv({ pad: [1, 0, 0, 1] }, [2, 4, 4]), conv({ pad: [1, 1, 0, 0] }, [2, 4, 4])],
    ['another stride offset', conv({ stride: [2, 2], pad: [1, 1, 0, 0] }, [2, 2, 2]), conv({ stride: [2, 2] }, [2, 2, 2])],
    ['dilation ignored', conv({ dil: [2, 1] }, [2, 2, 3]), conv({ stride: [2, 1], pad: [0, 0, 1, 0] }, [2, 2, 3])],
    ['parts of a Concat swapped', joined([0, 1]), joined([1, 0])],
  ] as const)('%s', (_, mine, other) => {
    const [honest, theirs] = [network(mine), network(other)]
    expect(new Forgery(honest).found()).toBeUndefined()
    const forgery = new Forgery(honest)
    const length = Math.min(honest.witness.w.length, theirs.witness.w.length)
    forgery.witness.w.set(theirs.witness.w.subarray(0, length))
    for (const [i, value] of theirs.publics.tensors.get(outputOf(honest))!.entries()) forgery.claim(outputOf(honest), i, Number(value))
    expect(forgery.found()).toBeDefined()
  })

  it('a weight or a bias changed', () => {
    const model = new ModelBuilder()
    const honest = caseOf(model, [model.gemm(model.input([3]), 2)])
    for (const weight of [0, 1]) {
      const forgery = new Forgery(honest)
      const values = forgery.publics.weights[weight]!
      if (values instanceof BigInt64Array) values[1]! += 1n
      else values[1]! += 1
      forgery.isFoundBy('con')
    }
  })

  it('committed weights changed', () => {
    const model = new ModelBuilder()
    const honest = caseOf(model, [model.gemm(model.input([3]), 2)], { mode: 'committed' })
    const forgery = new Forgery(honest)
    forgery.witness.W![0]! += 1n
    forgery.isFoundBy('con')
  })
})

describe('programs without a part', () => {
  it('no lookups, no Hadamard, nothing committed', () => {
    const model = new ModelBuilder()
    const honest = caseOf(model, [model.gemm(model.input([3, 5]), 2, { raw: 1 })])
    expect(honest.lowered.program.tables).toEqual([])
    expect(honest.lowered.program.segments).toEqual([[0, []]])
    expect(new Forgery(honest).found()).toBeUndefined()
    new Forgery(honest).claim(1, 4, 1).isFoundBy('con')
  })
})
