import { createEVM, EVMError, type EVMInterface, type ExecResult, type Message } from '@ethereumjs/evm'
import { type Address, createZeroAddress } from '@ethereumjs/util'
import type { Overlay } from '../../state/overlay.ts'
import type { FixedCommon } from '../common.ts'
import { BlockHashes } from './blockHashes.ts'
import { createAsPrague } from './create.ts'
import { Frame, type FrameMessage } from './frame.ts'
import { Journal } from './journal.ts'
import { JumpCache } from './jumpCache.ts'
import { runFrame } from './loop.ts'
import { Notes } from './notes.ts'
import type { Machine, Stack } from './runState.ts'
import { type Target, Targets } from './targets.ts'
import { TransientStorage } from './transient.ts'

/** EthereumJS's stack, which it does not export. */
type StackClass = new () => Stack

let stackClass: Promise<StackClass> | undefined

/**
 * Lets an EVM on `state` run code through `runFrame`, with a journal of our own. EthereumJS has no settings for that, so methods and fields
 * of this one object are replaced. Whoever listens to steps gets EthereumJS's own interpreter.
 */
export async function makeQuick(evm: EVMInterface, state: Overlay, common: FixedCommon): Promise<void> {
  stackClass ??= inheritInterpreter(common)
  const Stack = await stackClass
  const machine = evm as unknown as Machine
  const slowly = machine.runInterpreter.bind(machine)
  const cache = new JumpCache()
  const targets = new Targets()
  const blockHashes = new BlockHashes()
  const newStack = () => new Stack()
  const run = (frame: Frame) => runFrame(frame, cache)
  createAsPrague(machine)
  machine.getPrecompile = (address) =>
    evm.precompiles.get(typeof address === 'string' ? address.replace(/^0x/, '').padStart(40, '0').toLowerCase() : hexOf(address.bytes))
  machine.transientStorage = new TransientStorage()
  machine.journal = new Journal(state, evm.precompiles.keys())
  machine.runInterpreter = async (message, options) => {
    if (machine.events.listenerCount('step') > 0 || message.gasLimit > Number.MAX_SAFE_INTEGER) return slowly(message, options)
    const { events } = machine
    const isWatched = events.listenerCount('beforeMessage') > 0 || events.listenerCount('afterMessage') > 0
    const { selfdestruct = new Map(), createdAddresses = new Set() } = message
    const brought = Notes.broughtBy(message)
    const notes = brought ?? new Notes({ selfdestruct, createdAddresses })
    const frame = new Frame(machine, state, frameMessage(message, targets.at((message.to ?? ZERO).bytes)), {
      targets,
      blockHashes,
      isWatched,
      notes,
      newStack,
      run,
    })
    const failure = await run(frame)
    return resultOf(message, frame, failure, brought === undefined)
  }
}

const hexOf = ({ buffer, byteOffset, length }: Uint8Array): string => Buffer.from(buffer, byteOffset, length).toString('hex')

const ZERO: Address = createZeroAddress()

/** EthereumJS spreads messages before it runs them, which takes what their classes say from them. */
function frameMessage(message: Message, self: Target): FrameMessage {
  const { caller, value, data, gasLimit, gasRefund, isStatic, depth, codeAddress, isCreate } = message
  const code = message.code as Uint8Array
  return {
    self,
    caller,
    value,
    data,
    gasLimit,
    gasRefund,
    isStatic,
    depth,
    codeAddress,
    code,
    isCreate: isCreate === true,
  }
}

/** What EthereumJS's EVM wants to know of a call. Whatever a failed one did is gone; and all its gas, unless it reverted. */
function resultOf(
  { gasLimit }: Message,
  { _runState: state, _result: result, notes }: Frame,
  failure: EVMError | undefined,
  isOutermost: boolean,
): ExecResult {
  const { gasLeft: gas, gasRefund } = state
  const { REVERT } = EVMError.errorMessages
  const common = { gas, gasRefund, returnValue: result.returnValue ?? new Uint8Array(), stateGasSpilled: 0n }
  if (!failure) {
    const told = isOutermost ? notes.tell() : {}
    return { ...common, ...result, ...told, returnValue: common.returnValue, executionGasUsed: gasLimit - gas }
  }
  const executionGasUsed = failure.error === REVERT ? gasLimit - gas : gasLimit
  return { ...common, logs: [], selfdestruct: new Map(), createdAddresses: new Set(), exceptionError: failure, executionGasUsed }
}

/** Gives frames the methods of EthereumJS's interpreter. Neither that class nor its stack is exported; an opcode of our own meets them. */
async function inheritInterpreter(common: FixedCommon): Promise<StackClass> {
  return new Promise((resolve, reject) => {
    const opcode = {
      opcode: 0x21,
      opcodeName: 'CAPTURE',
      baseFee: 0,
      logicFunction: ({ interpreter, stack }: { interpreter: object; stack: object }) => {
        const theirs: Stepper = Object.getPrototypeOf(interpreter)
        Object.setPrototypeOf(Frame.prototype, theirs)
        showUnread(theirs)
        resolve(stack.constructor as StackClass)
      },
    }
    createEVM({ common: common.detached(), customOpcodes: [opcode] })
      .then((evm) => evm.runCode({ code: Uint8Array.of(opcode.opcode), gasLimit: 100n }))
      .then(() => reject(new Error('EthereumJS runs no opcodes of ours')), reject)
  })
}

/** EthereumJS's interpreter, as far as it shows steps. */
interface Stepper {
  _runStepHook(this: Frame, ...step: unknown[]): Promise<void>
}

const REVERT = 0xfd

/**
 * Before it shows the step REVERT, EthereumJS reads what that will answer with, though nobody has paid for so much memory: with a few bytes
 * of code a trace would take all the memory there is. Nobody here looks at it, so nothing is read.
 */
function showUnread(theirs: Stepper): void {
  const show = theirs._runStepHook
  theirs._runStepHook = async function (...step) {
    const { memory, opCode } = this._runState
    if (opCode === REVERT) Object.defineProperty(memory, 'read', { value: () => new Uint8Array(), configurable: true })
    try {
      await show.apply(this, step)
    } finally {
      // What its class does shows again.
      if (opCode === REVERT) Reflect.deleteProperty(memory, 'read')
    }
  }
}
