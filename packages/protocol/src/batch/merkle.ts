import { bytesToHex, type Hex, hexToBytes } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'

/** A finished tree over a batch: the root, and the path of each leaf by its position in the list given. */
export interface MerkleTree {
  root: Hex
  /** Siblings from the leaf up; throws `BATCH_INDEX` outside the list. */
  path(index: number): Hex[]
}

const HASH = 32

/** The leaf of a receipt: `keccak256(keccak256(abi.encode(receiptHash)))`, hashed twice so that no inner node is a leaf. */
export function leafOf(receiptHash: Hex): Hex {
  return bytesToHex(leafBytes(receiptHash))
}

const leafBytes = (receiptHash: Hex): Uint8Array => keccak256(keccak256(hexToBytes(receiptHash, HASH, 'receiptHash')))

/**
 * The tree as OpenZeppelin's StandardMerkleTree builds it: leaves sorted, pairs sorted before hashing, a complete binary
 * tree in an array (node i has children 2i + 1 and 2i + 2), leaves at the end in reverse. The order of the list given has
 * no influence on the root. Throws `BATCH_EMPTY` or `BATCH_DUPLICATE_LEAF`.
 */
export function merkleTree(leaves: readonly Hex[]): MerkleTree {
  const { nodes, place } = treeOf(leaves.map((leaf) => hexToBytes(leaf, HASH, 'leaf')))
  const node = (i: number) => nodes.subarray(i * HASH, (i + 1) * HASH)
  const path = (index: number): Hex[] => {
    const siblings: Hex[] = []
    let at = place[index]
    if (at === undefined)
      throw new OgError('BATCH_INDEX', `There is no leaf ${index} in a batch of ${leaves.length}.`, { details: { index } })
    for (; at > 0; at = (at - 1) >> 1) siblings.push(bytesToHex(node(at % 2 === 0 ? at - 1 : at + 1)))
    return siblings
  }
  return { root: bytesToHex(node(0)), path }
}

/** All nodes one after the other, and which of them is the leaf at each position of the list. */
function treeOf(leaves: readonly Uint8Array[]): { nodes: Uint8Array; place: Uint32Array } {
  if (leaves.length === 0) throw new OgError('BATCH_EMPTY', 'A batch needs at least one receipt.')
  const order = orderOf(leaves)
  const count = 2 * leaves.length - 1
  const nodes = new Uint8Array(count * HASH)
  const place = new Uint32Array(leaves.length)
  for (let rank = 0; rank < order.length; rank++) {
    const index = order[rank]!
    if (rank > 0 && compare(leaves[index]!, leaves[order[rank - 1]!]!) === 0) {
      throw new OgError('BATCH_DUPLICATE_LEAF', `Leaf ${index} is in the batch twice. Leave the repetition out.`, { details: { index } })
    }
    place[index] = count - 1 - rank
    nodes.set(leaves[index]!, (count - 1 - rank) * HASH)
  }
  for (let i = count - 1 - leaves.length; i >= 0; i--) nodes.set(pairHash(nodes, (2 * i + 1) * HASH, nodes, (2 * i + 2) * HASH), i * HASH)
  return { nodes, place }
}

/** Bits of an index that a double holds exactly behind the first 32 of a leaf. */
const INDEX = 2 ** 20

/**
 * Positions of the leaves from the lowest to the highest. As numbers of their first bytes and their positions they are sorted without a function
 * called for each comparison; unless two begin with the same bytes.
 */
function orderOf(leaves: readonly Uint8Array[]): ArrayLike<number> {
  if (leaves.length > INDEX) return comparedOrderOf(leaves)
  const keys = new Float64Array(leaves.length)
  for (let i = 0; i < leaves.length; i++) keys[i] = firstOf(leaves[i]!) * INDEX + i
  keys.sort()
  const order = new Uint32Array(leaves.length)
  for (let rank = 0; rank < order.length; rank++) {
    order[rank] = keys[rank]! % INDEX
    if (rank > 0 && Math.floor(keys[rank]! / INDEX) === Math.floor(keys[rank - 1]! / INDEX)) return comparedOrderOf(leaves)
  }
  return order
}

const comparedOrderOf = (leaves: readonly Uint8Array[]): number[] =>
  leaves.map((_, index) => index).sort((a, b) => compare(leaves[a]!, leaves[b]!))

/** The first four bytes as a number. */
const firstOf = (leaf: Uint8Array): number => ((leaf[0]! << 24) | (leaf[1]! << 16) | (leaf[2]! << 8) | leaf[3]!) >>> 0

/** The root of a batch of these receipts, from the leaves of which it is built (`leafOf`), without their hex. */
export function batchRoot(receiptHashes: readonly Hex[]): Hex {
  return bytesToHex(treeOf(receiptHashes.map(leafBytes)).nodes.subarray(0, HASH))
}

/** The root that a batch of these leaves commits to. */
export function merkleRoot(leaves: readonly Hex[]): Hex {
  return merkleTree(leaves).root
}

/** The inclusion path of `leaves[index]`; for many of one batch build `merkleTree` once. */
export function inclusionPath(leaves: readonly Hex[], index: number): Hex[] {
  return merkleTree(leaves).path(index)
}

/** The root that `leaf` leads to along `path`; the leaf is included if this is the batch's root. OpenZeppelin's `MerkleProof.processProof`. */
export function rootFromPath(leaf: Hex, path: readonly Hex[]): Hex {
  const bytes = (hash: Hex) => hexToBytes(hash, HASH, 'hash')
  return bytesToHex(path.reduce((node, sibling) => pairHash(node, 0, bytes(sibling), 0), bytes(leaf)))
}

/** Pairs are put together here. */
const pair = new Uint8Array(2 * HASH)

/** `keccak256(lower ‖ higher)` of the hashes at these offsets. */
function pairHash(a: Uint8Array, atA: number, b: Uint8Array, atB: number): Uint8Array {
  const aFirst = compare(a, b, atA, atB) < 0
  for (let i = 0; i < HASH; i++) {
    pair[i] = aFirst ? a[atA + i]! : b[atB + i]!
    pair[HASH + i] = aFirst ? b[atB + i]! : a[atA + i]!
  }
  return keccak256(pair)
}

/** Below zero if the hash in `a` is lower than the one in `b`, zero if they are the same. */
function compare(a: Uint8Array, b: Uint8Array, atA = 0, atB = 0): number {
  let i = 0
  while (i < HASH && a[atA + i] === b[atB + i]) i++
  return i === HASH ? 0 : a[atA + i]! - b[atB + i]!
}
