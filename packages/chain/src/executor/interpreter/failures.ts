import { EVMError } from '@ethereumjs/evm'

const { OUT_OF_GAS, REVERT, INVALID_OPCODE, STACK_OVERFLOW } = EVMError.errorMessages

/** Ways for code to fail, made once: most of what it takes to make an error is to note down where. */
export const FAILURE = {
  outOfGas: new EVMError(OUT_OF_GAS),
  reverted: new EVMError(REVERT),
  invalidOpcode: new EVMError(INVALID_OPCODE),
  stackOverflow: new EVMError(STACK_OVERFLOW),
} as const
