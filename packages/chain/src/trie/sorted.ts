import type { Keccak } from '../crypto/keccak.ts'
import { commonLength, type Nibbles, toNibbles } from './nibbles.ts'
import { type Child, encodeNode, type Leaf, type Node, type NodeSink } from './node.ts'
import { EMPTY_ROOT } from './update.ts'

/** A branch that may still get children; `depth` nibbles lead to it. */
export interface OpenBranch {
  readonly depth: number
  readonly children: (Child | undefined)[]
}

/**
 * Builds a trie from all its entries in the order of their keys, and gives each node to the sink as soon as nothing can change it: what is
 * in memory is one branch a level, however many entries there are. The same nodes and root as `updateTrie` from the empty root.
 */
export class SortedTrie {
  readonly #keccak: Keccak
  readonly #sink: NodeSink
  /** From the root down, each on the path of the last entry. */
  readonly #open: OpenBranch[] = []
  /** The last entry, which the next one decides the place of. */
  #last: { readonly path: Nibbles; readonly value: Uint8Array } | undefined

  constructor(keccak: Keccak, sink: NodeSink) {
    this.#keccak = keccak
    this.#sink = sink
  }

  /** Adds an entry. Keys come strictly increasing, and none is a prefix of another; anything else is the caller's fault. */
  add(key: Uint8Array, value: Uint8Array): void {
    const path = toNibbles(key)
    const last = this.#last
    if (last) {
      const fork = commonLength(last.path, 0, path, 0)
      if (fork >= last.path.length || fork >= path.length || last.path[fork]! > path[fork]!)
        throw new Error('the keys of a sorted trie must increase')
      const child = this.#close(last, fork)
      if (this.#open.at(-1)?.depth !== fork) this.#open.push({ depth: fork, children: new Array<Child | undefined>(16).fill(undefined) })
      this.#open.at(-1)!.children[last.path[fork]!] = child
    }
    this.#last = { path, value }
  }

  /** The last entry. */
  get last(): { readonly path: Nibbles; readonly value: Uint8Array } | undefined {
    return this.#last
  }

  /** The branches on the path of the last entry at which an entry before it turned off, from the root down; what hangs on its left is whole. */
  get open(): readonly OpenBranch[] {
    return this.#open
  }

  /** The root, after the last entry. */
  root(): Uint8Array {
    if (!this.#last) return EMPTY_ROOT
    const rlp = encodeNode(this.#finish(this.#last, -1), this.#keccak, this.#sink)
    const hash = this.#keccak(rlp)
    this.#sink(hash, rlp)
    return hash
  }

  /** What hangs on the nibble after `above` once the last entry, and every branch below `above` on its path, have their place. */
  #close(last: { readonly path: Nibbles; readonly value: Uint8Array }, above: number): Child {
    return this.#settle(this.#finish(last, above))
  }

  #finish({ path, value }: { readonly path: Nibbles; readonly value: Uint8Array }, above: number): Node {
    const parentOf = (): number => Math.max(above, this.#open.at(-1)?.depth ?? -1)
    let node: Node = { kind: 'leaf', path: path.subarray(parentOf() + 1), value } satisfies Leaf
    for (let top = this.#open.at(-1); top && top.depth > above; top = this.#open.at(-1)) {
      top.children[path[top.depth]!] = this.#settle(node)
      this.#open.pop()
      const between = path.subarray(parentOf() + 1, top.depth)
      node = { kind: 'branch', children: top.children }
      if (between.length > 0) node = { kind: 'extension', path: between, child: this.#settle(node) }
    }
    return node
  }

  /** A node that will not change: its hash, or itself where it is shorter than one. */
  #settle(node: Node): Child {
    const rlp = encodeNode(node, this.#keccak, this.#sink)
    if (rlp.length < 32) return node
    const hash = this.#keccak(rlp)
    this.#sink(hash, rlp)
    return hash
  }
}
