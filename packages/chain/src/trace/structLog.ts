import type { EVMResult, InterpreterStep } from '@ethereumjs/evm'
import type { Hex } from '@opengradient/protocol'
import { onStep } from '../call/patience.ts'
import { byteKey } from '../state/store.ts'
import { forwardedGas, isCallOrCreate, OP, opName } from './opcodes.ts'
import type { Tracer, Watched } from './tracer.ts'

/** What of each step is told, geth's options. */
export interface StructLogOptions {
  readonly disableStack: boolean
  readonly disableStorage: boolean
  readonly enableMemory: boolean
  readonly enableReturnData: boolean
  /** Steps to tell; 0 for all. */
  readonly limit: number
}

/** One step before it is taken. Absent members have nothing to say. */
interface StructLog {
  readonly pc: number
  readonly op: string
  readonly gas: number
  readonly gasCost: number
  readonly depth: number
  readonly refund?: number
  readonly error?: string
  readonly stack?: readonly Hex[]
  readonly memory?: readonly Hex[]
  readonly storage?: Readonly<Record<Hex, Hex>>
  readonly returnData?: Hex
}

/** Characters of a step besides its stack, memory and storage, about. */
const STEP_CHARS = 80

/** geth's struct logger: every step with its stack, and the slots seen so far where one is read or written. */
export const structLogTracer =
  (options: StructLogOptions): Tracer =>
  (watched) => {
    const log = new StructLogs(options, watched)
    return ({ gasUsed, failed, returnData }) => ({
      gas: Number(gasUsed),
      failed,
      returnValue: hex(returnData),
      structLogs: log.steps,
    })
  }

/** What a running message knows that its steps do not say. */
interface Frame {
  returnData: Uint8Array
  /** The last step ended the message. */
  ended: boolean
  depth: number
}

class StructLogs {
  readonly steps: StructLog[] = []
  readonly #options: StructLogOptions
  readonly #watched: Watched
  readonly #frames: Frame[] = []
  /** Slots read or written in this transaction, by contract. */
  readonly #storage = new Map<string, Map<Hex, Hex>>()

  constructor(options: StructLogOptions, watched: Watched) {
    this.#options = options
    this.#watched = watched
    const { events } = watched.vm.evm
    events!.on('beforeMessage', ({ depth }) => {
      this.#frames.push({ returnData: NOTHING, ended: false, depth })
    })
    events!.on('afterMessage', (result) => this.#leave(result))
    onStep(watched.vm.evm, watched.patience, (step) => this.#see(step))
  }

  #see(step: InterpreterStep): void {
    const frame = this.#frames.at(-1)!
    const { code, dynamicFee, fee } = step.opcode
    const cost = (dynamicFee ?? BigInt(fee)) + forwardedGas(step)
    this.#keep(step, Number(cost), frame.returnData)
    frame.ended = code === OP.STOP || code === OP.RETURN || code === OP.REVERT || code === OP.SELFDESTRUCT
    if (isCallOrCreate(code)) frame.returnData = NOTHING
  }

  /** EthereumJS runs off the end of code without a word, where geth sees a STOP. */
  #leave({ execResult, createdAddress }: EVMResult): void {
    const frame = this.#frames.pop()!
    const { runState, exceptionError, returnValue } = execResult
    if (runState && !exceptionError && !frame.ended) {
      const { programCounter: pc, stack, gasLeft } = runState
      const at = { pc, stack: stack.getStack(), gasLeft, depth: frame.depth, gasRefund: runState.gasRefund }
      const memory = runState.memory._store.slice(0, Number(runState.memoryWordCount) * 32)
      this.#keep({ ...at, memory, address: runState.env.address, opcode: STOP }, 0, frame.returnData)
    }
    const parent = this.#frames.at(-1)
    if (parent) parent.returnData = createdAddress && !exceptionError ? NOTHING : returnValue
  }

  #keep(step: Pick<InterpreterStep, KeptFields>, gasCost: number, returnData: Uint8Array): void {
    const { limit, disableStack, enableMemory, enableReturnData } = this.#options
    if (limit > 0 && this.steps.length >= limit) return
    const { pc, opcode, gasLeft, gasRefund, depth } = step
    const stack = disableStack ? undefined : step.stack.map((item): Hex => `0x${item.toString(16)}`)
    const memory = enableMemory && step.memory.length > 0 ? wordsOf(step.memory) : undefined
    const storage = this.#slots(step)
    const returned = enableReturnData && returnData.length > 0 ? hex(returnData) : undefined
    const stackChars = stack?.reduce((sum, item) => sum + item.length + 3, 0) ?? 0
    this.#watched.output.add(
      STEP_CHARS + stackChars + 69 * (memory?.length ?? 0) + 138 * Object.keys(storage ?? {}).length + (returned?.length ?? 0),
    )
    this.steps.push({
      pc,
      op: opName(opcode),
      gas: Number(gasLeft),
      gasCost,
      depth: depth + 1,
      ...(gasRefund > 0n && { refund: Number(gasRefund) }),
      ...(gasLeft < BigInt(gasCost) && { error: 'out of gas' }),
      ...(stack && { stack }),
      ...(memory && { memory }),
      ...(storage && { storage }),
      ...(returned && { returnData: returned }),
    })
  }

  /** At SLOAD and SSTORE: every slot of the contract that this transaction has read or written, this one included. */
  #slots({ opcode, stack, address }: Pick<InterpreterStep, KeptFields>): Record<Hex, Hex> | undefined {
    const { code } = opcode
    const [slot, written] = [stack.at(-1), stack.at(-2)]
    if (this.#options.disableStorage || (code !== OP.SLOAD && code !== OP.SSTORE) || slot === undefined) return undefined
    if (code === OP.SSTORE && written === undefined) return undefined
    const id = byteKey(address.bytes)
    const seen = this.#storage.get(id) ?? new Map<Hex, Hex>()
    this.#storage.set(id, seen)
    const key = word(slot)
    seen.set(key, code === OP.SSTORE ? word(written!) : padded(this.#watched.state.slot(address.bytes, Buffer.from(key.slice(2), 'hex'))))
    this.#watched.output.add(138 * seen.size)
    return Object.fromEntries(seen)
  }
}

type KeptFields = 'pc' | 'opcode' | 'gasLeft' | 'gasRefund' | 'depth' | 'stack' | 'memory' | 'address'

const NOTHING = new Uint8Array()
const STOP = { code: OP.STOP, name: 'STOP', fee: 0, isAsync: false }
const hex = (bytes: Uint8Array): Hex => `0x${Buffer.from(bytes).toString('hex')}`
const word = (value: bigint): Hex => `0x${value.toString(16).padStart(64, '0')}`
const padded = (value: Uint8Array): Hex => `0x${Buffer.from(value).toString('hex').padStart(64, '0')}`

function wordsOf(memory: Uint8Array): Hex[] {
  const words: Hex[] = []
  for (let at = 0; at < memory.length; at += 32) words.push(hex(memory.subarray(at, at + 32)))
  return words
}
