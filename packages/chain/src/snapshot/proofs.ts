import { decodeRlp, encodeRlp, rlpBytes, rlpList } from '@opengradient/protocol'
import type { Keccak } from '../crypto/keccak.ts'
import { decodeAccount } from '../state/account.ts'
import type { NodeSource } from '../trie/node.ts'
import { proveTrie } from '../trie/read.ts'
import { type Entry, PROOF_KEY, refused } from './format.ts'

/** What ends a chunk: the nodes that prove its last account, and the last slot behind that, if there is one. */
export interface ChunkProofs {
  readonly account: readonly Uint8Array[]
  readonly slot: readonly Uint8Array[]
}

/** Follows the records of a snapshot, and proves where they stand. */
export class Place {
  readonly #stateRoot: Uint8Array
  readonly #load: NodeSource
  readonly #keccak: Keccak
  #account: Entry | undefined
  #slot: Uint8Array | undefined

  constructor(stateRoot: Uint8Array, load: NodeSource, keccak: Keccak) {
    this.#stateRoot = stateRoot
    this.#load = load
    this.#keccak = keccak
  }

  /** Goes on to this record. */
  see(entry: Entry): void {
    const [key] = entry
    if (key[0] === 0x61) {
      this.#account = entry
      this.#slot = undefined
    }
    if (key[0] === 0x73) this.#slot = key.subarray(21)
  }

  /** The record that ends a chunk here. */
  proofs(): Entry {
    const prove = (root: Uint8Array, key: Uint8Array) => proveTrie(root, this.#keccak(key), this.#load)
    const account = this.#account ? prove(this.#stateRoot, this.#account[0].subarray(1)) : []
    const slot = this.#account && this.#slot ? prove(decodeAccount(this.#account[1]).storageRoot, this.#slot) : []
    return [PROOF_KEY, encodeRlp([account, slot])]
  }
}

/** The proofs in a record (untrusted). Throws `RLP_MALFORMED` or `CHAIN_SNAPSHOT_INVALID`. */
export function parseProofs(value: Uint8Array): ChunkProofs {
  const lists = rlpList(decodeRlp(value), 'proofs')
  if (lists.length !== 2) throw refused(`a chunk ends with ${lists.length} proofs`)
  const [account, slot] = lists.map((list) => rlpList(list, 'proof').map((node) => rlpBytes(node, 'proof, node')))
  return { account: account!, slot: slot! }
}
