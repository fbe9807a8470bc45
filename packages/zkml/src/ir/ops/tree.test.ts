import { describe, expect, it } from 'vitest'
import { refusal } from '../../../../protocol/src/testkit/expect.testkit.ts'
import { boundsOf } from '../bounds.ts'
import { checkWeights } from '../check.ts'
import { interpret } from '../interpret.ts'
import { decodeIr, encodeIr } from '../ir.ts'
import { treeKeys } from '../quantise.ts'
import { t } from '../testkit/samples.testkit.ts'
import type { Ir, Weights } from '../types.ts'
import { contractPlain } from './contract.ts'
import { siteOf } from './site.ts'
import { walk } from './tree.ts'

const LEAF = 2 ** 31 - 1

/** Two trees: 0 splits on x_1 > 10 into leaf 1 and node 2, which splits on x_0 > −3 into leaves 3 and 4; tree 5 is one leaf. */
const MODEL: Ir = {
  v: 1,
  name: 'trees',
  inputs: [0],
  outputs: [1],
  nodes: [{ op: 'TreeEnsemble', in: [0], w: [0, 1, 2, 3], out: 1, a: { roots: [0, 5], leaves: [1, 3, 4, 5], depth: 2, base: [1000, 0] } }],
  tensors: [t(0, [2], 'i32'), t(1, [2], 'i64')],
  weights: [t(0, [6]), t(1, [6], 'i32'), t(2, [6], 'i32'), t(3, [4, 2], 'i64')],
  tables: [],
  limb: 8,
}

function tables(change: (f: Int16Array, thr: Int32Array, left: Int32Array, values: BigInt64Array) => void = () => {}): Weights {
  const f = Int16Array.of(1, 0, 0, 0, 0, 0)
  const thr = Int32Array.of(10, LEAF, -3, LEAF, LEAF, LEAF)
  const left = Int32Array.of(1, 1, 3, 3, 4, 5)
  const values = BigInt64Array.of(1n, 10n, 2n, 20n, 3n, 30n, 100n, -100n)
  change(f, thr, left, values)
  return [f, thr, left, values]
}

describe('TreeEnsemble', () => {
  it.each([
    [-9, 10, [1101n, -90n]],
    [-3, 11, [1102n, -80n]],
    [-2, 11, [1103n, -70n]],
    [2 ** 31 - 1, 2 ** 31 - 1, [1103n, -70n]],
    [-(2 ** 31), -(2 ** 31), [1101n, -90n]],
  ])('walks left iff x ≤ t: (%i, %i)', (x0, x1, scores) => {
    const ir = decodeIr(encodeIr(MODEL))
    expect(interpret(ir, tables(), [Int32Array.of(x0, x1)]).tensors[1]).toEqual(BigInt64Array.from(scores))
  })

  it('compares floats as floats do, through their keys', () => {
    const [key] = treeKeys(Float32Array.of(0.1))
    const weights = tables((_f, thr) => thr.set([key!], 0))
    const score = (x: number) => interpret(MODEL, weights, [treeKeys(Float32Array.of(5, x))]).tensors[1]![0]
    expect([score(0.1), score(0.100000009), score(-1e30), score(Number.MIN_VALUE)]).toEqual([1101n, 1103n, 1101n, 1101n])
  })

  it.each<[string, RegExp, Weights]>([
    ['a child before its parent', /node 2 has the child 1/, tables((_f, _t, left) => left.set([1], 2))],
    ['a node that is its own child', /node 2 has the child 2/, tables((_f, _t, left) => left.set([2], 2))],
    ['a sibling outside the table', /node 2 has the child 5/, tables((_f, _t, left) => left.set([5], 2))],
    ['a negative child', /node 0 has the child -1/, tables((_f, _t, left) => left.set([-1], 0))],
    ['a leaf that is not listed', /node 4 is a leaf, but/, tables((_f, _t, left) => left.set([5], 4))],
    ['a leaf that branches', /node 1 is a leaf, but/, tables((_f, thr) => thr.set([0], 1))],
    ['a leaf that reads a feature', /node 1 is a leaf, but/, tables((f) => f.set([1], 1))],
    ['a feature that does not exist', /node 0 reads feature 2 of 2/, tables((f) => f.set([2], 0))],
    ['a negative feature', /node 0 reads feature -1/, tables((f) => f.set([-1], 0))],
    ['a leaf value of 2^40', /leaf value 3 of 2\^40/, tables((_f, _t, _l, values) => values.set([2n ** 40n], 3))],
    ['a leaf value of −2^40', /leaf value 3 of 2\^40/, tables((_f, _t, _l, values) => values.set([-(2n ** 40n)], 3))],
  ])('refuses %s', (_what, place, weights) => {
    expect(refusal(() => checkWeights(MODEL, weights), 'ZK_BAD_IR').message).toMatch(place)
    refusal(() => interpret(MODEL, weights, [new Int32Array(2)]), 'ZK_BAD_IR')
    refusal(() => boundsOf(MODEL, weights), 'ZK_BAD_IR')
  })

  it('refuses a root above more steps than the depth', () => {
    const shallow: Ir = { ...MODEL, nodes: [{ ...MODEL.nodes[0]!, a: { ...MODEL.nodes[0]!.a, depth: 1 } }] }
    expect(refusal(() => checkWeights(shallow, tables()), 'ZK_BAD_IR').message).toMatch(/tree node 0 is a root 2 steps above a leaf/)
  })

  it('walks as many steps as the depth says, on its leaf where it is there before', () => {
    const { site } = siteOf(MODEL, 0)
    const run = { ...site, batch: 2, values: [Int32Array.of(0, 0, -3, 11)], weights: tables(), contract: contractPlain }
    const paths = [0, 1].flatMap((b) => [0, 5].map((root) => walk(run, b, root)))
    expect(paths).toEqual([
      [0, 1, 1],
      [5, 5, 5],
      [0, 2, 3],
      [5, 5, 5],
    ])
  })

  it('refuses ensembles of more than 2^22 nodes together before it reads one', () => {
    const nodes = 2 ** 20
    const many = (ensembles: number): Ir => ({
      ...MODEL,
      nodes: [{ op: 'Clip', in: [0], w: [], out: 1, a: {} }, ...Array.from({ length: ensembles }, () => MODEL.nodes[0]!)],
      weights: [t(0, [nodes]), t(1, [nodes], 'i32'), t(2, [nodes], 'i32'), t(3, [4, 2], 'i64')],
    })
    const weights = [new Int16Array(nodes), new Int32Array(nodes), new Int32Array(nodes), new BigInt64Array(8)]
    const { details } = refusal(() => checkWeights(many(5), weights), 'ZK_LIMIT')
    expect(details).toEqual({ rows: 5 * nodes, limit: 4 * nodes })
    refusal(() => checkWeights(many(4), weights), 'ZK_BAD_IR')
  })

  it('bounds its scores by the extreme leaves of every tree', () => {
    expect(boundsOf(MODEL, tables()).tensors[1]).toEqual({ lo: -200n, hi: 1200n })
    expect(boundsOf(MODEL, 'committed').tensors[1]).toEqual({ lo: -(2n ** 41n), hi: 1000n + 2n ** 41n })
  })
})
