import { FAILURE } from './failures.ts'
import type { Frame } from './frame.ts'
import { MAX_STACK, type Stack } from './runState.ts'
import { readNumber } from './words.ts'

/** The bytes are never changed, and mostly those of the last time. */
function pushed(bytesOf: (frame: Frame) => Uint8Array) {
  let last = new Uint8Array()
  let word = 0n
  return (frame: Frame): void => {
    const { stack } = frame._runState
    if (stack._len >= MAX_STACK) throw FAILURE.stackOverflow
    const bytes = bytesOf(frame)
    if (bytes !== last) {
      word = readNumber(bytes, 0, bytes.length)
      last = bytes as Uint8Array<ArrayBuffer>
    }
    stack._store[stack._len++] = word
  }
}

/** Opcodes that put an address or a hash on the stack, which EthereumJS writes in hex first: at 2 gas they have to take a tenth of a microsecond. */
export const SURROUNDINGS: readonly (readonly [opcode: number, (frame: Frame) => void])[] = [
  [0x30, pushed(({ _env }) => _env.address.bytes)], // ADDRESS
  [0x32, pushed(({ _env }) => _env.origin.bytes)], // ORIGIN
  [0x33, pushed(({ _env }) => _env.caller.bytes)], // CALLER
  [0x41, pushed(({ _env }) => _env.block.header.coinbase.bytes)], // COINBASE
  [0x44, pushed(({ _env }) => _env.block.header.mixHash)], // PREVRANDAO
]

/** Opcodes that copy into memory from where the second item says, as much as the third does. */
export const COPIES: readonly (readonly [opcode: number, (frame: Frame) => void])[] = [
  [0x37, copied(({ _env }) => _env.callData)], // CALLDATACOPY
  [0x39, copied(({ _env }) => _env.code)], // CODECOPY
  [0x3e, copied(({ _runState }) => _runState.returnBytes)], // RETURNDATACOPY
]

function copied(sourceOf: (frame: Frame) => Uint8Array) {
  return (frame: Frame): void => {
    const { stack, memory }: { stack: Stack; memory: Frame['_runState']['memory'] } = frame._runState
    const [at, from, length] = [stack._store[stack._len - 1]!, stack._store[stack._len - 2]!, stack._store[stack._len - 3]!]
    stack._len -= 3
    memory.copy(Number(at), Number(length), sourceOf(frame), from)
  }
}
