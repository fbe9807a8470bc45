import type { InterpreterStep } from '@ethereumjs/evm'
import { type Address, bytesToHex, type Hex, hexToBytes } from '@opengradient/protocol'
import { onStep } from '../call/patience.ts'
import { NEW_ACCOUNT } from '../state/account.ts'
import type { Overlay } from '../state/overlay.ts'
import { isCall, OP } from './opcodes.ts'
import type { Tracer, Watched } from './tracer.ts'

export interface PrestateOptions {
  /** What changed, before and after, instead of everything that was touched. */
  readonly diffMode: boolean
  readonly disableCode: boolean
  readonly disableStorage: boolean
}

/** An account as geth's `prestateTracer` tells it. Absent is zero or empty, in the `post` of a difference: unchanged. */
interface AccountJson {
  readonly balance?: Hex
  readonly nonce?: number
  readonly code?: Hex
  readonly storage?: Readonly<Record<Hex, Hex>>
}

/** An account when it was first touched, and the slots of it, each when it was. */
interface Touched {
  readonly account: Snapshot
  readonly slots: Map<Hex, Hex>
}

interface Snapshot {
  readonly exists: boolean
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Hex
}

/** Characters of an account besides its code and storage, about, and of a slot. */
const ACCOUNT_CHARS = 150
const SLOT_CHARS = 140

/** geth's `prestateTracer`: the accounts and slots that the transaction touched, as they were before it. */
export const prestateTracer =
  (options: PrestateOptions): Tracer =>
  (watched) => {
    const prestate = new Prestate(options, watched)
    return () => (options.diffMode ? prestate.difference() : prestate.before())
  }

class Prestate {
  readonly #options: PrestateOptions
  readonly #watched: Watched
  readonly #touched = new Map<Address, Touched>()

  constructor(options: PrestateOptions, watched: Watched) {
    this.#options = options
    this.#watched = watched
    const { from, to, coinbase, vm, patience } = watched
    for (const address of [from, to, coinbase]) if (address) this.#touch(address)
    // A contract is created at an address that nothing has named before.
    vm.evm.events!.on('beforeMessage', (message) => {
      if (message.to) this.#touch(message.codeAddress.toString())
    })
    vm.evm.events!.on('newContract', ({ address }) => {
      this.#touch(address.toString())
    })
    onStep(vm.evm, patience, (step) => this.#step(step))
  }

  before(): Record<Address, AccountJson> {
    const shown = [...this.#touched].filter(([, { account }]) => account.exists)
    return Object.fromEntries(shown.map(([address, { account, slots }]) => [address, this.#json(account, slots)]))
  }

  difference(): { pre: Record<Address, AccountJson>; post: Record<Address, AccountJson> } {
    const pre: Record<Address, AccountJson> = {}
    const post: Record<Address, AccountJson> = {}
    for (const [address, { account, slots }] of this.#touched) {
      const after = this.#snapshot(address)
      const changed = [...slots].filter(([slot, value]) => this.#slot(address, slot) !== value)
      if (changed.length === 0 && sameAccount(account, after)) continue
      if (account.exists) pre[address] = this.#json(account, new Map(changed.filter(([, value]) => value !== ZERO)))
      if (!after.exists) continue
      const now = changed.map(([slot]): [Hex, Hex] => [slot, this.#slot(address, slot)])
      post[address] = this.#changes(account, after, new Map(now.filter(([, value]) => value !== ZERO)))
    }
    return { pre, post }
  }

  /** Looks up what an instruction is about to use, before it can change it. */
  #step({ opcode: { code }, stack, address }: InterpreterStep): void {
    const top = stack.at(-1)
    if (top === undefined) return
    if (code === OP.SLOAD || code === OP.SSTORE) this.#touchSlot(address.toString(), word(top))
    else if (BY_TOP.includes(code)) this.#touch(addressOf(top))
    else if (isCall(code) && stack.length > 1) this.#touch(addressOf(stack.at(-2)!))
  }

  #touch(address: Address): Touched {
    const known = this.#touched.get(address)
    if (known) return known
    const account = this.#snapshot(address)
    this.#watched.output.add(ACCOUNT_CHARS + account.code.length)
    const touched = { account, slots: new Map<Hex, Hex>() }
    this.#touched.set(address, touched)
    return touched
  }

  #touchSlot(address: Address, slot: Hex): void {
    const { slots } = this.#touch(address)
    if (this.#options.disableStorage || slots.has(slot)) return
    this.#watched.output.add(SLOT_CHARS)
    slots.set(slot, this.#slot(address, slot))
  }

  #snapshot(address: Address): Snapshot {
    const { state } = this.#watched
    const { balance, nonce, codeHash } = state.record(hexToBytes(address)) ?? NEW_ACCOUNT
    const code = bytesToHex(state.code(codeHash))
    return { exists: balance > 0n || nonce > 0n || code !== '0x', balance, nonce, code }
  }

  #slot(address: Address, slot: Hex): Hex {
    return readSlot(this.#watched.state, address, slot)
  }

  #json({ balance, nonce, code }: Snapshot, slots: ReadonlyMap<Hex, Hex>): AccountJson {
    return {
      balance: quantity(balance),
      ...(nonce > 0n && { nonce: Number(nonce) }),
      ...(code !== '0x' && !this.#options.disableCode && { code }),
      ...(slots.size > 0 && { storage: Object.fromEntries(slots) }),
    }
  }

  #changes(before: Snapshot, after: Snapshot, slots: ReadonlyMap<Hex, Hex>): AccountJson {
    return {
      ...(after.balance !== before.balance && { balance: quantity(after.balance) }),
      ...(after.nonce !== before.nonce && { nonce: Number(after.nonce) }),
      ...(after.code !== before.code && !this.#options.disableCode && { code: after.code }),
      ...(slots.size > 0 && { storage: Object.fromEntries(slots) }),
    }
  }
}

/** Instructions whose first operand is an account. */
const BY_TOP: readonly number[] = [OP.BALANCE, OP.EXTCODESIZE, OP.EXTCODECOPY, OP.EXTCODEHASH, OP.SELFDESTRUCT]

const ZERO: Hex = `0x${'0'.repeat(64)}`
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
const quantity = (value: bigint): Hex => `0x${value.toString(16)}`
const addressOf = (item: bigint): Address => `0x${item.toString(16).padStart(40, '0').slice(-40)}`
const sameAccount = (a: Snapshot, b: Snapshot) => a.balance === b.balance && a.nonce === b.nonce && a.code === b.code
const readSlot = (state: Overlay, address: Address, slot: Hex): Hex =>
  `0x${Buffer.from(state.slot(hexToBytes(address), hexToBytes(slot)))
    .toString('hex')
    .padStart(64, '0')}`
