import { EVMError } from '@ethereumjs/evm'
import { accountGas, BALANCE, codeCopyGas, EXTCODECOPY, EXTCODEHASH, EXTCODESIZE } from './accounts.ts'
import { BLOCKHASH, knownHash } from './blockHashes.ts'
import { type Call, callOf, isCall, makeCall } from './call.ts'
import { FAILURE } from './failures.ts'
import type { Frame } from './frame.ts'
import type { JumpCache } from './jumpCache.ts'
import { memoryGas } from './memoryGas.ts'
import { quickOpcode } from './opcodes.ts'
import { MAX_STACK, type RunState } from './runState.ts'
import { SLOAD, SSTORE, storageGas } from './storage.ts'

const STOP = 0x00
const JUMP = 0x56
const JUMPI = 0x57
const GAS = 0x5a
const RETURN = 0xf3
const REVERT = 0xfd

/** Why code failed; undefined when it stopped or returned. */
type Failure = EVMError | undefined

/**
 * Runs the code of a frame as EthereumJS's own loop does, with its opcodes, but waits for a promise only at those opcodes that look at
 * the state; its own waits twice at each. Calls that move no value are made here, too. And it counts gas in a number in between. For the rules up
 * to osaka, where opcodes cost gas and nothing else. Answers at once where nothing had to be waited for.
 */
export function runFrame(frame: Frame, cache: JumpCache): Failure | Promise<Failure> {
  const { _runState: state } = frame
  const known = cache.get(state.code)
  if (known) allow(state, known)
  try {
    const wait = advance(frame, cache)
    return wait === 'end' ? undefined : goOn(frame, cache, wait)
  } catch (error) {
    return failureOf(error)
  }
}

async function goOn(frame: Frame, cache: JumpCache, first: Wait): Promise<Failure> {
  try {
    for (let wait: Wait | 'end' = first; wait !== 'end'; wait = advance(frame, cache)) {
      if (wait !== 'step') await wait
      else {
        const { opCode, stack } = frame._runState
        const asked = opCode === BLOCKHASH ? stack._store[stack._len - 1] : undefined
        await frame.runStep()
        if (asked !== undefined) frame.blockHashes.learn(asked, stack._store[stack._len - 1]!)
      }
    }
    return undefined
  } catch (error) {
    return failureOf(error)
  }
}

function failureOf(error: unknown): Failure {
  if (!(error instanceof EVMError)) throw error
  return error.error === EVMError.errorMessages.STOP ? undefined : error
}

/** What to wait for: a step of EthereumJS, or a call that was made. */
type Wait = 'step' | Promise<void>

/** Runs on until there is something to wait for, or to the end of the code. */
function advance(frame: Frame, cache: JumpCache): Wait | 'end' {
  const { common, _runState: state } = frame
  const { _opcodeMap: opcodes } = frame._evm
  const { code } = state
  let gas = Number(state.gasLeft)
  try {
    while (state.programCounter < code.length) {
      const opcode = code[state.programCounter]!
      state.opCode = opcode
      if (opcode === STOP) return 'end'
      if (opcode === BLOCKHASH && knownHash(frame) === undefined) return 'step'
      const { opcodeInfo, opHandler } = opcodes[opcode]!
      let price = opcodeInfo.fee
      let call: Call | undefined
      if (isCall(opcode)) {
        call = callOf(frame, opcode, gas - price)
        if (!call) return 'step'
        price += call.price
      } else if (opcodeInfo.dynamicGas) {
        const more = dynamicGas(frame, opcode, gas)
        if (more === undefined) return 'step'
        price += more
      } else if (opcodeInfo.isInvalid) throw FAILURE.invalidOpcode
      else if (state.shouldDoJumpAnalysis && (opcode === JUMP || opcode === JUMPI)) {
        allow(state, cache.of(code, !state.env.isCreate))
      }
      gas -= price
      if (gas < 0) {
        gas = 0
        throw FAILURE.outOfGas
      }
      state.programCounter++
      if (call) {
        state.gasLeft = BigInt(gas)
        const made = makeCall(frame, call)
        gas = Number(state.gasLeft)
        if (made) return made
        continue
      }
      if (opcode === RETURN || opcode === REVERT) {
        keepReturned(frame)
        if (opcode === RETURN) return 'end'
        throw FAILURE.reverted
      }
      const quick = quickOpcode(opcode)
      if (quick) quick(frame)
      else if (opcode === GAS) pushNumber(state, gas)
      else opHandler(state, common)
    }
    return 'end'
  } finally {
    state.gasLeft = BigInt(gas)
  }
}

function pushNumber({ stack }: RunState, number: number): void {
  if (stack._len >= MAX_STACK) throw FAILURE.stackOverflow
  stack._store[stack._len++] = BigInt(number)
}

/** What the opcode costs besides its base fee; undefined where EthereumJS has to say it. */
function dynamicGas(frame: Frame, opcode: number, gas: number): number | undefined {
  if (opcode === SLOAD || opcode === SSTORE) return storageGas(frame, opcode, gas)
  if (opcode === BALANCE || opcode === EXTCODESIZE || opcode === EXTCODEHASH) return accountGas(frame)
  if (opcode === EXTCODECOPY) return codeCopyGas(frame)
  return memoryGas(frame._runState, opcode)
}

/** What RETURN and REVERT name, a copy. */
function keepReturned({ _result: result, _runState: { stack, memory } }: Frame): void {
  const [at, length] = [stack._store[stack._len - 1]!, stack._store[stack._len - 2]!]
  result.returnValue = length === 0n ? new Uint8Array() : memory.read(Number(at), Number(length))
}

/** Says where the code may jump. Only code that jumps is worth looking through for that. */
function allow(state: RunState, jumps: Uint8Array): void {
  state.validJumps = jumps
  state.shouldDoJumpAnalysis = false
}
