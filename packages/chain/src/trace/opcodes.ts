import type { InterpreterStep } from '@ethereumjs/evm'

/** The instructions that traces look at more closely. */
export const OP = {
  STOP: 0x00,
  BALANCE: 0x31,
  EXTCODESIZE: 0x3b,
  EXTCODECOPY: 0x3c,
  EXTCODEHASH: 0x3f,
  SLOAD: 0x54,
  SSTORE: 0x55,
  LOG0: 0xa0,
  LOG4: 0xa4,
  CREATE: 0xf0,
  CALL: 0xf1,
  CALLCODE: 0xf2,
  RETURN: 0xf3,
  DELEGATECALL: 0xf4,
  CREATE2: 0xf5,
  STATICCALL: 0xfa,
  REVERT: 0xfd,
  INVALID: 0xfe,
  SELFDESTRUCT: 0xff,
} as const

const CALLS: readonly number[] = [OP.CALL, OP.CALLCODE, OP.DELEGATECALL, OP.STATICCALL]

export const isCall = (code: number): boolean => CALLS.includes(code)
export const isCallOrCreate = (code: number): boolean => isCall(code) || code === OP.CREATE || code === OP.CREATE2

/** The name of an instruction in traces. */
export function opName({ code, name }: Pick<InterpreterStep['opcode'], 'code' | 'name'>): string {
  return name === 'INVALID' && code !== OP.INVALID ? `opcode 0x${code.toString(16)} not defined` : name
}

/** Gas that a call hands on, which geth counts as its cost: what is asked, at most all but one part in 64 (EIP-150). */
export function forwardedGas({ opcode, stack, gasLeft }: InterpreterStep): bigint {
  const asked = stack.at(-1)
  if (!isCall(opcode.code) || asked === undefined) return 0n
  const left = gasLeft - (opcode.dynamicFee ?? BigInt(opcode.fee))
  if (left <= 0n) return 0n
  const most = left - left / 64n
  return asked < most ? asked : most
}
