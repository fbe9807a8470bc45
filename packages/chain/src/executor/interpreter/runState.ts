import type { Common, StateManagerInterface } from '@ethereumjs/common'
import type { EVMResult, ExecResult, Message, PrecompileFunc } from '@ethereumjs/evm'
import type { Account } from '@ethereumjs/util'
import type { Frame } from './frame.ts'
import type { Journal } from './journal.ts'
import type { Memory } from './memory.ts'
import type { TransientStorage } from './transient.ts'

/** Where a piece of code runs, as EthereumJS's opcodes look at it. `contract` is the account of `address`. */
export interface Env extends Required<Pick<Message, 'isStatic' | 'depth'>> {
  readonly address: Message['caller']
  readonly caller: Message['caller']
  readonly callData: Uint8Array
  readonly callValue: bigint
  readonly code: Uint8Array
  readonly isCreate: boolean
  readonly gasPrice: bigint
  readonly origin: Message['caller']
  readonly block: Machine['_block']
  contract: Account
  readonly codeAddress: Message['caller']
  createdAddresses: Result['createdAddresses']
  readonly blobVersionedHashes: readonly []
}

/** What EthereumJS's opcodes know and change while a piece of code runs. */
export interface RunState {
  programCounter: number
  opCode: number
  readonly code: Uint8Array
  readonly env: Env
  readonly interpreter: Frame
  readonly stateManager: StateManagerInterface
  readonly blockchain: object
  readonly memory: Memory
  memoryWordCount: bigint
  highestMemCost: bigint
  readonly stack: Stack
  gasLeft: bigint
  /** Gas that an opcode hands to what it calls, once that is paid. */
  messageGasLimit?: bigint | undefined
  gasRefund: bigint
  returnBytes: Uint8Array
  /** 1 where a jump may lead. */
  validJumps: Uint8Array
  /** False once they are there. */
  shouldDoJumpAnalysis: boolean
}

/** Items that a stack may have. */
export const MAX_STACK = 1024

/** EthereumJS's stack. */
export interface Stack {
  readonly _store: bigint[]
  _len: number
}

/** What running code leaves behind, besides the state. */
export interface Result {
  logs: NonNullable<ExecResult['logs']>
  returnValue: Uint8Array | undefined
  selfdestruct: NonNullable<ExecResult['selfdestruct']>
  createdAddresses: NonNullable<ExecResult['createdAddresses']>
}

/** An opcode of EthereumJS. */
export interface Opcode {
  /** `dynamicGas`: its price depends on more than its name. */
  readonly opcodeInfo: { readonly fee: number; readonly dynamicGas: boolean; readonly isInvalid: boolean }
  readonly opHandler: (state: RunState, common: Common) => Promise<void> | void
}

/** EthereumJS's EVM from inside. */
export interface Machine {
  readonly common: Common
  readonly stateManager: StateManagerInterface
  readonly blockchain: object
  readonly precompiles: ReadonlyMap<string, PrecompileFunc>
  /** Tests and simulations have others, and replace it. */
  getPrecompile(address: Message['caller'] | string): PrecompileFunc | undefined
  transientStorage: TransientStorage
  journal: Journal
  readonly _opcodeMap: Opcode[]
  readonly _block: { readonly header: { readonly number: bigint; readonly coinbase: Message['caller']; readonly mixHash: Uint8Array } }
  readonly _tx: { readonly gasPrice: bigint; readonly origin: Message['caller'] }
  readonly events: { listenerCount(name: string): number }
  runCall(call: { readonly message: Message }): Promise<EVMResult>
  /** Where a message creates its contract. */
  _generateAddress(message: Message): Promise<Message['caller']>
  runInterpreter(message: Message, options?: object): Promise<ExecResult>
}
