import { decodePath, toNibbles } from './nibbles.ts'
import type { NodeSource } from './node.ts'
import { itemAt, itemsAt } from './rlp.ts'
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

/** Every entry under `root` in the order of the keys; the callback gets the whole path as nibbles. */
export function scanTrie(root: Uint8Array, load: NodeSource, visit: (path: Uint8Array, value: Uint8Array) => void): void {
  if (Buffer.compare(root, EMPTY_ROOT) !== 0) scan(load(root), 0, [], load, visit)
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

function scan(
  rlp: Uint8Array,
  from: number,
  path: readonly number[],
  load: NodeSource,
  visit: (path: Uint8Array, value: Uint8Array) => void,
): void {
  const descend = (at: number, below: readonly number[]): void => {
    const item = itemAt(rlp, at)
    if (item.list) scan(rlp, at, below, load, visit)
    else if (item.start !== item.end) scan(load(rlp.subarray(item.start, item.end)), 0, below, load, visit)
  }
  const items = itemsAt(rlp, from)
  if (items.length === 17) {
    for (let nibble = 0; nibble < 16; nibble++) descend(items[nibble]!.from, [...path, nibble])
    return
  }
  const part = decodePath(rlp.subarray(items[0]!.start, items[0]!.end))
  const below = [...path, ...part.path]
  if (part.leaf) visit(Uint8Array.from(below), rlp.subarray(items[1]!.start, items[1]!.end))
  else descend(items[1]!.from, below)
}
