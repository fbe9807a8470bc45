import type { Keccak } from '../crypto/keccak.ts'
import type { Nibbles } from './nibbles.ts'
import { type Child, decodeNode, encodeNode, type Node } from './node.ts'
import type { SortedTrie } from './sorted.ts'

/**
 * Whether the entries that were added so far are exactly those of the trie under `root` up to the last of them. `proof` (untrusted) is of that
 * last one: the nodes from the root to its leaf. What lies left of the path is in both, by its hashes; so no entry before it is missing, too
 * many or different.
 */
export function isLeftPart({ last, open }: SortedTrie, root: Uint8Array, proof: readonly Uint8Array[], keccak: Keccak): boolean {
  if (!last) return proof.length === 0
  const nodes = proof[Symbol.iterator]()
  const branches = open[Symbol.iterator]()
  let branch = branches.next()
  let child: Child | undefined = root
  for (let depth = 0; child !== undefined; ) {
    const node: Node | undefined = child instanceof Uint8Array ? nodeOf(child, nodes.next().value, keccak) : child
    if (!node) return false
    if (node.kind === 'branch') {
      const at = last.path[depth]!
      const made = !branch.done && branch.value.depth === depth ? branch.value.children : []
      if (made.length > 0) branch = branches.next()
      for (let i = 0; i < at; i++) if (!isSame(made[i], node.children[i], keccak)) return false
      child = node.children[at]
      depth += 1
    } else {
      if (!isNext(node.path, last.path, depth)) return false
      depth += node.path.length
      if (node.kind === 'extension') child = node.child
      // All branches have been met, the leaf is the entry, and nothing is behind it.
      else
        return (
          branch.done === true && depth === last.path.length && nodes.next().done === true && Buffer.compare(node.value, last.value) === 0
        )
    }
  }
  return false
}

/** The node with this hash, if `rlp` is it: then it is one of the trie, and need not be looked at as a stranger's. */
const nodeOf = (hash: Uint8Array, rlp: Uint8Array | undefined, keccak: Keccak): Node | undefined =>
  rlp && Buffer.compare(keccak(rlp), hash) === 0 ? decodeNode(rlp) : undefined

const isNext = (part: Nibbles, path: Nibbles, depth: number): boolean =>
  Buffer.compare(part, path.subarray(depth, depth + part.length)) === 0

function isSame(a: Child | undefined, b: Child | undefined, keccak: Keccak): boolean {
  if (!a || !b) return a === b
  return Buffer.compare(referenceTo(a, keccak), referenceTo(b, keccak)) === 0
}

/** A hash, or the RLP of a node that is shorter than one. */
const referenceTo = (child: Child, keccak: Keccak): Uint8Array =>
  child instanceof Uint8Array ? child : encodeNode(child, keccak, () => {})
