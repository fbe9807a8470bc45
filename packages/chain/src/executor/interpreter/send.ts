import { EVMError, type EVMResult, type Message } from '@ethereumjs/evm'
import type { Frame } from './frame.ts'
import { Notes } from './notes.ts'

const MAX_DEPTH = 1024

/**
 * Has EthereumJS make what a message asks for, a contract or a call that value moves with, and takes over what has come of it. Both note down
 * what they destroy and make where all others do: EthereumJS would copy all of it there and back, at every depth.
 */
export async function send(frame: Frame, message: Message): Promise<EVMResult> {
  const { _env: env, _runState: state, _result: result } = frame
  // EthereumJS's own interpreter, which makes contracts through this as well, has none.
  const shared: Notes | undefined = frame.notes
  const notes = shared ?? new Notes(result)
  const { mark } = notes
  message.selfdestruct = notes.selfdestruct
  message.createdAddresses = notes.createdAddresses
  message.gasRefund = state.gasRefund
  const sent = await frame._evm.runCall({ message })
  const { logs, executionGasUsed, exceptionError, returnValue, gasRefund } = sent.execResult
  if (logs) result.logs = result.logs.concat(logs)
  state.gasLeft -= executionGasUsed
  if (exceptionError) {
    notes.undo(mark)
    if (exceptionError.error === EVMError.errorMessages.REVERT) state.returnBytes = returnValue
    return sent
  }
  if (!shared) notes.tell()
  // What it did may have paid this contract.
  env.contract = (await frame._stateManager.getAccount(env.address))!
  state.gasRefund = gasRefund ?? 0n
  return sent
}

/** Makes a call of an opcode of EthereumJS's. Answers what belongs on the stack. */
export async function sendCall(frame: Frame, message: Message): Promise<bigint> {
  const { _env: env, _runState: state } = frame
  state.returnBytes = new Uint8Array()
  if (env.depth >= MAX_DEPTH || (!message.delegatecall && env.contract.balance < message.value)) return 0n
  const { execResult } = await send(frame, message)
  if (execResult.exceptionError) return 0n
  state.returnBytes = execResult.returnValue
  return 1n
}
