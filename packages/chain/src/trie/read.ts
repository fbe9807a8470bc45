import { decodePath, toNibbles } from './nibbles.ts'
import type { NodeSource } from './node.ts'
import { itemsAt } from './rlp.ts'
import { EMPTY_ROOT } from './update.ts'

/** The value of `key` under `root`; undefined when there is none. */
export function readTrie(root: Uint8Array, key: Uint8Array, load: NodeSource): Uint8Array | undefined {
  return walk(root, key, load, () => {})
}

/** The nodes from the root towards `key`, root first: a proof of its value, or of its absence (EIP-1186). */
export function proveTrie(root: Uint8Array, key: Uint8Array, load: NodeSource): Uint8Array[] {
  const nodes: Uint8Array[] = []
  walk(root, key, load, (rlp) => nodes.push(rlp))
  return nodes
}

function walk(root: Uint8Array, key: Uint8Array, load: NodeSource, visit: (rlp: Uint8Array) => void): Uint8Array | undefined {
  if (Buffer.compare(root, EMPTY_ROOT) === 0) return undefined
  const path = toNibbles(key)
  let rlp = load(root)
  visit(rlp)
  let from = 0
  for (let depth = 0; ; ) {
    const items = itemsAt(rlp, from)
    let next = items[1]!
    if (items.length === 17) {
      next = items[path[depth]!]!
      depth++
    } else {
      const part = decodePath(rlp.subarray(items[0]!.start, items[0]!.end))
      if (Buffer.compare(path.subarray(depth, depth + part.path.length), part.path) !== 0) return undefined
      depth += part.path.length
      if (part.leaf) return rlp.subarray(next.start, next.end)
    }
    if (next.list) {
      from = next.from
    } else {
      if (next.start === next.end) return undefined
      rlp = load(rlp.subarray(next.start, next.end))
      from = 0
      visit(rlp)
    }
  }
}
