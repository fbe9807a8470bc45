import { BALANCE, balance, codeCopy, codeHash, codeSize, EXTCODECOPY, EXTCODEHASH, EXTCODESIZE } from './accounts.ts'
import { BLOCKHASH, knownHash } from './blockHashes.ts'
import { FAILURE, need } from './failures.ts'
import type { Frame } from './frame.ts'
import { MAX_STACK } from './runState.ts'
import { load, SLOAD, SSTORE, store } from './storage.ts'
import { COPIES, SURROUNDINGS } from './surroundings.ts'
import { loadTransient, storeTransient, TLOAD, TSTORE } from './transient.ts'
import { readNumber, readWord } from './words.ts'

/** What an opcode does once it is paid. */
type Quick = (frame: Frame) => void

/**
 * The opcodes that most code consists of, for which EthereumJS makes arrays of stack items and pads numbers through strings. Each does the
 * same as its own.
 */
const QUICK = new Map<number, Quick>([
  [
    0x20, // KECCAK256
    ({ common, _runState: { stack, memory } }) => {
      const top = need(stack, 2)
      const data = memory.read(Number(stack._store[top]), Number(stack._store[top - 1]), true)
      stack._store[top - 1] = wordOf(common.customCrypto.keccak256!(data))
      stack._len -= 1
    },
  ],
  [
    0x35, // CALLDATALOAD
    ({ _env: { callData }, _runState: { stack } }) => {
      const top = need(stack, 1)
      const offset = stack._store[top]!
      stack._store[top] = offset < callData.length ? readNumber(callData, Number(offset), 32) : 0n
    },
  ],
  [
    0x51, // MLOAD
    ({ _runState: { stack, memory } }) => {
      const top = need(stack, 1)
      stack._store[top] = memory.readWord(Number(stack._store[top]))
    },
  ],
  [
    0x52, // MSTORE
    ({ _runState: { stack, memory } }) => {
      const top = need(stack, 2)
      memory.writeWord(Number(stack._store[top]), stack._store[top - 1]!)
      stack._len -= 2
    },
  ],
  [BALANCE, balance],
  [EXTCODESIZE, codeSize],
  [EXTCODECOPY, codeCopy],
  [EXTCODEHASH, codeHash],
  [
    BLOCKHASH,
    (frame) => {
      const { stack } = frame._runState
      stack._store[stack._len - 1] = knownHash(frame)!
    },
  ],
  [SLOAD, load],
  [SSTORE, store],
  [TLOAD, loadTransient],
  [TSTORE, storeTransient],
  ...SURROUNDINGS,
  ...COPIES,
])

const PUSH0 = 0x5f
const PUSH32 = 0x7f
for (let opcode = PUSH0 + 1; opcode <= PUSH32; opcode++) QUICK.set(opcode, push(opcode - PUSH0))

function push(bytes: number): Quick {
  return ({ _runState: state }) => {
    const { stack, code, programCounter } = state
    if (stack._len >= MAX_STACK) throw FAILURE.stackOverflow
    stack._store[stack._len++] = readNumber(code, programCounter, bytes)
    state.programCounter = programCounter + bytes
  }
}

/** The word in 32 bytes. */
const wordOf = (bytes: Uint8Array): bigint => readWord(new DataView(bytes.buffer, bytes.byteOffset), 0)

const TABLE = Array.from({ length: 256 }, (_, opcode) => QUICK.get(opcode))

export const quickOpcode = (opcode: number): Quick | undefined => TABLE[opcode]
