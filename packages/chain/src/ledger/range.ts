import { bytesToHex, concatBytes, type Hex, hexToBytes, historyLeaf, keccak256, placeOf } from '@opengradient/protocol'
import type { HistoryPath } from '../chain.ts'
import { KEY } from '../state/keys.ts'
import type { Store, Write } from '../state/store.ts'
import { damaged } from './damaged.ts'

/**
 * The inner nodes of the Merkle mountain range that the `History` contract keeps only the peaks of. Node `index` of `level` is over
 * the leaves from `index << level` on; the leaf of block `height` is node `height` of level 0.
 */
export function rangeWrites(height: bigint, blockHash: Hex, store: Store): Write[] {
  let node = hexToBytes(historyLeaf(height, blockHash))
  const writes: Write[] = [{ key: KEY.range(0, height), value: node }]
  let index = height
  for (let level = 0; (index & 1n) === 1n; level++, index >>= 1n) {
    node = keccak256(concatBytes(Uint8Array.of(1), readNode(store, level, index - 1n), node))
    writes.push({ key: KEY.range(level + 1, index >> 1n), value: node })
  }
  return writes
}

/** Siblings from the leaf of `height` to its peak in the `History` of block `atHeight`, which holds the blocks below `atHeight`. */
export function rangePath(height: bigint, atHeight: bigint, store: Store): HistoryPath {
  const { peak } = placeOf(height, atHeight)
  const path = Array.from({ length: peak }, (_, level) => bytesToHex(readNode(store, level, (height >> BigInt(level)) ^ 1n)))
  return { peak, path }
}

function readNode(store: Store, level: number, index: bigint): Uint8Array {
  const node = store.get(KEY.range(level, index))
  if (!node) throw damaged(`node ${index} of level ${level} of the range of block hashes is missing`)
  return node
}
