import type { Keccak } from '../crypto/keccak.ts'
import { commonLength, joinPaths, type Nibbles, toNibbles } from './nibbles.ts'
import {
  type Branch,
  type Child,
  decodeNode,
  type Extension,
  encodeNode,
  type Leaf,
  type Node,
  type NodeSink,
  type NodeSource,
} from './node.ts'

/** Root of a trie without entries: keccak256(RLP of the empty string). */
export const EMPTY_ROOT = Uint8Array.from(Buffer.from('56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421', 'hex'))

/** One write to a trie; no value deletes. */
export interface Change {
  readonly key: Uint8Array
  readonly value: Uint8Array | undefined
}

export interface TrieIo {
  readonly keccak: Keccak
  readonly load: NodeSource
  readonly store: NodeSink
}

/** The same, with the key as a path. */
interface Step {
  readonly path: Nibbles
  readonly value: Uint8Array | undefined
}

/**
 * Applies changes to the trie under `root` and answers the new root. However many there are, each node is loaded, changed and hashed
 * once: the changes go down the trie together, in the order of their keys. `changes` holds every key at most once.
 */
export function updateTrie(root: Uint8Array, changes: readonly Change[], io: TrieIo): Uint8Array {
  if (changes.length === 0) return root
  const steps = changes.map(({ key, value }) => ({ path: toNibbles(key), value })).sort((a, b) => comparePaths(a.path, b.path))
  const before: Child | undefined = Buffer.compare(root, EMPTY_ROOT) === 0 ? undefined : root
  const after = new Updater(io.load).apply(before, steps, 0, steps.length, 0)
  if (after === undefined) return EMPTY_ROOT
  if (after instanceof Uint8Array) return after
  const rlp = encodeNode(after, io.keccak, io.store)
  const hash = io.keccak(rlp)
  io.store(hash, rlp)
  return hash
}

const comparePaths = (a: Nibbles, b: Nibbles): number => Buffer.compare(a, b)

class Updater {
  readonly #load: NodeSource

  constructor(load: NodeSource) {
    this.#load = load
  }

  /** `child` after the steps `from..to` (sorted, all with the same first `depth` nibbles). Unchanged parts keep their identity. */
  apply(child: Child | undefined, steps: readonly Step[], from: number, to: number, depth: number): Child | undefined {
    if (from === to) return child
    if (child === undefined) return this.#build(steps, from, to, depth)
    const node = this.#resolve(child)
    if (node.kind === 'leaf') return this.#applyToLeaf(node, steps, from, to, depth)
    if (node.kind === 'extension') return this.#applyToExtension(child, node, steps, from, to, depth)
    return this.#applyToBranch(child, node, steps, from, to, depth)
  }

  #resolve(child: Child): Node {
    return child instanceof Uint8Array ? decodeNode(this.#load(child)) : child
  }

  /** A fresh trie of the steps that write something. */
  #build(steps: readonly Step[], from: number, to: number, depth: number): Node | undefined {
    const writes = steps.slice(from, to).filter((step) => step.value !== undefined)
    return writes.length === 0 ? undefined : buildFresh(writes, 0, writes.length, depth)
  }

  #applyToLeaf(leaf: Leaf, steps: readonly Step[], from: number, to: number, depth: number): Node | undefined {
    const path = joinPaths(steps[from]!.path.subarray(0, depth), leaf.path)
    const slice = steps.slice(from, to)
    if (!slice.some((step) => comparePaths(step.path, path) === 0)) {
      slice.push({ path, value: leaf.value })
      slice.sort((a, b) => comparePaths(a.path, b.path))
    }
    return this.#build(slice, 0, slice.length, depth)
  }

  #applyToExtension(child: Child, node: Extension, steps: readonly Step[], from: number, to: number, depth: number): Child | undefined {
    const { path } = node
    // Sorted, so what the first and the last step share with the path, all of them do.
    const shared = Math.min(commonLength(path, 0, steps[from]!.path, depth), commonLength(path, 0, steps[to - 1]!.path, depth))
    if (shared === path.length) {
      const below = this.apply(node.child, steps, from, to, depth + shared)
      return below === node.child ? child : this.#extend(path, below)
    }
    const rest = path.subarray(shared + 1)
    const children = new Array<Child | undefined>(16).fill(undefined)
    children[path[shared]!] = rest.length === 0 ? node.child : { kind: 'extension', path: rest, child: node.child }
    const branch: Branch = { kind: 'branch', children }
    const below = this.#applyToBranch(branch, branch, steps, from, to, depth + shared)
    return below === branch ? child : this.#extend(path.subarray(0, shared), below)
  }

  #applyToBranch(child: Child, node: Branch, steps: readonly Step[], from: number, to: number, depth: number): Child | undefined {
    let children: (Child | undefined)[] | undefined
    for (let at = from; at < to; ) {
      const nibble = steps[at]!.path[depth]!
      let end = at + 1
      while (end < to && steps[end]!.path[depth] === nibble) end++
      const before = node.children[nibble]
      const after = this.apply(before, steps, at, end, depth + 1)
      if (after !== before) {
        children ??= [...node.children]
        children[nibble] = after
      }
      at = end
    }
    return children ? this.#collapse(children) : child
  }

  /** A branch, or what is left of it when fewer than two children are. */
  #collapse(children: readonly (Child | undefined)[]): Child | undefined {
    const first = children.findIndex((child) => child !== undefined)
    if (first < 0) return undefined
    if (children.findLastIndex((child) => child !== undefined) !== first) return { kind: 'branch', children }
    return this.#extend(Uint8Array.of(first), children[first])
  }

  /** `below` with `path` in front, merged with a leaf's or extension's own path. */
  #extend(path: Nibbles, below: Child | undefined): Child | undefined {
    if (below === undefined || path.length === 0) return below
    const node = this.#resolve(below)
    if (node.kind === 'branch') return { kind: 'extension', path, child: below }
    return { ...node, path: joinPaths(path, node.path) }
  }
}

function buildFresh(steps: readonly Step[], from: number, to: number, depth: number): Node {
  const first = steps[from]!
  if (to - from === 1) return { kind: 'leaf', path: first.path.subarray(depth), value: first.value! }
  const shared = commonLength(first.path, depth, steps[to - 1]!.path, depth)
  const children = new Array<Child | undefined>(16).fill(undefined)
  const fork = depth + shared
  for (let at = from; at < to; ) {
    const nibble = steps[at]!.path[fork]!
    let end = at + 1
    while (end < to && steps[end]!.path[fork] === nibble) end++
    children[nibble] = buildFresh(steps, at, end, fork + 1)
    at = end
  }
  const branch: Branch = { kind: 'branch', children }
  return shared === 0 ? branch : { kind: 'extension', path: first.path.subarray(depth, fork), child: branch }
}
