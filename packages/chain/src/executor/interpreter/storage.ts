import { sameBytes, toBigint } from '../../state/account.ts'
import { byteKey } from '../../state/store.ts'
import type { Frame } from './frame.ts'
import { minimalBytes, wordBytes } from './words.ts'

export const SLOAD = 0x54
export const SSTORE = 0x55

/** Gas of storage: EIP-2929 as EIP-3529 left it, for slots looked at the first time in a transaction, and later. */
const COLD = 2_100
const WARM = 100
/** Gas of the first change to a slot in a transaction, where it held nothing before it, and something (EIP-2200). */
const SET = 20_000
const RESET = 2_900
/** What emptying a slot gives back (EIP-3529). */
const CLEARED = 4_800
/** An SSTORE with no more gas than this fails, so that a call with a stipend changes nothing. */
const SENTRY = 2_300

/** The slot that an opcode has paid for and is about to read or write. */
export interface Slot {
  readonly key: Uint8Array
  readonly before: Uint8Array
  /** What is to be written; without leading zeros, as all values here. */
  readonly after: Uint8Array
}

/**
 * What SLOAD or SSTORE costs besides its base fee; puts the slot down in the frame. Undefined where EthereumJS has to say what is wrong, and
 * while somebody wants to know what is looked at.
 */
export function storageGas(frame: Frame, opcode: number, gas: number): number | undefined {
  const { journal, state, _runState: run, _env: env } = frame
  const { _store: items, _len: height } = run.stack
  const writes = opcode === SSTORE
  if (height < (writes ? 2 : 1) || journal.accessList || (writes && (env.isStatic || gas <= SENTRY))) return undefined
  const key = wordBytes(items[height - 1]!)
  const id = frame.self.id + byteKey(key)
  const first = journal.isWarm(id) ? 0 : COLD
  if (first > 0) journal.warmSlot(frame.self.id, id)
  const address = env.address.bytes
  const before = state.slot(address, key)
  if (!writes) {
    frame.slot = { key, before, after: before }
    return first || WARM
  }
  const after = minimalBytes(items[height - 2]!)
  frame.slot = { key, before, after }
  const original = state.original(address, key, id)
  run.gasRefund += BigInt(refund(original, before, after))
  const changes = !sameBytes(before, after)
  const price = changes && sameBytes(original, before) ? (original.length === 0 ? SET : RESET) : WARM
  return first + price
}

/** What a write gives back: less than nothing where it takes an earlier refund back (EIP-3529). */
function refund(original: Uint8Array, before: Uint8Array, after: Uint8Array): number {
  if (sameBytes(before, after)) return 0
  let gas = 0
  if (original.length > 0 && before.length === 0) gas -= CLEARED
  if (original.length > 0 && before.length > 0 && after.length === 0) gas += CLEARED
  if (sameBytes(original, after)) gas += (original.length === 0 ? SET : RESET) - WARM
  return gas
}

export function load({ slot, _runState: { stack } }: Frame): void {
  stack._store[stack._len - 1] = toBigint(slot!.before)
}

export function store({ slot, state, _env, _runState: { stack } }: Frame): void {
  state.setSlot(_env.address.bytes, slot!.key, slot!.after)
  stack._len -= 2
}
