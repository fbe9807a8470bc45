import type { EVMInterface } from '@ethereumjs/evm'
import { type Account, Address } from '@ethereumjs/util'
import { EMPTY_CODE_HASH, sameBytes } from '../../state/account.ts'
import type { Overlay } from '../../state/overlay.ts'
import { byteKey, keyBytes } from '../../state/store.ts'
import type { AccessListEntry } from '../transaction/fields.ts'

/**
 * What a transaction has looked at and touched: addresses and slots are dearer the first time (EIP-2929), and touched accounts that are empty
 * at its end go (EIP-161). Takes the place of EthereumJS's journal, whose methods it has; theirs makes six collections for each call,
 * and hex of everything.
 */
export class Journal {
  readonly #state: Overlay
  readonly #precompiles: ReadonlySet<string>
  #precompilesWarm = false
  /** Warm for the whole transaction, whatever fails in it: `byteKey`s of addresses, and of addresses with slots. */
  readonly #always = new Set<string>()
  readonly #warm = new Set<string>()
  readonly #touched = new Set<string>()
  /** What was added to the two sets above, in order, and how much of it at each open checkpoint. */
  #warmed: string[] = []
  #touches: string[] = []
  #checkpoints: { readonly warmed: number; readonly touches: number }[] = []
  /** What was looked at, in hex without prefix; only while somebody wants to know. */
  accessList: Map<string, Set<string>> | undefined

  /** `precompiles`: addresses in hex without prefix. */
  constructor(state: Overlay, precompiles: Iterable<string>) {
    this.#state = state
    this.#precompiles = new Set([...precompiles].map(keyOfHex))
  }

  startReportingAccessList(): void {
    this.accessList = new Map()
  }

  async putAccount(address: Address, account: Account): Promise<void> {
    this.touch(address.bytes)
    await this.#state.putAccount(address, account)
  }

  async deleteAccount(address: Address): Promise<void> {
    this.touch(address.bytes)
    await this.#state.deleteAccount(address)
  }

  /** The account goes at the end of the transaction if it is empty then. */
  touch(address: Uint8Array): void {
    this.touchAt(byteKey(address))
  }

  /** The same by its `byteKey`. */
  touchAt(id: string): void {
    if (this.#touched.has(id)) return
    this.#touched.add(id)
    this.#touches.push(id)
  }

  /** Remembers how everything is, state included. */
  open(): void {
    this.#checkpoints.push({ warmed: this.#warmed.length, touches: this.#touches.length })
    this.#state.open()
  }

  /** Forgets how it was when `open` was called last. */
  keep(): void {
    this.#checkpoints.pop()
    this.#state.close()
  }

  /** Makes everything as it was then. */
  undo(): void {
    const { warmed, touches } = this.#checkpoints.pop() ?? { warmed: 0, touches: 0 }
    while (this.#warmed.length > warmed) this.#warm.delete(this.#warmed.pop()!)
    while (this.#touches.length > touches) this.#touched.delete(this.#touches.pop()!)
    this.#state.undo()
  }

  async checkpoint(): Promise<void> {
    this.open()
  }

  async commit(): Promise<void> {
    this.keep()
  }

  async revert(): Promise<void> {
    this.undo()
  }

  /** Ends a transaction: touched empty accounts go. */
  async cleanup(): Promise<void> {
    for (const id of this.#touched) {
      const record = this.#state.record(keyBytes(id))
      const kept = record && (record.balance > 0n || record.nonce > 0n || !sameBytes(record.codeHash, EMPTY_CODE_HASH))
      if (!kept) await this.#state.deleteAccount(new Address(keyBytes(id)))
    }
    this.cleanJournal()
    this.accessList = undefined
  }

  /** Forgets everything. */
  cleanJournal(): void {
    this.#precompilesWarm = false
    this.#always.clear()
    this.#warm.clear()
    this.#touched.clear()
    this.#warmed = []
    this.#touches = []
    this.#checkpoints = []
  }

  /** Begins a transaction, in which these addresses and slots and all precompiles are warm from the beginning, whatever fails in it. */
  begin(addresses: readonly Uint8Array[], accessList: readonly AccessListEntry[]): void {
    this.#precompilesWarm = true
    for (const address of addresses) this.#always.add(byteKey(address))
    for (const { address, slots } of accessList) {
      this.#always.add(byteKey(address))
      for (const slot of slots) this.#always.add(byteKey(address) + byteKey(slot))
    }
  }

  /** `report`: it counts as looked at. */
  addAlwaysWarmAddress(hex: string, report = false): void {
    this.#always.add(keyOfHex(hex))
    if (report) this.#report(hex)
  }

  addAlwaysWarmSlot(hex: string, slot: string, report = false): void {
    this.addAlwaysWarmAddress(hex, report)
    this.#always.add(keyOfHex(hex) + keyOfHex(slot))
    if (report) this.#report(hex, slot)
  }

  /** Whether an address, or an address with a slot, was looked at before: by `byteKey`. */
  isWarm(id: string): boolean {
    return this.#warm.has(id) || this.#always.has(id) || (this.#precompilesWarm && this.#precompiles.has(id))
  }

  /** An account was looked at: by its `byteKey`. */
  warmAddress(id: string): void {
    this.#add(id)
  }

  /** A slot was looked at: `id` is the key of its address with its own. */
  warmSlot(address: string, id: string): void {
    this.#add(address)
    this.#add(id)
  }

  isWarmedAddress(address: Uint8Array): boolean {
    return this.isWarm(byteKey(address))
  }

  addWarmedAddress(address: Uint8Array): void {
    this.#add(byteKey(address))
    if (this.accessList) this.#report(hexOf(address))
  }

  isWarmedStorage(address: Uint8Array, slot: Uint8Array): boolean {
    return this.isWarm(byteKey(address) + byteKey(slot))
  }

  addWarmedStorage(address: Uint8Array, slot: Uint8Array): void {
    this.warmSlot(byteKey(address), byteKey(address) + byteKey(slot))
    if (this.accessList) this.#report(hexOf(address), hexOf(slot))
  }

  #add(id: string): void {
    if (this.#warm.has(id)) return
    this.#warm.add(id)
    this.#warmed.push(id)
  }

  #report(hex: string, slot?: string): void {
    if (!this.accessList) return
    const address = unprefixed(hex)
    const slots = this.accessList.get(address) ?? new Set()
    if (slot !== undefined) slots.add(unprefixed(slot))
    this.accessList.set(address, slots)
  }
}

/** The journal of an EVM to which `makeQuick` has given one. */
export function journalOf(evm: EVMInterface): Journal {
  const journal: object = evm.journal
  if (journal instanceof Journal) return journal
  throw new TypeError('the EVM has a journal of EthereumJS')
}

const unprefixed = (hex: string): string => (hex.startsWith('0x') ? hex.slice(2) : hex)
const keyOfHex = (hex: string): string => Buffer.from(unprefixed(hex), 'hex').toString('latin1')
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex')
