import type { EVMError, Message } from '@ethereumjs/evm'
import { Account } from '@ethereumjs/util'
import type { AccountRecord } from '../../state/account.ts'
import type { Overlay } from '../../state/overlay.ts'
import type { BlockHashes } from './blockHashes.ts'
import { Memory } from './memory.ts'
import type { Notes } from './notes.ts'
import type { Env, Machine, Result, RunState, Stack } from './runState.ts'
import { sendCall } from './send.ts'
import type { Slot } from './storage.ts'
import type { Target, Targets } from './targets.ts'

const NOTHING = new Uint8Array()

/** What a frame is made for. `self`: whose storage it works on. */
export interface FrameMessage
  extends Pick<Message, 'caller' | 'value' | 'data' | 'gasLimit' | 'gasRefund' | 'isStatic' | 'depth' | 'codeAddress'> {
  readonly self: Target
  readonly code: Uint8Array
  readonly isCreate: boolean
}

/** Runs a frame to its end. Answers why it failed, if it did; at once where nothing had to be waited for. */
type Run = (frame: Frame) => EVMError | undefined | Promise<EVMError | undefined>

/** What all frames of a machine have in common, and whether somebody watches their calls. */
export interface Surrounding {
  readonly targets: Targets
  readonly blockHashes: BlockHashes
  readonly isWatched: boolean
  readonly notes: Notes
  readonly newStack: () => Stack
  readonly run: Run
}

/**
 * One call of a contract: what EthereumJS's interpreter is, made at a tenth of the cost. Its prototype inherits from theirs, whose methods are
 * what the opcodes ask and do.
 */
export class Frame implements Surrounding {
  readonly _evm: Machine
  readonly _stateManager: Machine['stateManager']
  readonly common: Machine['common']
  readonly journal: Machine['journal']
  readonly _env: Env
  readonly _runState: RunState
  readonly _result: Result
  readonly state: Overlay
  readonly self: Target
  readonly targets: Targets
  readonly blockHashes: BlockHashes
  readonly isWatched: boolean
  readonly notes: Notes
  readonly newStack: () => Stack
  readonly run: Run
  /** What `storageGas` has found for the opcode after it. */
  slot: Slot | undefined
  /** The account of `self` that the environment shows. */
  #record: AccountRecord | undefined
  /** Takes one step: charges for the opcode of `_runState`, moves on, and does what it says. Inherited. */
  declare readonly runStep: () => Promise<void>

  /** `outer`: the frame that calls, if one of these does. */
  constructor(evm: Machine, state: Overlay, message: FrameMessage, outer: Surrounding) {
    const { self, code, depth } = message
    const { selfdestruct, createdAddresses } = outer.notes
    this._evm = evm
    this._stateManager = evm.stateManager
    this.common = evm.common
    this.journal = evm.journal
    this.state = state
    this.self = self
    this.targets = outer.targets
    this.blockHashes = outer.blockHashes
    this.isWatched = outer.isWatched
    this.notes = outer.notes
    this.newStack = outer.newStack
    this.run = outer.run
    this.slot = undefined
    this.#record = state.recordAt(self.id, self.address.bytes)
    this._result = { logs: [], returnValue: undefined, selfdestruct, createdAddresses }
    this._env = {
      address: self.address,
      caller: message.caller,
      callData: message.data,
      callValue: message.value,
      code,
      isStatic: message.isStatic,
      isCreate: message.isCreate,
      depth,
      gasPrice: evm._tx.gasPrice,
      origin: evm._tx.origin,
      block: evm._block,
      contract: accountOf(this.#record),
      codeAddress: message.codeAddress,
      createdAddresses,
      blobVersionedHashes: [],
    }
    this._runState = {
      programCounter: 0,
      opCode: 0,
      code,
      env: this._env,
      interpreter: this,
      stateManager: evm.stateManager,
      blockchain: evm.blockchain,
      memory: new Memory(),
      memoryWordCount: 0n,
      highestMemCost: 0n,
      stack: outer.newStack(),
      gasLeft: message.gasLimit,
      gasRefund: message.gasRefund,
      returnBytes: NOTHING,
      validJumps: NOTHING,
      shouldDoJumpAnalysis: true,
    }
  }

  /** What EthereumJS's opcodes make calls with. */
  _baseCall(message: Message): Promise<bigint> {
    return sendCall(this, message)
  }

  /** Takes over what a call has done that ended well. */
  takeOver(inner: Frame): void {
    for (const log of inner._result.logs) this._result.logs.push(log)
    // It may have paid this contract.
    const record = this.state.recordAt(this.self.id, this.self.address.bytes)
    if (record === this.#record) return
    this.#record = record
    this._env.contract = accountOf(record)
  }
}

const accountOf = (record: AccountRecord | undefined): Account =>
  record ? new Account(record.nonce, record.balance, record.storageRoot, record.codeHash) : new Account()
