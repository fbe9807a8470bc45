import type { AccountFields, StateManagerInterface } from '@ethereumjs/common'
import { Account, type Address } from '@ethereumjs/util'
import type { Keccak } from '../crypto/keccak.ts'
import { EMPTY_ROOT } from '../trie/update.ts'
import { type AccountRecord, EMPTY_CODE_HASH, NEW_ACCOUNT, sameBytes } from './account.ts'
import type { StateBase } from './base.ts'
import { byteKey } from './store.ts'

/** What a block or call has changed over its base. Keys are `byteKey`s. Undefined: deleted. */
export interface Changes {
  readonly accounts: ReadonlyMap<string, AccountRecord | undefined>
  /** Slots written, without leading zeros; empty deletes. */
  readonly slots: ReadonlyMap<string, ReadonlyMap<string, Uint8Array>>
  /** Accounts whose storage in the base no longer counts. */
  readonly cleared: ReadonlyMap<string, true>
  readonly codes: ReadonlyMap<string, Uint8Array>
}

const NOTHING = new Uint8Array()

/**
 * The state that the EVM works on: the base, and over it what has been written since, in plain maps with an undo journal. Tries are
 * not touched here; `transition` does that once a block. Implements the state manager of EthereumJS.
 *
 * Storage roots are those of the base until then. The EVM asks them only whether an address is free (EIP-7610), for which an account
 * with new storage has a nonce as well.
 */
export class Overlay implements StateManagerInterface {
  #base: StateBase
  readonly #keccak: Keccak
  #accounts = new Map<string, AccountRecord | undefined>()
  #slots = new Map<string, Map<string, Uint8Array>>()
  #cleared = new Map<string, true>()
  #codes = new Map<string, Uint8Array>()
  /**
   * Code that was asked for. A second look costs 100 gas, in which none can be read from disk and hashed; and however much the base remembers,
   * a transaction can look at more of it in turn.
   */
  #asked = new Map<string, Uint8Array>()
  /** What each write has replaced, oldest first. */
  #undo: Undo[] = []
  /** Length of `#undo` at each open checkpoint. */
  #checkpoints: number[] = []
  /** Slots as they were when the transaction began, for the gas of SSTORE (EIP-2200). */
  #originals = new Map<string, Uint8Array>()

  constructor(base: StateBase, keccak: Keccak) {
    this.#base = base
    this.#keccak = keccak
  }

  readonly originalStorageCache: StateManagerInterface['originalStorageCache'] = {
    get: async (address, key) => this.original(address.bytes, key, byteKey(address.bytes) + byteKey(key)),
    clear: () => {
      if (this.#originals.size > 0) this.#originals = new Map()
    },
  }

  /** Starts over on another base, with nothing written. */
  reset(base: StateBase): void {
    this.#base = base
    this.#accounts = new Map()
    this.#slots = new Map()
    this.#cleared = new Map()
    this.#codes = new Map()
    this.#asked = new Map()
    this.#undo = []
    this.#checkpoints = []
    this.#originals = new Map()
  }

  changes(): Changes {
    return { accounts: this.#accounts, slots: this.#slots, cleared: this.#cleared, codes: this.#codes }
  }

  /** The account as it is now; undefined when there is none. */
  record(address: Uint8Array): AccountRecord | undefined {
    return this.recordAt(byteKey(address), address)
  }

  /** The same, for whoever has the `byteKey` of the address. */
  recordAt(id: string, address: Uint8Array): AccountRecord | undefined {
    const known = this.#accounts.get(id)
    if (known) return known
    return this.#accounts.has(id) ? this.#accounts.get(id) : this.#base.account(address)
  }

  /** A slot as it is now, without leading zeros. */
  slot(address: Uint8Array, key: Uint8Array): Uint8Array {
    const id = byteKey(address)
    const written = this.#slots.get(id)?.get(byteKey(key))
    if (written) return written
    return this.#cleared.has(id) ? NOTHING : this.#base.slot(address, key)
  }

  /**
   * A slot as it was when the transaction began, without leading zeros: to be asked before each write. `id` is the `byteKey` of the address
   * and that of the slot.
   */
  original(address: Uint8Array, key: Uint8Array, id: string): Uint8Array {
    const known = this.#originals.get(id)
    if (known) return known
    const value = this.slot(address, key)
    this.#originals.set(id, value)
    return value
  }

  /** Writes a slot; the value without leading zeros. */
  setSlot(address: Uint8Array, key: Uint8Array, value: Uint8Array): void {
    const id = byteKey(address)
    let slots = this.#slots.get(id)
    if (!slots) {
      slots = new Map()
      this.#slots.set(id, slots)
    }
    this.#set(slots, byteKey(key), value)
  }

  /** The code with this hash. */
  code(hash: Uint8Array): Uint8Array {
    if (sameBytes(hash, EMPTY_CODE_HASH)) return NOTHING
    const id = byteKey(hash)
    const known = this.#codes.get(id) ?? this.#asked.get(id)
    if (known) return known
    const code = this.#base.code(hash)
    this.#asked.set(id, code)
    return code
  }

  /** Adds wei to an account from outside of the EVM. */
  credit(address: Uint8Array, amount: bigint): void {
    const record = this.record(address) ?? NEW_ACCOUNT
    this.#setAccount(byteKey(address), { ...record, balance: record.balance + amount })
  }

  /** Writes an account as it is, an empty one where there is none. `id` is the `byteKey` of the address. */
  keep(id: string, address: Uint8Array): void {
    if (!this.#accounts.get(id)) this.#setAccount(id, this.recordAt(id, address) ?? NEW_ACCOUNT)
  }

  async getAccount(address: Address): Promise<Account | undefined> {
    const record = this.record(address.bytes)
    return record && new Account(record.nonce, record.balance, record.storageRoot, record.codeHash)
  }

  async putAccount(address: Address, account?: Account): Promise<void> {
    if (!account) return this.deleteAccount(address)
    const { nonce, balance, storageRoot, codeHash } = account
    this.#setAccount(byteKey(address.bytes), { nonce, balance, storageRoot, codeHash })
  }

  async deleteAccount(address: Address): Promise<void> {
    if (!this.record(address.bytes)) return
    this.#clear(byteKey(address.bytes))
    this.#setAccount(byteKey(address.bytes), undefined)
  }

  async modifyAccountFields(address: Address, fields: AccountFields): Promise<void> {
    const { nonce, balance, storageRoot, codeHash } = { ...(this.record(address.bytes) ?? NEW_ACCOUNT), ...fields }
    this.#setAccount(byteKey(address.bytes), { nonce, balance, storageRoot, codeHash })
  }

  async putCode(address: Address, code: Uint8Array): Promise<void> {
    const codeHash = code.length === 0 ? EMPTY_CODE_HASH : this.#keccak(code)
    if (code.length > 0) this.#codes.set(byteKey(codeHash), code)
    await this.modifyAccountFields(address, { codeHash })
  }

  async getCode(address: Address): Promise<Uint8Array> {
    const hash = this.record(address.bytes)?.codeHash
    return hash ? this.code(hash) : NOTHING
  }

  async getCodeSize(address: Address): Promise<number> {
    return (await this.getCode(address)).length
  }

  async getStorage(address: Address, key: Uint8Array): Promise<Uint8Array> {
    return this.slot(address.bytes, key)
  }

  async putStorage(address: Address, key: Uint8Array, value: Uint8Array): Promise<void> {
    this.setSlot(address.bytes, key, withoutLeadingZeros(value))
  }

  async clearStorage(address: Address): Promise<void> {
    const id = byteKey(address.bytes)
    this.#clear(id)
    const record = this.record(address.bytes)
    if (record && !sameBytes(record.storageRoot, EMPTY_ROOT)) this.#setAccount(id, { ...record, storageRoot: EMPTY_ROOT })
  }

  async checkpoint(): Promise<void> {
    this.open()
  }

  async commit(): Promise<void> {
    this.close()
  }

  async revert(): Promise<void> {
    this.undo()
  }

  /** Opens a checkpoint. */
  open(): void {
    this.#checkpoints.push(this.#undo.length)
  }

  /** Closes the last checkpoint. What was written since stays. */
  close(): void {
    this.#checkpoints.pop()
    if (this.#checkpoints.length === 0) this.#undo = []
  }

  /** Closes the last checkpoint and takes back what was written since. */
  undo(): void {
    const mark = this.#checkpoints.pop() ?? 0
    while (this.#undo.length > mark) takeBack(this.#undo.pop()!)
  }

  /** How many checkpoints are open. */
  get depth(): number {
    return this.#checkpoints.length
  }

  /** Takes back everything since there were as few checkpoints open. */
  async revertTo(depth: number): Promise<void> {
    while (this.#checkpoints.length > depth) this.undo()
  }

  async getStateRoot(): Promise<Uint8Array> {
    throw new Error('the overlay has no root; transition() computes it once a block')
  }

  async setStateRoot(): Promise<void> {
    throw new Error('the overlay has no root; reset() gives it another base')
  }

  async hasStateRoot(): Promise<boolean> {
    return false
  }

  clearCaches(): void {}

  shallowCopy(): Overlay {
    return new Overlay(this.#base, this.#keccak)
  }

  #setAccount(id: string, record: AccountRecord | undefined): void {
    this.#set(this.#accounts, id, record)
  }

  /** Writes to a map, and remembers how to take that back if a checkpoint is open. */
  #set<V>(map: Map<string, V>, key: string, value: V): void {
    this.#remember(map, key)
    map.set(key, value)
  }

  #remember<V>(map: Map<string, V>, key: string): void {
    if (this.#checkpoints.length > 0) this.#undo.push({ map, key, had: map.has(key), before: map.get(key) })
  }

  #clear(id: string): void {
    const slots = this.#slots.get(id)
    if (slots && slots.size > 0) {
      this.#remember(this.#slots, id)
      this.#slots.delete(id)
    }
    if (!this.#cleared.has(id)) this.#set(this.#cleared, id, true)
  }
}

/** An entry of a map as it was before a write. */
interface Undo {
  readonly map: Map<string, unknown>
  readonly key: string
  readonly had: boolean
  readonly before: unknown
}

function takeBack({ map, key, had, before }: Undo): void {
  if (had) map.set(key, before)
  else map.delete(key)
}

function withoutLeadingZeros(value: Uint8Array): Uint8Array {
  let zeros = 0
  while (zeros < value.length && value[zeros] === 0) zeros++
  return value.slice(zeros)
}
