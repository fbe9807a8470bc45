import type { Keccak } from '../../crypto/keccak.ts'
import { EMPTY_CODE_HASH, sameBytes, seal } from '../../state/account.ts'
import { KEY } from '../../state/keys.ts'
import { byteKey } from '../../state/store.ts'
import { isLeftPart } from '../../trie/leftProof.ts'
import { encodeBytes } from '../../trie/rlp.ts'
import { SortedTrie } from '../../trie/sorted.ts'
import { refused } from '../format.ts'
import type { ChunkProofs } from '../proofs.ts'

/** What an account says of what comes behind it, 32 bytes each. */
export interface AccountRoots {
  readonly storageRoot: Uint8Array
  readonly codeHash: Uint8Array
}

interface OpenAccount extends AccountRoots {
  readonly address: Uint8Array
  readonly hash: Uint8Array
  readonly storage: SortedTrie
  slotHash: Uint8Array
}

/**
 * The state of a snapshot as it comes in (untrusted), built into tries on the way: what is given to the sink is to be stored once `prove` has
 * found it right, and all of it is there once `finish` has. Throws `CHAIN_SNAPSHOT_INVALID`.
 */
export class StateCheck {
  readonly #root: Uint8Array
  readonly #keccak: Keccak
  readonly #sink: (key: Uint8Array, value: Uint8Array) => void
  readonly #node = (hash: Uint8Array, rlp: Uint8Array) => this.#sink(KEY.node(hash), rlp)
  readonly #accounts: SortedTrie
  #open: OpenAccount | undefined
  /** Hashes of the code that has come. */
  readonly #codes = new Set<string>()

  constructor(root: Uint8Array, keccak: Keccak, sink: (key: Uint8Array, value: Uint8Array) => void) {
    this.#root = root
    this.#keccak = keccak
    this.#sink = sink
    this.#accounts = new SortedTrie(keccak, this.#node)
  }

  account(key: Uint8Array, rlp: Uint8Array, { storageRoot, codeHash }: AccountRoots): void {
    this.#close()
    const address = key.slice(1)
    const hash = this.#keccak(address)
    if (this.#open && Buffer.compare(this.#open.hash, hash) >= 0) throw refused('its accounts are not in order')
    const value = rlp.slice()
    this.#accounts.add(hash, value)
    const storage = new SortedTrie(this.#keccak, this.#node)
    this.#open = { address, hash, storage, slotHash: new Uint8Array(), storageRoot: storageRoot.slice(), codeHash: codeHash.slice() }
    this.#sink(key, seal(key, value))
  }

  code(key: Uint8Array, code: Uint8Array): void {
    const hash = key.subarray(1)
    if (!this.#open || !sameBytes(this.#open.codeHash, hash) || this.#codes.has(byteKey(hash)))
      throw refused('it holds code that no account has')
    if (!sameBytes(this.#keccak(code), hash)) throw refused('a code does not have its hash')
    this.#codes.add(byteKey(hash))
    this.#sink(key, code.slice())
  }

  slot(key: Uint8Array, value: Uint8Array): void {
    const open = this.#open
    if (!open || !sameBytes(open.address, key.subarray(1, 21))) throw refused('there is storage of an account that is not there')
    if (value[0] === 0) throw refused('a storage value has leading zeros')
    const hash = this.#keccak(key.subarray(21))
    if (Buffer.compare(open.slotHash, hash) >= 0) throw refused('the storage of an account is not in order')
    open.slotHash = hash
    open.storage.add(hash, encodeBytes(value.slice()))
    this.#sink(key, seal(key, value))
  }

  /** To be called after the last record of each chunk: everything so far is in the state, and nothing between it is left out. */
  prove({ account, slot }: ChunkProofs): void {
    if (!isLeftPart(this.#accounts, this.#root, account, this.#keccak))
      throw refused('its accounts are not those of the state of its block')
    if (!this.#open) return
    const { storage, storageRoot } = this.#open
    if (!isLeftPart(storage, storageRoot, slot, this.#keccak)) throw refused('the storage of an account is not what the account says')
  }

  /** After the last chunk. */
  finish(): void {
    this.#close()
    if (!sameBytes(this.#accounts.root(), this.#root)) throw refused('its accounts do not give the state root of its block')
  }

  /** Nothing more comes of the last account. */
  #close(): void {
    if (!this.#open) return
    const { storage, storageRoot, codeHash } = this.#open
    if (!sameBytes(codeHash, EMPTY_CODE_HASH) && !this.#codes.has(byteKey(codeHash))) throw refused('the code of an account is missing')
    if (!sameBytes(storage.root(), storageRoot)) throw refused('the storage of an account does not give its root')
  }
}
