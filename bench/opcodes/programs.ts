import { hexToBytes } from '@opengradient/protocol'

/** Bytes of a program, about as many as a contract may have. */
const LENGTH = 24_000
const times = (body: string): string => body.repeat(Math.floor(LENGTH / (body.length / 2)))

/** The code of a contract of these bytes, over and over, in a loop that nothing but its gas ends. */
const loop = (body: string): Uint8Array => hexToBytes(`0x5b${times(body)}600056`)

/** As `loop`, but it ends at once where it is called by itself: CALLER ADDRESS EQ, a jump to the end. */
function callingItself(body: string): Uint8Array {
  const all = times(body)
  const end = 8 + all.length / 2 + 3
  return hexToBytes(`0x33301461${end.toString(16).padStart(4, '0')}575b${all}6007565b00`)
}

/** Opcodes with all their arguments; the stack is as high after as before. Nobody has the address ee. */
export const PROGRAMS: Readonly<Record<string, Uint8Array>> = {
  'calls of nobody': loop('5f5f5f5f5f60ee5af150'),
  'static calls of nobody': loop('5f5f5f5f60ee5afa50'),
  'delegate calls of nobody': loop('5f5f5f5f60ee5af450'),
  'calls of a contract without gas': loop('5f5f5f5f5f305ff150'),
  'calls of a contract': callingItself('5f5f5f5f5f305af150'),
  'calls of the identity precompile': loop('5f5f5f5f60045afa50'),
  'calls of modexp': loop('5f5f5f5f60055afa50'),
  'calls of BN254 add': loop('5f5f5f5f60065afa50'),
  'calls of BN254 add without gas': loop('5f5f5f5f60065ffa50'),
  BALANCE: loop('303150'),
  EXTCODESIZE: loop('303b50'),
  EXTCODEHASH: loop('303f50'),
  EXTCODECOPY: loop('60205f5f303c'),
  RETURNDATACOPY: loop('5f5f5f3e'),
  MCOPY: loop('60205f5f5e'),
  BLOCKHASH: loop('600143034050'),
  GAS: loop('5a50'),
  SLOAD: loop('5f5450'),
  'SSTORE of what is there': loop('5f5f55'),
  TLOAD: loop('5f5c50'),
  'TSTORE to ever another slot': loop('60015a5d'),
  CALLER: loop('3350'),
  PREVRANDAO: loop('4450'),
  CALLDATALOAD: loop('5f3550'),
  CALLDATACOPY: loop('60205f5f37'),
  KECCAK256: loop('60205f2050'),
  PUSH32: loop(`7f${'ff'.repeat(32)}50`),
  LOG0: loop('5f5fa0'),
  EXP: loop(`7f${'ff'.repeat(32)}600a0a50`),
  JUMPDEST: loop('5b'),
}
