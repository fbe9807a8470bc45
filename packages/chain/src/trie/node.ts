import type { Keccak } from '../crypto/keccak.ts'
import { decodePath, encodePath, type Nibbles } from './nibbles.ts'
import { encodeBytes, encodeList, itemAt, itemsAt } from './rlp.ts'

/**
 * A Merkle-Patricia node in memory. Keys of one trie never are prefixes of each other (all hashes, or RLP of numbers), so branches
 * hold no value.
 */
export type Node = Leaf | Extension | Branch
export interface Leaf {
  readonly kind: 'leaf'
  readonly path: Nibbles
  readonly value: Uint8Array
}
export interface Extension {
  readonly kind: 'extension'
  readonly path: Nibbles
  readonly child: Child
}
export interface Branch {
  readonly kind: 'branch'
  readonly children: readonly (Child | undefined)[]
}

/** A node, or the hash of one that has not been loaded. */
export type Child = Node | Uint8Array

/** Loads the RLP of a node by its hash; throws when it is missing. */
export type NodeSource = (hash: Uint8Array) => Uint8Array

/** Takes a node that has to be stored. */
export type NodeSink = (hash: Uint8Array, rlp: Uint8Array) => void

const EMPTY_STRING = Uint8Array.of(0x80)

/** The node whose RLP begins at `from`. */
export function decodeNode(rlp: Uint8Array, from = 0): Node {
  const items = itemsAt(rlp, from)
  if (items.length === 17) {
    const children = items.slice(0, 16).map((item) => childAt(rlp, item.from))
    return { kind: 'branch', children }
  }
  const [first, second] = items
  const { path, leaf } = decodePath(rlp.subarray(first!.start, first!.end))
  if (leaf) return { kind: 'leaf', path, value: rlp.subarray(second!.start, second!.end) }
  return { kind: 'extension', path, child: childAt(rlp, second!.from)! }
}

function childAt(rlp: Uint8Array, from: number): Child | undefined {
  const item = itemAt(rlp, from)
  if (item.list) return decodeNode(rlp, from)
  return item.start === item.end ? undefined : rlp.subarray(item.start, item.end)
}

/** The RLP of a node. Nodes below it of 32 bytes or more are hashed and given to `sink`. */
export function encodeNode(node: Node, keccak: Keccak, sink: NodeSink): Uint8Array {
  if (node.kind === 'leaf') return encodeList([encodeBytes(encodePath(node.path, true)), encodeBytes(node.value)])
  if (node.kind === 'extension') return encodeList([encodeBytes(encodePath(node.path, false)), encodeChild(node.child, keccak, sink)])
  const parts = node.children.map((child) => (child ? encodeChild(child, keccak, sink) : EMPTY_STRING))
  parts.push(EMPTY_STRING)
  return encodeList(parts)
}

function encodeChild(child: Child, keccak: Keccak, sink: NodeSink): Uint8Array {
  if (child instanceof Uint8Array) return encodeBytes(child)
  const rlp = encodeNode(child, keccak, sink)
  if (rlp.length < 32) return rlp
  const hash = keccak(rlp)
  sink(hash, rlp)
  return encodeBytes(hash)
}
