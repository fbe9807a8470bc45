import type { EVMError, Message } from '@ethereumjs/evm'
import { Account } from '@ethereumjs/util'
import type { AccountRecord } from '../../state/account.ts'
import type { Overlay } from '../../state/overlay.ts'
import type { BlockHashes } from './blockHashes.ts'
import { Memory } from './memory.ts'
import type { Env, Machine, Result, RunState, Stack } from './runState.ts'
import type { Slot } from './storage.ts'
import type { Target, Targets } from './targets.ts'

const NOTHING = new Uint8Array()

/** What a frame is made for. `self`: whose storage it works on. */
export interface FrameMessage
  extends Pick<Message, 'caller' | 'value' | 'data' | 'gasLimit' | 'gasRefund' | 'isStatic' | 'depth' | 'codeAddress'> {
  readonly self: Target
  readonly code: Uint8Array
  readonly isCreate: boolean
  readonly selfdestruct: Result['selfdestruct']
  readonly createdAddresses: Result['createdAddresses']
}

/** Runs a frame to its end. Answers why it failed, if it did; at once where nothing had to be waited for. */
type Run = (frame: Frame) => EVMError | undefined | Promise<EVMError | undefined>

/** What all frames of a machine have in common, and whether somebody watches their calls. */
export interface Surrounding {
  readonly targets: Targets
  readonly blockHashes: BlockHashes
  readonly isWatched: boolean
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
  readonly newStack: () => Stack
  readonly run: Run
  /** What `storageGas` has found for the opcode after it. */
  slot: Slot | undefined
  /** The account of `self` that the environment shows. */
  #record: AccountRecord | undefined
  /** What was destroyed and made so far is noted down by the frame that has called, for both. */
  #shares: boolean
  /** Takes one step: charges for the opcode of `_runState`, moves on, and does what it says. Inherited. */
  declare readonly runStep: () => Promise<void>

  /** `outer`: the frame that calls; anything else gives collections of the frame's own in the message. */
  constructor(evm: Machine, state: Overlay, message: FrameMessage, outer: Surrounding) {
    const { self, selfdestruct, createdAddresses, code, depth } = message
    this._evm = evm
    this._stateManager = evm.stateManager
    this.common = evm.common
    this.journal = evm.journal
    this.state = state
    this.self = self
    this.targets = outer.targets
    this.blockHashes = outer.blockHashes
    this.isWatched = outer.isWatched
    this.newStack = outer.newStack
    this.run = outer.run
    this.slot = undefined
    this.#record = state.recordAt(self.id, self.address.bytes)
    this.#shares = outer instanceof Frame
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

  /** To be called before something is noted down as destroyed or made. To give every call a copy would take as long as there is much of it. */
  own(): void {
    if (!this.#shares) return
    this.#shares = false
    this._result.selfdestruct = new Map(this._result.selfdestruct)
    this._result.createdAddresses = new Set(this._result.createdAddresses)
    this._env.createdAddresses = this._result.createdAddresses
  }

  /** Takes over what a call has done that ended well. */
  takeOver(inner: Frame): void {
    const { logs, selfdestruct, createdAddresses } = inner._result
    for (const log of logs) this._result.logs.push(log)
    if (!inner.#shares) {
      this.own()
      for (const [gone, heir] of selfdestruct) this._result.selfdestruct.set(gone, heir)
      for (const made of createdAddresses) this._result.createdAddresses.add(made)
    }
    // It may have paid this contract.
    const record = this.state.recordAt(this.self.id, this.self.address.bytes)
    if (record === this.#record) return
    this.#record = record
    this._env.contract = accountOf(record)
  }
}

const accountOf = (record: AccountRecord | undefined): Account =>
  record ? new Account(record.nonce, record.balance, record.storageRoot, record.codeHash) : new Account()
