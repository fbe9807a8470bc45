import type { Keccak } from '../crypto/keccak.ts'
import { decodePath, encodePath, type Nibbles } from './nibbles.ts'
import { encodeBytes, encodeList, type Item, itemAt, listOf } from './rlp.ts'

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

/** RLP of the empty string, and what comes before a string of 32 bytes. */
const EMPTY = 0x80
const HASH = 0xa0

/** The node whose RLP begins at `from`. */
export function decodeNode(rlp: Uint8Array, from = 0): Node {
  const { start, end } = itemAt(rlp, from)
  const first = itemAt(rlp, start)
  const second = itemAt(rlp, first.end)
  if (second.end < end) return { kind: 'branch', children: decodeChildren(rlp, start) }
  const { path, leaf } = decodePath(rlp.subarray(first.start, first.end))
  if (leaf) return { kind: 'leaf', path, value: rlp.subarray(second.start, second.end) }
  return { kind: 'extension', path, child: childAt(rlp, second)! }
}

/** The sixteen children of a branch. Nearly all are empty or hashes. */
function decodeChildren(rlp: Uint8Array, start: number): (Child | undefined)[] {
  const children = new Array<Child | undefined>(16).fill(undefined)
  let at = start
  for (let i = 0; i < 16; i++) {
    if (rlp[at] === EMPTY) at += 1
    else if (rlp[at] === HASH) {
      children[i] = rlp.subarray(at + 1, at + 33)
      at += 33
    } else {
      const item = itemAt(rlp, at)
      children[i] = childAt(rlp, item)
      at = item.end
    }
  }
  return children
}

function childAt(rlp: Uint8Array, item: Item): Child | undefined {
  if (item.list) return decodeNode(rlp, item.from)
  return item.start === item.end ? undefined : rlp.subarray(item.start, item.end)
}

/** The RLP of a node. Nodes below it of 32 bytes or more are hashed and given to `sink`. */
export function encodeNode(node: Node, keccak: Keccak, sink: NodeSink): Uint8Array {
  if (node.kind === 'leaf') return encodeList([encodeBytes(encodePath(node.path, true)), encodeBytes(node.value)])
  if (node.kind === 'extension') return encodeList([encodeBytes(encodePath(node.path, false)), encodeChild(node.child, keccak, sink)])
  return encodeBranch(node, keccak, sink)
}

/** Its length is known before it is written, so each child is copied once. */
function encodeBranch({ children }: Branch, keccak: Keccak, sink: NodeSink): Uint8Array {
  const parts = children.map((child) => child && hashOrNode(child, keccak, sink))
  let length = 17
  for (const part of parts) if (part) length += part.length === 32 ? 32 : part.length - 1
  const out = listOf(length)
  let at = out.length - length
  for (const part of parts) {
    if (!part) out[at++] = EMPTY
    else {
      if (part.length === 32) out[at++] = HASH
      out.set(part, at)
      at += part.length
    }
  }
  out[at] = EMPTY
  return out
}

function encodeChild(child: Child, keccak: Keccak, sink: NodeSink): Uint8Array {
  const part = hashOrNode(child, keccak, sink)
  return part.length === 32 ? encodeBytes(part) : part
}

/** How a node refers to one below it: the hash, which is given to `sink`; or the RLP itself, which then has less than 32 bytes. */
function hashOrNode(child: Child, keccak: Keccak, sink: NodeSink): Uint8Array {
  if (child instanceof Uint8Array) return child
  const rlp = encodeNode(child, keccak, sink)
  if (rlp.length < 32) return rlp
  const hash = keccak(rlp)
  sink(hash, rlp)
  return hash
}
