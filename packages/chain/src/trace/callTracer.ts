import type { EVMResult, InterpreterStep, Message } from '@ethereumjs/evm'
import type { Hex } from '@opengradient/protocol'
import { onStep } from '../call/patience.ts'
import { revertReason } from '../call/revertReason.ts'
import { faultOf } from './faults.ts'
import { OP } from './opcodes.ts'
import type { Outcome, Tracer, Watched } from './tracer.ts'

export interface CallTracerOptions {
  /** Inner calls are left out. */
  readonly onlyTopCall: boolean
  /** Logs are told with the calls that made them. */
  readonly withLog: boolean
}

/** A call as geth's `callTracer` tells it. */
interface CallFrame {
  readonly type: string
  readonly from: Hex
  to?: Hex
  readonly value?: Hex
  gas: Hex
  gasUsed: Hex
  readonly input: Hex
  output?: Hex
  error?: string
  revertReason?: string
  calls?: CallFrame[]
  logs?: { address: Hex; topics: readonly Hex[]; data: Hex; position: Hex }[]
}

/** Characters of a frame besides its data, about. */
const FRAME_CHARS = 300

/** geth's `callTracer`: the tree of calls. */
export const callTracer =
  (options: CallTracerOptions): Tracer =>
  (watched) => {
    const calls = new Calls(options, watched)
    return (outcome) => calls.finished(outcome)
  }

interface OpenFrame {
  readonly frame: CallFrame
  readonly message: Message
  /** The instruction that this message is at. */
  code: number
}

const TYPES: Readonly<Record<number, string>> = {
  [OP.CREATE]: 'CREATE',
  [OP.CREATE2]: 'CREATE2',
  [OP.CALLCODE]: 'CALLCODE',
  [OP.DELEGATECALL]: 'DELEGATECALL',
  [OP.STATICCALL]: 'STATICCALL',
}

class Calls {
  readonly #options: CallTracerOptions
  readonly #watched: Watched
  readonly #open: OpenFrame[] = []
  #top: CallFrame | undefined

  constructor(options: CallTracerOptions, watched: Watched) {
    this.#options = options
    this.#watched = watched
    const { events } = watched.vm.evm
    events!.on('beforeMessage', (message) => this.#enter(message))
    events!.on('afterMessage', (result) => this.#leave(result))
    onStep(watched.vm.evm, watched.patience, (step) => this.#step(step))
  }

  finished({ gasUsed }: Outcome): CallFrame {
    return { ...this.#top!, gas: quantity(this.#watched.gasLimit), gasUsed: quantity(gasUsed) }
  }

  #enter(message: Message): void {
    const { to, value, data, gasLimit, delegatecall } = message
    const type = this.#typeOf(message)
    this.#watched.output.add(FRAME_CHARS + 2 * data.length)
    const frame: CallFrame = {
      type,
      from: (delegatecall ? to! : message.caller).toString(),
      ...(to && { to: message.codeAddress.toString() }),
      ...(type !== 'STATICCALL' && { value: quantity(value) }),
      gas: quantity(gasLimit),
      gasUsed: '0x0',
      input: hex(data),
    }
    this.#open.push({ frame, message, code: OP.STOP })
  }

  #typeOf({ to }: Message): string {
    const parent = this.#open.at(-1)
    if (!parent) return to ? 'CALL' : 'CREATE'
    return TYPES[parent.code] ?? 'CALL'
  }

  #step(step: InterpreterStep): void {
    const { opcode, stack, address } = step
    const { code } = opcode
    const open = this.#open.at(-1)!
    open.code = code
    if (this.#options.withLog && code >= OP.LOG0 && code <= OP.LOG4) this.#log(open.frame, step)
    const heir = stack.at(-1)
    if (code !== OP.SELFDESTRUCT || heir === undefined) return
    const balance = this.#watched.state.record(address.bytes)?.balance ?? 0n
    const to: Hex = `0x${heir.toString(16).padStart(40, '0').slice(-40)}`
    const farewell = { from: address.toString(), to, value: quantity(balance), gas: '0x0', gasUsed: '0x0', input: '0x' } as const
    this.#watched.output.add(FRAME_CHARS)
    this.#add(open.frame, { type: 'SELFDESTRUCT', ...farewell })
  }

  #leave({ execResult, createdAddress }: EVMResult): void {
    const { frame, message } = this.#open.pop()!
    const { exceptionError, executionGasUsed, returnValue } = execResult
    frame.gasUsed = quantity(executionGasUsed)
    if (createdAddress) frame.to = createdAddress.toString()
    if (exceptionError) this.#failed(frame, exceptionError.error, returnValue)
    else if (returnValue.length > 0) this.#give(frame, returnValue)
    if (exceptionError && message.isCreate) delete frame.to
    if (exceptionError) takeLogsBack(frame)
    const parent = this.#open.at(-1)
    if (parent) this.#add(parent.frame, frame)
    else this.#top = frame
  }

  #failed(frame: CallFrame, error: string, returnValue: Uint8Array): void {
    frame.error = faultOf(error)
    if (error !== 'revert' || returnValue.length === 0) return
    this.#give(frame, returnValue)
    const reason = revertReason(returnValue)
    if (reason !== undefined) frame.revertReason = reason
  }

  /** A log about to be written, unless the gas for it is missing. */
  #log(frame: CallFrame, { opcode, stack, memory, address, gasLeft }: InterpreterStep): void {
    const [offset, length, ...rest] = [...stack].reverse()
    if (offset === undefined || length === undefined || gasLeft < (opcode.dynamicFee ?? 0n)) return
    const written = memory.subarray(Number(offset), Number(offset + length))
    const bytes = Buffer.alloc(Number(length))
    bytes.set(written)
    this.#watched.output.add(FRAME_CHARS + 2 * bytes.length)
    frame.logs ??= []
    frame.logs.push({
      address: address.toString(),
      topics: rest.slice(0, opcode.code - OP.LOG0).map((topic): Hex => `0x${topic.toString(16).padStart(64, '0')}`),
      data: hex(bytes),
      position: quantity(frame.calls?.length ?? 0),
    })
  }

  #give(frame: CallFrame, output: Uint8Array): void {
    this.#watched.output.add(2 * output.length)
    frame.output = hex(output)
  }

  #add(parent: CallFrame, frame: CallFrame): void {
    if (this.#options.onlyTopCall) return
    parent.calls ??= []
    parent.calls.push(frame)
  }
}

/** What failed has logged nothing, nor have the calls it made. */
function takeLogsBack(frame: CallFrame): void {
  delete frame.logs
  for (const call of frame.calls ?? []) takeLogsBack(call)
}

const quantity = (value: bigint | number): Hex => `0x${value.toString(16)}`
const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`
