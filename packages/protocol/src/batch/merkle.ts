import { bytesToHex, type Hex, hexToBytes, writeHex } from '../bytes/hex.ts'
import { keccak256, keccak256Hex } from '../crypto/hash.ts'
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
  return keccak256Hex(keccak256(hexToBytes(receiptHash, HASH, 'receiptHash')))
}

/**
 * The tree as OpenZeppelin's StandardMerkleTree builds it: leaves sorted, pairs sorted before hashing, a complete binary
 * tree in an array (node i has children 2i + 1 and 2i + 2), leaves at the end in reverse. The order of the list given has
 * no influence on the root. Throws `BATCH_EMPTY` or `BATCH_DUPLICATE_LEAF`.
 */
export function merkleTree(leaves: readonly Hex[]): MerkleTree {
  if (leaves.length === 0) throw new OgError('BATCH_EMPTY', 'A batch needs at least one receipt.')
  // Hex of equal length compares like the bytes it stands for.
  const order = leaves.map((_, index) => index).sort((a, b) => (leaves[a]! < leaves[b]! ? -1 : 1))
  const count = 2 * leaves.length - 1
  const nodes = new Uint8Array(count * HASH)
  const place = new Array<number>(leaves.length)
  for (const [rank, index] of order.entries()) {
    if (rank > 0 && leaves[index] === leaves[order[rank - 1]!]) {
      throw new OgError('BATCH_DUPLICATE_LEAF', `Leaf ${index} is in the batch twice. Leave the repetition out.`, { details: { index } })
    }
    place[index] = count - 1 - rank
    writeHex(nodes, (count - 1 - rank) * HASH, HASH, leaves[index]!, 'leaf')
  }
  const node = (i: number) => nodes.subarray(i * HASH, (i + 1) * HASH)
  for (let i = count - 1 - leaves.length; i >= 0; i--) nodes.set(pairHash(node(2 * i + 1), node(2 * i + 2)), i * HASH)
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
  return bytesToHex(path.reduce((node, sibling) => pairHash(node, bytes(sibling)), bytes(leaf)))
}

/** `keccak256(lower ‖ higher)`. */
function pairHash(a: Uint8Array, b: Uint8Array): Uint8Array {
  const pair = new Uint8Array(2 * HASH)
  const aFirst = isLower(a, b)
  pair.set(aFirst ? a : b)
  pair.set(aFirst ? b : a, HASH)
  return keccak256(pair)
}

function isLower(a: Uint8Array, b: Uint8Array): boolean {
  let i = 0
  while (i < HASH && a[i] === b[i]) i++
  return i < HASH && a[i]! < b[i]!
}
