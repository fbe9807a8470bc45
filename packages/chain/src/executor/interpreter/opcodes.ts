import { EVMError } from '@ethereumjs/evm'
import type { Frame } from './frame.ts'
import type { Stack } from './runState.ts'
import { load, SLOAD, SSTORE, store } from './storage.ts'

/** What an opcode does once it is paid. */
type Quick = (frame: Frame) => void

/**
 * The opcodes that most code consists of, for which EthereumJS makes arrays of stack items and pads numbers through strings. Each does the
 * same as its own.
 */
const QUICK = new Map<number, Quick>([
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
  [SLOAD, load],
  [SSTORE, store],
])

/** Where the top of the stack is, if it has at least `items`. */
function need({ _len: height }: Stack, items: number): number {
  if (height < items) throw new EVMError(EVMError.errorMessages.STACK_UNDERFLOW)
  return height - 1
}

const TABLE = Array.from({ length: 256 }, (_, opcode) => QUICK.get(opcode))

export const quickOpcode = (opcode: number): Quick | undefined => TABLE[opcode]
