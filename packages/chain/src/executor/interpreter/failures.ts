import { EVMError } from '@ethereumjs/evm'
import type { Stack } from './runState.ts'

const { OUT_OF_GAS, REVERT, INVALID_OPCODE, STACK_OVERFLOW, STACK_UNDERFLOW, STATIC_STATE_CHANGE } = EVMError.errorMessages

/** Ways for code to fail, made once: most of what it takes to make an error is to note down where. */
export const FAILURE = {
  outOfGas: new EVMError(OUT_OF_GAS),
  reverted: new EVMError(REVERT),
  invalidOpcode: new EVMError(INVALID_OPCODE),
  staticChange: new EVMError(STATIC_STATE_CHANGE),
  stackUnderflow: new EVMError(STACK_UNDERFLOW),
  stackOverflow: new EVMError(STACK_OVERFLOW),
} as const

/** Where the top of the stack is, if it has at least `items`. */
export function need({ _len: height }: Stack, items: number): number {
  if (height < items) throw FAILURE.stackUnderflow
  return height - 1
}
