import { equalBytes } from '../bytes/bytes.ts'
import { type Hex, hexToBytes } from '../bytes/hex.ts'
import { keccak256, keccak256Hex } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'
import { decodeRlp, encodeRlp, type RlpItem } from './rlp.ts'

/** Root of a trie that holds nothing: Keccak-256 of the RLP of an empty string. */
export const EMPTY_TRIE_ROOT: Hex = keccak256Hex(Uint8Array.of(0x80))

/** Most bytes of one node: a branch is at most 532, a leaf its value and some. */
const MAX_NODE_BYTES = 64 * 1024

type Node =
  | { kind: 'branch'; children: RlpItem[]; value: Uint8Array }
  | { kind: 'extension'; path: number[]; child: RlpItem }
  | { kind: 'leaf'; path: number[]; value: Uint8Array }

/**
 * Follows a Merkle-Patricia proof (Ethereum yellow paper, appendix D) from `root` along `key`. Gives the value, or
 * `undefined` if the proof shows that the key is not in the trie. `proof` holds the nodes from the root down, each but the
 * first referred to by hash; nodes below 32 bytes stand inside their parents. Exactly the nodes needed must be there, in
 * canonical form: else `PROOF_MALFORMED`, or `PROOF_MISMATCH` if a hash on the way is another.
 */
export function verifyTrieProof(root: Hex, key: Uint8Array, proof: readonly Hex[]): Uint8Array | undefined {
  if (proof.length === 0 && root === EMPTY_TRIE_ROOT) return undefined
  const walk = new ProofWalk(proof)
  const path = nibblesOf(key)
  let at = 0
  let node = walk.byHash(hexToBytes(root, 32, 'root'))
  for (;;) {
    if (node === undefined) return walk.end(undefined)
    if (node.kind === 'leaf')
      return walk.end(startsWith(path, node.path, at) && at + node.path.length === path.length ? node.value : undefined)
    if (node.kind === 'extension') {
      if (!startsWith(path, node.path, at)) return walk.end(undefined)
      at += node.path.length
      node = walk.child(node.child)
      if (node?.kind !== 'branch') throw malformed('below an extension there is always a branch')
    } else {
      if (at === path.length) return walk.end(node.value.length > 0 ? node.value : undefined)
      node = walk.child(node.children[path[at++]!]!)
    }
  }
}

/** Takes the nodes of a proof one by one and demands that all are used. */
class ProofWalk {
  private readonly proof: readonly Hex[]
  private next = 0

  constructor(proof: readonly Hex[]) {
    this.proof = proof
  }

  /** The next node, which must have this hash; `undefined` for the empty trie. */
  byHash(hash: Uint8Array): Node | undefined {
    const hex = this.proof[this.next]
    if (hex === undefined) throw malformed(`node ${this.next} is missing`)
    if (hex.length > 2 + 2 * MAX_NODE_BYTES) throw malformed(`node ${this.next} is over ${MAX_NODE_BYTES} bytes`)
    const bytes = hexToBytes(hex)
    if (!equalBytes(keccak256(bytes), hash)) {
      throw new OgError('PROOF_MISMATCH', `State proof: node ${this.next} does not have the hash that its parent names.`, {
        details: { node: this.next },
      })
    }
    this.next++
    return readNode(decodeRlp(bytes))
  }

  /** The node that a reference points to: nothing, a hash, or the node itself if it is short. */
  child(reference: RlpItem): Node | undefined {
    if (!Array.isArray(reference)) return reference.length === 0 ? undefined : this.byHash(reference)
    return readNode(reference)
  }

  end<Value>(value: Value): Value {
    if (this.next !== this.proof.length) throw malformed(`${this.proof.length - this.next} nodes are not needed`)
    return value
  }
}

function readNode(item: RlpItem): Node | undefined {
  if (!Array.isArray(item)) {
    if (item.length === 0) return undefined
    throw malformed('a node is a list')
  }
  if (item.length === 17) return readBranch(item)
  if (item.length === 2) return readShort(item)
  throw malformed(`a node has 2 or 17 items, not ${item.length}`)
}

function readBranch(item: RlpItem[]): Node {
  const children = item.slice(0, 16)
  for (const child of children) checkReference(child)
  const value = item[16]
  if (value === undefined || Array.isArray(value)) throw malformed('the value of a branch is bytes')
  const filled = children.filter((child) => child.length > 0).length + (value.length > 0 ? 1 : 0)
  if (filled < 2) throw malformed('a branch has at least two ways')
  return { kind: 'branch', children, value }
}

/** A leaf or an extension: a hex-prefixed path, then a value or a reference (yellow paper, appendix C). */
function readShort([prefixed, target]: RlpItem[]): Node {
  if (prefixed === undefined || Array.isArray(prefixed) || prefixed.length === 0) throw malformed('a path is missing')
  const flags = prefixed[0]! >> 4
  if (flags > 3) throw malformed(`path flags ${flags} are unknown`)
  const odd = (flags & 1) === 1
  if (!odd && (prefixed[0]! & 15) !== 0) throw malformed('the padding of a path is not zero')
  const path = nibblesOf(prefixed).slice(odd ? 1 : 2)
  if (flags >= 2) {
    if (target === undefined || Array.isArray(target) || target.length === 0) throw malformed('a leaf has a value')
    return { kind: 'leaf', path, value: target }
  }
  if (path.length === 0) throw malformed('the path of an extension is empty')
  if (target === undefined || target.length === 0) throw malformed('an extension leads nowhere')
  checkReference(target)
  return { kind: 'extension', path, child: target }
}

/** A reference is empty, a 32-byte hash, or a node whose RLP is shorter than a hash. */
function checkReference(reference: RlpItem): void {
  if (!Array.isArray(reference)) {
    if (reference.length !== 0 && reference.length !== 32) throw malformed('a reference is a hash of 32 bytes')
  } else if (encodeRlp(reference).length >= 32) {
    throw malformed('a node of 32 bytes or more is referred to by its hash')
  }
}

function nibblesOf(bytes: Uint8Array): number[] {
  const out: number[] = []
  for (const byte of bytes) out.push(byte >> 4, byte & 15)
  return out
}

function startsWith(path: readonly number[], part: readonly number[], at: number): boolean {
  return part.every((nibble, i) => path[at + i] === nibble)
}

function malformed(problem: string): OgError {
  return new OgError('PROOF_MALFORMED', `State proof: ${problem}.`)
}
