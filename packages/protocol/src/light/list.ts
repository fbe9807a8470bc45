import { bytesToHex, type Hex } from '../bytes/hex.ts'
import { keccak256 } from '../crypto/hash.ts'
import { encodeRlp, type RlpItem } from './rlp.ts'
import { EMPTY_TRIE_ROOT } from './trie.ts'

/** An entry of a trie, its key as nibbles. */
interface Entry {
  readonly path: readonly number[]
  readonly value: Uint8Array
}

/**
 * The root that a header names of its transactions or their outcomes: the Merkle-Patricia trie of position (RLP) → encoding (Ethereum yellow
 * paper, 4.3 and appendix D). Items are not empty.
 */
export function listRoot(items: readonly Uint8Array[]): Hex {
  if (items.length === 0) return EMPTY_TRIE_ROOT
  return bytesToHex(keccak256(encodeRlp(nodeOf(items.map(entryAt), 0))))
}

/** Keys of a list are RLP, so none is the beginning of another, and branches hold no values. */
function nodeOf(entries: readonly Entry[], depth: number): RlpItem[] {
  const [first] = entries as [Entry]
  if (entries.length === 1) return [prefixed(first.path.slice(depth), true), first.value]
  let end = depth
  while (entries.every(({ path }) => path[end] === first.path[end])) end++
  const branch: RlpItem[] = Array.from({ length: 16 }, (_, nibble) => {
    const below = entries.filter(({ path }) => path[end] === nibble)
    return below.length > 0 ? referenceTo(nodeOf(below, end + 1)) : new Uint8Array()
  })
  branch.push(new Uint8Array())
  return end === depth ? branch : [prefixed(first.path.slice(depth, end), false), referenceTo(branch)]
}

/** A node below 32 bytes stands inside its parent. */
function referenceTo(node: RlpItem[]): RlpItem {
  const rlp = encodeRlp(node)
  return rlp.length < 32 ? node : keccak256(rlp)
}

/** A path with its kind and parity in front (yellow paper, appendix C). */
function prefixed(path: readonly number[], leaf: boolean): Uint8Array {
  const odd = path.length % 2
  const nibbles = [(leaf ? 2 : 0) + odd, ...(odd ? [] : [0]), ...path]
  return Uint8Array.from({ length: nibbles.length / 2 }, (_, i) => nibbles[2 * i]! * 16 + nibbles[2 * i + 1]!)
}

function entryAt(value: Uint8Array, index: number): Entry {
  const bytes: number[] = []
  for (let rest = index; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256)
  const path = [...encodeRlp(Uint8Array.from(bytes))].flatMap((byte) => [byte >> 4, byte & 15])
  return { path, value }
}
