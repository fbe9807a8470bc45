import { RLP } from '@ethereumjs/rlp'
import { type Address, hexToBytes } from '@opengradient/protocol'
import type { SenderAccount } from '../chain.ts'
import type { Keccak } from '../crypto/keccak.ts'
import { readTrie } from '../trie/read.ts'
import { type AccountRecord, decodeAccount, EMPTY_CODE_HASH, readAccount, sameBytes, unseal } from './account.ts'
import { KEY } from './keys.ts'
import { Lru } from './lru.ts'
import type { HashedStore } from './nodes.ts'
import { byteKey, type Store } from './store.ts'

/** A committed state to read from, under the changes of a block or call. Values without leading zeros; absent is empty. */
export interface StateBase {
  account(address: Uint8Array): AccountRecord | undefined
  slot(address: Uint8Array, slot: Uint8Array): Uint8Array
  code(hash: Uint8Array): Uint8Array
}

const NOTHING = new Uint8Array()

/** An account as the transaction pool looks at it. */
export function senderAccount(base: StateBase, address: Address): SenderAccount | undefined {
  const record = base.account(hexToBytes(address))
  if (!record) return undefined
  const { nonce, balance, codeHash } = record
  return { nonce, balance, code: sameBytes(codeHash, EMPTY_CODE_HASH) ? NOTHING : base.code(codeHash) }
}

/** The state under one root, read from its trie. Never changes, so it may be used while the chain goes on. */
export function trieBase(root: Uint8Array, hashed: HashedStore, keccak: Keccak): StateBase {
  const accounts = new Map<string, AccountRecord | undefined>()
  const account = (address: Uint8Array): AccountRecord | undefined => {
    const id = byteKey(address)
    if (!accounts.has(id)) {
      const leaf = readTrie(root, keccak(address), hashed.node)
      accounts.set(id, leaf && decodeAccount(leaf))
    }
    return accounts.get(id)
  }
  return {
    account,
    slot(address, slot) {
      const record = account(address)
      const leaf = record && readTrie(record.storageRoot, keccak(slot), hashed.node)
      return leaf ? (RLP.decode(leaf) as Uint8Array) : NOTHING
    },
    code: hashed.code,
  }
}

const ACCOUNT_CACHE = 8_192
const SLOT_CACHE = 32_768

/** An account that is known not to exist: the cache holds no undefined. */
const ABSENT = Symbol('absent')

/**
 * The flat state of the head: one look-up per account or slot. It changes with each commit, so nothing that was read is kept over one.
 */
export class FlatBase implements StateBase {
  readonly #store: Store
  readonly #hashed: HashedStore
  readonly #accounts = new Lru<AccountRecord | typeof ABSENT>(ACCOUNT_CACHE)
  readonly #slots = new Lru<Uint8Array>(SLOT_CACHE)

  constructor(store: Store, hashed: HashedStore) {
    this.#store = store
    this.#hashed = hashed
  }

  account(address: Uint8Array): AccountRecord | undefined {
    const id = byteKey(address)
    const known = this.#accounts.get(id)
    if (known !== undefined) return known === ABSENT ? undefined : known
    const key = KEY.account(address)
    const sealed = this.#store.get(key)
    const record = sealed && readAccount(unseal(key, sealed))
    this.#accounts.set(id, record ?? ABSENT)
    return record
  }

  slot(address: Uint8Array, slot: Uint8Array): Uint8Array {
    const id = byteKey(address) + byteKey(slot)
    const known = this.#slots.get(id)
    if (known) return known
    const key = KEY.slot(address, slot)
    const sealed = this.#store.get(key)
    const value = sealed ? unseal(key, sealed).slice() : NOTHING
    this.#slots.set(id, value)
    return value
  }

  code(hash: Uint8Array): Uint8Array {
    return this.#hashed.code(hash)
  }

  /** Forgets everything: another state has taken the place of the one that was read. */
  reset(): void {
    this.#accounts.clear()
    this.#slots.clear()
  }

  /** Forgets what a commit has changed. */
  changed(accounts: Iterable<Uint8Array>, slots: Iterable<readonly [Uint8Array, Uint8Array]>): void {
    for (const address of accounts) this.#accounts.delete(byteKey(address))
    for (const [address, slot] of slots) this.#slots.delete(byteKey(address) + byteKey(slot))
  }
}
