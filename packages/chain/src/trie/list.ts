import type { Keccak } from '../crypto/keccak.ts'
import { encodeRlp } from './encode.ts'
import { EMPTY_ROOT, updateTrie } from './update.ts'

/** The root that a header holds of its transactions or receipts: position (RLP) → encoding. */
export function listRoot(items: readonly Uint8Array[], keccak: Keccak): Uint8Array {
  const changes = items.map((value, index) => ({ key: encodeRlp(BigInt(index)), value }))
  return updateTrie(EMPTY_ROOT, changes, { keccak, load: noNodes, store: () => {} })
}

function noNodes(): never {
  throw new Error('a trie built from nothing loads no nodes')
}
