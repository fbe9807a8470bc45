import { EMPTY_CODE_HASH, sameBytes, toBigint } from '../../state/account.ts'
import { accessGas, codeOf } from './call.ts'
import type { Frame } from './frame.ts'
import { reachGas } from './memoryGas.ts'

export const BALANCE = 0x31
export const EXTCODESIZE = 0x3b
export const EXTCODEHASH = 0x3f
export const EXTCODECOPY = 0x3c
const COPIED_WORD = 3

/** What of another account the opcodes above ask for costs, besides their base fee. Undefined where EthereumJS has to answer them, as in `storageGas`. */
export function accountGas(frame: Frame): number | undefined {
  const { _store: items, _len: height } = frame._runState.stack
  if (height < 1 || frame.journal.accessList) return undefined
  return accessGas(frame, frame.targets.of(items[height - 1]!))
}

/** The same of EXTCODECOPY, and of the memory that it writes. */
export function codeCopyGas(frame: Frame): number | undefined {
  const { _store: items, _len: height } = frame._runState.stack
  if (height < 4 || frame.journal.accessList) return undefined
  const length = items[height - 4]!
  const memory = reachGas(frame._runState, items[height - 2]!, length, 0n, 0n)
  return memory === undefined ? undefined : memory + accessGas(frame, named(frame)) + COPIED_WORD * Math.ceil(Number(length) / 32)
}

/** Beyond the end of the code there are zeros. */
export function codeCopy(frame: Frame): void {
  const { stack, memory } = frame._runState
  const { _store: items, _len: height } = stack
  memory.copy(Number(items[height - 2]), Number(items[height - 4]), codeOf(frame, named(frame)), items[height - 3]!)
  stack._len -= 4
}

export function balance(frame: Frame): void {
  answer(frame, accountOf(frame)?.balance ?? 0n)
}

export function codeSize(frame: Frame): void {
  answer(frame, BigInt(codeOf(frame, named(frame)).length))
}

/** Of an account that is empty, as of one that is not there, it is zero (EIP-1052). */
export function codeHash(frame: Frame): void {
  const account = accountOf(frame)
  const isEmpty = !account || (account.nonce === 0n && account.balance === 0n && sameBytes(account.codeHash, EMPTY_CODE_HASH))
  answer(frame, isEmpty ? 0n : toBigint(account.codeHash))
}

const named = ({ targets, _runState: { stack } }: Frame) => targets.of(stack._store[stack._len - 1]!)

function accountOf(frame: Frame) {
  const { id, address } = named(frame)
  return frame.state.recordAt(id, address.bytes)
}

function answer({ _runState: { stack } }: Frame, word: bigint): void {
  stack._store[stack._len - 1] = word
}
