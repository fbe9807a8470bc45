import { EVMError } from '@ethereumjs/evm'
import type { Frame } from './frame.ts'
import type { JumpCache } from './jumpCache.ts'
import { memoryGas } from './memoryGas.ts'
import { quickOpcode } from './opcodes.ts'
import type { RunState } from './runState.ts'
import { SLOAD, SSTORE, storageGas } from './storage.ts'

const JUMP = 0x56
const JUMPI = 0x57

/** Opcodes with a fixed price that still have to wait, or that look at the gas: BLOCKHASH and GAS. */
const SLOW = new Set([0x40, 0x5a])

/**
 * Runs the code of a frame as EthereumJS's own loop does, with its opcodes, but waits for a promise only at those opcodes that look at
 * the state or call; its own waits twice at each. And it counts gas in a number in between. For the rules up to osaka, where opcodes
 * cost gas and nothing else. Answers why the code failed; undefined when it stopped or returned.
 */
export async function runCode(frame: Frame, cache: JumpCache): Promise<EVMError | undefined> {
  const { _runState: state } = frame
  const known = cache.get(state.code)
  if (known) allow(state, known)
  try {
    while (advance(frame, cache)) await frame.runStep()
  } catch (error) {
    if (!(error instanceof EVMError)) throw error
    return error.error === EVMError.errorMessages.STOP ? undefined : error
  }
  return undefined
}

/** Runs on until there is an opcode to wait for, which is `opCode` then, or the end of the code: false. */
function advance(frame: Frame, cache: JumpCache): boolean {
  const { common, _runState: state } = frame
  const { _opcodeMap: opcodes } = frame._evm
  const { code } = state
  let gas = Number(state.gasLeft)
  try {
    while (state.programCounter < code.length) {
      const opcode = code[state.programCounter]!
      state.opCode = opcode
      const { opcodeInfo, opHandler } = opcodes[opcode]!
      let price = opcodeInfo.fee
      if (opcodeInfo.dynamicGas) {
        const more = opcode === SLOAD || opcode === SSTORE ? storageGas(frame, opcode, gas) : memoryGas(state, opcode)
        if (more === undefined) return true
        price += more
      } else if (SLOW.has(opcode)) return true
      else if (opcodeInfo.isInvalid) throw new EVMError(EVMError.errorMessages.INVALID_OPCODE)
      else if (state.shouldDoJumpAnalysis && (opcode === JUMP || opcode === JUMPI)) {
        allow(state, cache.of(code, !state.env.isCreate))
      }
      gas -= price
      if (gas < 0) {
        gas = 0
        throw new EVMError(EVMError.errorMessages.OUT_OF_GAS)
      }
      state.programCounter++
      const quick = quickOpcode(opcode)
      if (quick) quick(frame)
      else opHandler(state, common)
    }
    return false
  } finally {
    state.gasLeft = BigInt(gas)
  }
}

/** Says where the code may jump. Only code that jumps is worth looking through for that. */
function allow(state: RunState, jumps: Uint8Array): void {
  state.validJumps = jumps
  state.shouldDoJumpAnalysis = false
}
