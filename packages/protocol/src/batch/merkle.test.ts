import fc from 'fast-check'
import { concat, encodeAbiParameters, type Hex, keccak256 } from 'viem'
import { describe, expect, it } from 'vitest'
import { hash32 } from '../testkit/arbitraries.testkit.ts'
import { refusal } from '../testkit/expect.testkit.ts'
import { hashOf } from '../testkit/samples.testkit.ts'
import { batchRoot, inclusionPath, leafOf, merkleRoot, merkleTree, rootFromPath } from './merkle.ts'

const leafLists = fc.uniqueArray(hash32, { minLength: 1, maxLength: 40 })

/** OpenZeppelin's `MerkleProof.processProof`, written from its Solidity. */
function processProof(proof: readonly Hex[], leaf: Hex): Hex {
  let computed = leaf
  for (const step of proof) computed = keccak256(BigInt(computed) < BigInt(step) ? concat([computed, step]) : concat([step, computed]))
  return computed
}

/** The root as OpenZeppelin's StandardMerkleTree builds it: leaves from the lowest up, a complete binary tree with them at its end in reverse. */
function referenceRoot(leaves: readonly Hex[]): Hex {
  const sorted = leaves.toSorted((a, b) => (a < b ? -1 : 1))
  const nodes = [...Array<Hex>(leaves.length - 1).fill('0x'), ...sorted.toReversed()]
  for (let i = leaves.length - 2; i >= 0; i--) {
    const [a, b] = [nodes[2 * i + 1]!, nodes[2 * i + 2]!]
    nodes[i] = keccak256(concat(a < b ? [a, b] : [b, a]))
  }
  return nodes[0]!
}

/** Leaves of which some begin with the same bytes, and some with bytes whose highest bit is set. */
const alikeLists = fc.uniqueArray(
  fc.oneof(
    hash32,
    hash32.map((leaf): Hex => `0xfffffffe${leaf.slice(10)}`),
    hash32.map((leaf): Hex => `0x00000001${leaf.slice(10)}`),
  ),
  { minLength: 1, maxLength: 40 },
)

describe('a batch tree', () => {
  it('has the root of a tree whose leaves were compared byte by byte', () => {
    fc.assert(
      fc.property(fc.oneof(leafLists, alikeLists), (leaves) => {
        expect(merkleRoot(leaves)).toBe(referenceRoot(leaves))
      }),
    )
  })

  it('proves every leaf to the contract', () => {
    fc.assert(
      fc.property(leafLists, (leaves) => {
        const tree = merkleTree(leaves)
        for (const [i, leaf] of leaves.entries()) {
          expect(processProof(tree.path(i), leaf)).toBe(tree.root)
          expect(rootFromPath(leaf, tree.path(i))).toBe(tree.root)
        }
      }),
    )
  })

  it('has a root that does not depend on the order of the leaves', () => {
    fc.assert(
      fc.property(leafLists, (leaves) => {
        expect(merkleRoot(leaves.toReversed())).toBe(merkleRoot(leaves))
      }),
    )
  })

  it('has another root if any leaf is another, one is missing or one is added', () => {
    fc.assert(
      fc.property(fc.uniqueArray(hash32, { minLength: 3, maxLength: 20 }), (all) => {
        const [extra, ...leaves] = all as [Hex, Hex, Hex]
        const root = merkleRoot(leaves)
        expect(merkleRoot([extra, ...leaves.slice(1)])).not.toBe(root)
        expect(merkleRoot([extra, ...leaves])).not.toBe(root)
        expect(merkleRoot(leaves.slice(1))).not.toBe(root)
      }),
    )
  })

  it('has the root of the leaves of its receipts', () => {
    fc.assert(
      fc.property(leafLists, (receipts) => {
        expect(batchRoot(receipts)).toBe(merkleRoot(receipts.map(leafOf)))
      }),
    )
    refusal(() => batchRoot([]), 'BATCH_EMPTY')
    refusal(() => batchRoot([hashOf('a'), hashOf('b'), hashOf('a')]), 'BATCH_DUPLICATE_LEAF')
    refusal(() => batchRoot(['0x12']), 'HEX_MALFORMED')
  })

  it('has the root of the example in OpenZeppelin’s merkle-tree', () => {
    const values = [
      ['0x1111111111111111111111111111111111111111', 5000000000000000000n],
      ['0x2222222222222222222222222222222222222222', 2500000000000000000n],
    ] as const
    const leaves = values.map((value) => keccak256(keccak256(encodeAbiParameters([{ type: 'address' }, { type: 'uint256' }], value))))
    expect(merkleRoot(leaves)).toBe('0xd4dee0beab2d53f2cc83e567171bd2820e49898130a22622b10ead383e90bd77')
  })

  it('of one leaf is that leaf', () => {
    expect(merkleTree([hashOf('a')]).root).toBe(hashOf('a'))
    expect(merkleTree([hashOf('a')]).path(0)).toEqual([])
  })

  it('gives the same path whether built once or for one leaf', () => {
    const leaves = ['a', 'b', 'c', 'd', 'e'].map(hashOf)
    expect(inclusionPath(leaves, 3)).toEqual(merkleTree(leaves).path(3))
  })

  it('refuses an empty batch, a repeated leaf and a position outside', () => {
    refusal(() => merkleTree([]), 'BATCH_EMPTY')
    refusal(() => merkleTree([hashOf('a'), hashOf('b'), hashOf('a')]), 'BATCH_DUPLICATE_LEAF')
    refusal(() => merkleTree(['a', 'b', 'c', 'd', 'b'].map(hashOf)), 'BATCH_DUPLICATE_LEAF')
    refusal(() => inclusionPath([hashOf('a')], 1), 'BATCH_INDEX')
    refusal(() => inclusionPath([hashOf('a')], -1), 'BATCH_INDEX')
    refusal(() => inclusionPath([hashOf('a')], 0.5), 'BATCH_INDEX')
  })
})

describe('a wrong path', () => {
  it('leads to another root', () => {
    const leaves = ['a', 'b', 'c', 'd', 'e'].map(hashOf)
    const tree = merkleTree(leaves)
    const path = tree.path(0)
    expect(rootFromPath(leaves[1]!, path)).not.toBe(tree.root)
    expect(rootFromPath(leaves[0]!, path.slice(1))).not.toBe(tree.root)
    expect(rootFromPath(leaves[0]!, [...path, hashOf('x')])).not.toBe(tree.root)
    expect(rootFromPath(leaves[0]!, path.toReversed())).not.toBe(tree.root)
  })

  it('of hashes that are none is refused', () => {
    refusal(() => rootFromPath(hashOf('a'), ['0xzz']), 'HEX_MALFORMED')
    refusal(() => rootFromPath(hashOf('a'), ['0xab']), 'HEX_MALFORMED')
  })
})

describe('leafOf', () => {
  it('is the double hash that StandardMerkleTree makes of [receiptHash] as bytes32', () => {
    const receiptHash = hashOf('receipt')
    expect(leafOf(receiptHash)).toBe(keccak256(keccak256(encodeAbiParameters([{ type: 'bytes32' }], [receiptHash]))))
    refusal(() => leafOf('0xab'), 'HEX_MALFORMED')
  })

  it('keeps inner nodes from passing as receipts', () => {
    const leaves = ['a', 'b'].map((text) => leafOf(hashOf(text)))
    expect(leafOf(merkleRoot(leaves))).not.toBe(merkleRoot(leaves))
  })
})
