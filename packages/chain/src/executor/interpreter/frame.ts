import type { Message } from '@ethereumjs/evm'
import { Account, type Address, createZeroAddress } from '@ethereumjs/util'
import type { Overlay } from '../../state/overlay.ts'
import { byteKey } from '../../state/store.ts'
import { Memory } from './memory.ts'
import type { Env, Machine, Result, RunState, Stack } from './runState.ts'
import type { Slot } from './storage.ts'

const NOTHING = new Uint8Array()
const ZERO: Address = createZeroAddress()

/**
 * One call of a contract: what EthereumJS's interpreter is, made at a tenth of the cost. Its prototype inherits from theirs, whose methods are
 * what the opcodes ask and do.
 */
export class Frame {
  readonly _evm: Machine
  readonly _stateManager: Machine['stateManager']
  readonly common: Machine['common']
  readonly journal: Machine['journal']
  readonly _env: Env
  readonly _runState: RunState
  readonly _result: Result
  readonly state: Overlay
  /** `byteKey` of the address whose storage this is. */
  readonly addressKey: string
  /** What `storageGas` has found for the opcode after it. */
  slot: Slot | undefined
  /** Takes one step: charges for the opcode of `_runState`, moves on, and does what it says. Inherited. */
  declare readonly runStep: () => Promise<void>

  constructor(evm: Machine, state: Overlay, message: Message, contract: Account | undefined, stack: Stack) {
    this._evm = evm
    this._stateManager = evm.stateManager
    this.common = evm.common
    this.journal = evm.journal
    this.state = state
    this.addressKey = byteKey((message.to ?? ZERO).bytes)
    const { selfdestruct = new Map(), createdAddresses = new Set() } = message
    this._result = { logs: [], returnValue: undefined, selfdestruct, createdAddresses }
    const code = message.code as Uint8Array
    this._env = {
      address: message.to ?? ZERO,
      caller: message.caller,
      callData: message.data,
      callValue: message.value,
      code,
      isStatic: message.isStatic,
      isCreate: message.isCreate ?? false,
      depth: message.depth,
      gasPrice: evm._tx.gasPrice,
      origin: evm._tx.origin,
      block: evm._block,
      contract: contract ?? new Account(),
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
      stack,
      gasLeft: message.gasLimit,
      gasRefund: message.gasRefund,
      returnBytes: NOTHING,
      validJumps: NOTHING,
      shouldDoJumpAnalysis: true,
    }
  }
}
