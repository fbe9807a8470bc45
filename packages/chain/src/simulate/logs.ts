import type { EVMInterface, EVMResult, InterpreterStep, Message } from '@ethereumjs/evm'
import { concatBytes, hexToBytes, keccak256, utf8 } from '@opengradient/protocol'
import { onStep, type Patience } from '../call/patience.ts'
import type { RawLog } from '../executor/receipt.ts'
import type { Overlay } from '../state/overlay.ts'

/** A log of a simulated call. `index` counts in the block, logs that were taken back included, as in geth. */
export interface NumberedLog {
  readonly log: RawLog
  readonly index: number
  /** Code wrote it, so it is in the receipt; the others tell of a move of coins. */
  readonly written: boolean
}

/** Where the coin seems to live when its moves are told as those of a token (EIP-7528). */
const COIN = new Uint8Array(20).fill(0xee)
const TRANSFER = keccak256(utf8('Transfer(address,address,uint256)'))
const [LOG0, LOG4, SELFDESTRUCT] = [0xa0, 0xa4, 0xff]

/** What is known of a log before the message that makes it has ended: for a transfer, the log itself. */
interface Slot {
  readonly index: number
  readonly transfer?: RawLog
}

interface Frame {
  readonly message: Message
  /** In the order of their making, those of inner messages that succeeded included. */
  readonly slots: Slot[]
}

/** Follows the messages of an EVM and numbers the logs they make; on request moves of the coin are logs too. */
export class CallLogs {
  readonly #frames: Frame[] = []
  readonly #state: Overlay
  readonly #transfers: boolean
  #next = 0
  #slots: readonly Slot[] = []

  /** `state` is what the EVM works on. */
  constructor(evm: EVMInterface, state: Overlay, transfers: boolean, patience: Patience) {
    this.#state = state
    this.#transfers = transfers
    evm.events!.on('beforeMessage', (message) => this.#enter(message))
    evm.events!.on('afterMessage', (result) => this.#leave(result))
    onStep(evm, patience, (step) => this.#step(step))
  }

  /** Counts from zero again: a block begins. */
  begin(): void {
    this.#next = 0
  }

  /** The logs of the call that has just ended; `written` are those that the EVM reports. */
  numbered(written: readonly RawLog[]): NumberedLog[] {
    let used = 0
    return this.#slots.map(({ index, transfer }) => ({ log: transfer ?? written[used++]!, index, written: !transfer }))
  }

  #enter(message: Message): void {
    const { caller, value, delegatecall } = message
    const frame: Frame = { message, slots: [] }
    this.#frames.push(frame)
    // The address of a contract in the making is not known yet; `#leave` fills it in.
    if (this.#transfers && value > 0n && !delegatecall)
      this.#make(frame, caller.bytes, message.to ? message.codeAddress.bytes : NOBODY, value)
  }

  #step({ opcode: { code }, stack, address }: InterpreterStep): void {
    const frame = this.#frames.at(-1)!
    if (code >= LOG0 && code <= LOG4) frame.slots.push({ index: this.#next++ })
    if (code !== SELFDESTRUCT || !this.#transfers) return
    const balance = this.#state.record(address.bytes)?.balance ?? 0n
    const heir = stack.at(-1)
    if (balance > 0n && heir !== undefined) this.#make(frame, address.bytes, word(heir).subarray(12), balance)
  }

  #leave({ execResult, createdAddress }: EVMResult): void {
    const { slots } = this.#frames.pop()!
    const kept = execResult.exceptionError ? [] : slots
    if (createdAddress && kept[0]?.transfer?.[1][2] === NOBODY) {
      const [address, [topic, from], amount] = kept[0].transfer
      kept[0] = { index: kept[0].index, transfer: [address, [topic!, from!, topicOf(createdAddress.bytes)], amount] }
    }
    const parent = this.#frames.at(-1)
    if (parent) for (const slot of kept) parent.slots.push(slot)
    else this.#slots = kept
  }

  #make(frame: Frame, from: Uint8Array, to: Uint8Array, value: bigint): void {
    frame.slots.push({
      index: this.#next++,
      transfer: [COIN, [TRANSFER, topicOf(from), to === NOBODY ? NOBODY : topicOf(to)], word(value)],
    })
  }
}

const NOBODY = new Uint8Array(32)
const topicOf = (address: Uint8Array) => concatBytes(new Uint8Array(12), address)
const word = (value: bigint) => hexToBytes(`0x${value.toString(16).padStart(64, '0')}`)
