import { concatBytes, uintBytes } from '../bytes/bytes.ts'
import { type Hex, hexToBytes } from '../bytes/hex.ts'
import { keccak256Hex } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'

/**
 * The Merkle mountain range of the `History` contract: block hashes in order of height from 0. `peaks[i]` is the root of a
 * perfect tree over 2^i leaves and counts if and only if bit i of `count` is set; larger mountains hold earlier leaves.
 */
export interface MountainRange {
  count: bigint
  peaks: Hex[]
}

/** Where a leaf of a range stands: under which peak, at which place, and how long its path is. */
export interface MountainPlace {
  /** Index into `peaks`; also the length of the path. */
  peak: number
  /** Position among the leaves of that mountain. */
  offset: bigint
}

/** A range without leaves. */
export function emptyRange(): MountainRange {
  return { count: 0n, peaks: [] }
}

/** `keccak256(0x00 ‖ u64be height ‖ blockHash)`. */
export function historyLeaf(height: bigint | number, blockHash: Hex): Hex {
  return keccak256Hex(concatBytes(Uint8Array.of(0), uintBytes(height, 8, 'height'), hexToBytes(blockHash, 32, 'blockHash')))
}

/** The range with the next leaf appended; what `History.append` does to its storage, stale peaks included. */
export function appendLeaf({ count, peaks }: MountainRange, leaf: Hex): MountainRange {
  const out = peaks.slice()
  let node = leaf
  let i = 0
  for (; ((count >> BigInt(i)) & 1n) === 1n; i++) node = innerNode(out[i]!, node)
  out[i] = node
  return { count: count + 1n, peaks: out }
}

/** Where leaf `index` stands in a range of `count`; throws `HISTORY_PROOF_INVALID` if it is not in it. */
export function placeOf(index: bigint, count: bigint): MountainPlace {
  if (index < 0n || index >= count) {
    throw new OgError('HISTORY_PROOF_INVALID', `There is no leaf ${index} in a history of ${count}.`, { details: { index, count } })
  }
  let offset = index
  for (let peak = count.toString(2).length - 1; ; peak--) {
    const size = 1n << BigInt(peak)
    if ((count & size) === 0n) continue
    if (offset < size) return { peak, offset }
    offset -= size
  }
}

/** The path of leaf `index` to its peak, siblings from the leaf up, from all leaves of the range. */
export function historyPath(leaves: readonly Hex[], index: number): Hex[] {
  const { peak, offset } = placeOf(BigInt(index), BigInt(leaves.length))
  const size = 2 ** peak
  const start = index - Number(offset)
  let level = leaves.slice(start, start + size)
  let at = Number(offset)
  const path: Hex[] = []
  while (level.length > 1) {
    path.push(level[at ^ 1]!)
    level = Array.from({ length: level.length / 2 }, (_, i) => innerNode(level[2 * i]!, level[2 * i + 1]!))
    at >>= 1
  }
  return path
}

/**
 * The peak that leaf `index` of a range of `count` leads to along `path`. The leaf is in the range if this equals
 * `peaks[placeOf(index, count).peak]`. Throws `HISTORY_PROOF_INVALID` if the path is not of the one possible length.
 */
export function peakFromPath(leaf: Hex, index: bigint, count: bigint, path: readonly Hex[]): Hex {
  const { peak, offset } = placeOf(index, count)
  if (path.length !== peak) {
    throw new OgError('HISTORY_PROOF_INVALID', `The path of leaf ${index} has ${path.length} steps; ${peak} lead to its peak.`, {
      details: { index, count, steps: path.length },
    })
  }
  return path.reduce(
    (node, sibling, i) => (((offset >> BigInt(i)) & 1n) === 0n ? innerNode(node, sibling) : innerNode(sibling, node)),
    leaf,
  )
}

/** `keccak256(0x01 ‖ left ‖ right)`. */
function innerNode(left: Hex, right: Hex): Hex {
  return keccak256Hex(concatBytes(Uint8Array.of(1), hexToBytes(left, 32, 'left'), hexToBytes(right, 32, 'right')))
}
