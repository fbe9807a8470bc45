import { type EVMError, type ExecResult, EVMError as Failure, type PrecompileFunc } from '@ethereumjs/evm'
import { isDelegation } from '../transaction/authorizations.ts'
import { Frame, type FrameMessage } from './frame.ts'
import { reachGas } from './memoryGas.ts'
import type { Target } from './targets.ts'

const CALL = 0xf1
const CALLCODE = 0xf2
const DELEGATECALL = 0xf4
const STATICCALL = 0xfa

export const isCall = (opcode: number): boolean =>
  opcode === CALL || opcode === STATICCALL || opcode === DELEGATECALL || opcode === CALLCODE

/** Gas of an account that is looked at the first time in a transaction, and later (EIP-2929). */
const COLD = 2_600
const WARM = 100
const MAX_DEPTH = 1024
/** Calls inside each other up to which they run on one stack of JavaScript, which would not hold 1,024. */
const STEPS_AT_ONCE = 16
const DELEGATION_BYTE = 0xef
const NOTHING = new Uint8Array()

/** A call that an opcode is about to make. */
export interface Call {
  /** Items that the opcode takes from the stack. */
  readonly items: number
  readonly message: FrameMessage
  readonly precompile: PrecompileFunc | undefined
  /** Both accounts count as touched: not those of DELEGATECALL. */
  readonly touches: boolean
  readonly output: { readonly at: number; readonly length: number }
  /** What it costs to make, besides what it uses; it may be more gas than there is. */
  readonly price: number
}

/** What it costs to look at an account, which is warm from then on. */
export function accessGas({ journal }: Frame, { id }: Target): number {
  if (journal.isWarm(id)) return WARM
  journal.warmAddress(id)
  return COLD
}

/** The code of an account, which may say that it is another's. */
export function codeOf({ state }: Frame, { id, address }: Target): Uint8Array {
  const record = state.recordAt(id, address.bytes)
  return record ? state.code(record.codeHash) : NOTHING
}

/**
 * The call that an opcode asks for, with its price (EIP-150, 2929, 7702). Undefined where EthereumJS has to make it: value moves with it,
 * somebody watches, or something else than too little gas is wrong with it.
 */
export function callOf(frame: Frame, opcode: number, gas: number): Call | undefined {
  const { _runState: run, _env: env, journal, self, _evm: evm } = frame
  const { _store: stack, _len: height } = run.stack
  const valued = opcode === CALL || opcode === CALLCODE
  const items = valued ? 7 : 6
  if (height < items || frame.isWatched || journal.accessList || (valued && stack[height - 3] !== 0n)) return undefined
  const at = height - items
  const [inputAt, inputLength, outputAt, outputLength] = [stack[at + 3]!, stack[at + 2]!, stack[at + 1]!, stack[at]!]
  const memory = reachGas(run, inputAt, inputLength, outputAt, outputLength)
  if (memory === undefined) return undefined
  const named = frame.targets.of(stack[height - 2]!)
  let price = memory + accessGas(frame, named)
  let code = codeOf(frame, named)
  if (code[0] === DELEGATION_BYTE && isDelegation(code)) {
    const other = frame.targets.at(code.subarray(3, 23))
    price += accessGas(frame, other)
    code = codeOf(frame, other)
  }
  const left = gas - price
  const most = left - Math.floor(left / 64)
  const wanted = stack[height - 1]!
  const delegated = opcode === DELEGATECALL
  return {
    items,
    message: {
      self: delegated || opcode === CALLCODE ? self : named,
      caller: delegated ? env.caller : env.address,
      value: delegated ? env.callValue : 0n,
      code,
      codeAddress: named.address,
      // What nobody can pay is not read.
      data: left < 0 || inputLength === 0n ? NOTHING : run.memory.read(Number(inputAt), Number(inputLength), true),
      gasLimit: wanted < BigInt(Math.max(most, 0)) ? wanted : BigInt(Math.max(most, 0)),
      isStatic: env.isStatic || opcode === STATICCALL,
      depth: env.depth + 1,
      isCreate: false,
      gasRefund: run.gasRefund,
    },
    precompile: evm.getPrecompile(named.address),
    touches: !delegated,
    output: { at: Number(outputAt), length: Number(outputLength) },
    price,
  }
}

/** Makes a call that is paid; what it uses is taken from the frame. Answers a promise where it has to wait for that. */
export function makeCall(frame: Frame, call: Call): Promise<void> | undefined {
  const { _runState: run } = frame
  run.stack._len -= call.items
  run.returnBytes = NOTHING
  if (call.message.depth > MAX_DEPTH) {
    run.stack._store[run.stack._len++] = 0n
    return undefined
  }
  if (call.precompile) return ask(frame, call, call.precompile)
  if (call.message.code.length === 0) {
    touch(frame, call)
    run.stack._store[run.stack._len++] = 1n
    return undefined
  }
  return enter(frame, call)
}

/** They know nothing of the state, so there is nothing to be taken back when they fail. */
function ask(frame: Frame, call: Call, precompile: PrecompileFunc): Promise<void> | undefined {
  const { _evm: evm, common } = frame
  const { data, gasLimit } = call.message
  const asked = precompile({ data, gasLimit, common, _EVM: evm as never, stateManager: evm.stateManager } as Parameters<PrecompileFunc>[0])
  return 'then' in asked ? asked.then((result) => answered(frame, call, result)) : answered(frame, call, asked)
}

function answered(frame: Frame, call: Call, { exceptionError, executionGasUsed, returnValue }: ExecResult): undefined {
  if (!exceptionError) touch(frame, call)
  frame._runState.gasLeft -= executionGasUsed
  answer(frame, call, exceptionError, returnValue)
}

/** Runs the code. Only every so many calls deep it lets the stack of JavaScript end. */
function enter(frame: Frame, call: Call): Promise<void> | undefined {
  const { _evm: evm, journal, notes } = frame
  const { mark } = notes
  journal.open()
  evm.transientStorage.checkpoint()
  touch(frame, call)
  const inner = new Frame(evm, frame.state, call.message, frame)
  const ran = call.message.depth % STEPS_AT_ONCE === 0 ? Promise.resolve().then(() => frame.run(inner)) : frame.run(inner)
  const left = (failure: EVMError | undefined) => leave(frame, call, inner, mark, failure)
  return ran instanceof Promise ? ran.then(left) : left(ran)
}

function leave(frame: Frame, call: Call, inner: Frame, mark: number, failure: EVMError | undefined): undefined {
  const { _evm: evm, journal, notes, _runState: run } = frame
  const { gasLeft, gasRefund } = inner._runState
  const spent = !failure || failure.error === Failure.errorMessages.REVERT ? call.message.gasLimit - gasLeft : call.message.gasLimit
  run.gasLeft -= spent
  if (failure) {
    journal.undo()
    notes.undo(mark)
    evm.transientStorage.revert()
  } else {
    journal.keep()
    evm.transientStorage.commit()
    run.gasRefund = gasRefund
    frame.takeOver(inner)
  }
  answer(frame, call, failure, inner._result.returnValue)
}

/** Puts down what came of a call: on the stack, in memory, and as the data that it returned. */
function answer({ _runState: run }: Frame, { output }: Call, failure: EVMError | undefined, returned: Uint8Array = NOTHING): void {
  run.stack._store[run.stack._len++] = failure ? 0n : 1n
  if (failure && failure.error !== Failure.errorMessages.REVERT) return
  run.returnBytes = returned
  const length = Math.min(output.length, returned.length)
  if (length > 0) run.memory.write(output.at, length, returned.subarray(0, length))
}

function touch({ journal, state, self }: Frame, { touches, message }: Call): void {
  if (!touches) return
  for (const target of [self, message.self]) {
    journal.touchAt(target.id)
    state.keep(target.id, target.address.bytes)
  }
}
