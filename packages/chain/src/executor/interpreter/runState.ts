import type { Common } from '@ethereumjs/common'
import type { EVMError } from '@ethereumjs/evm'

/** What EthereumJS's interpreter knows while it runs a piece of code: the part of it that is used here. */
export interface RunState {
  programCounter: number
  opCode: number
  code: Uint8Array
  gasLeft: bigint
  memoryWordCount: bigint
  highestMemCost: bigint
  readonly stack: { readonly _store: bigint[]; _len: number }
  /** 1 where a jump may lead. */
  validJumps: Uint8Array
  /** The number that a PUSH pushes, by the place after it in the code. */
  cachedPushes: Readonly<Record<number, bigint>>
  /** False once the two above are there. */
  shouldDoJumpAnalysis: boolean
}

/** An opcode of EthereumJS. */
export interface Opcode {
  /** `dynamicGas`: its price depends on more than its name. */
  readonly opcodeInfo: { readonly fee: number; readonly dynamicGas: boolean; readonly isInvalid: boolean }
  readonly opHandler: (state: RunState, common: Common) => Promise<void> | void
}

/** EthereumJS's EVM, as its interpreter sees it. */
export interface Machine {
  readonly common: Common
  readonly _opcodeMap: readonly Opcode[]
  readonly events: { listenerCount(name: string): number }
}

/** EthereumJS's interpreter, made for each call of a contract. */
export interface Interpreter {
  readonly _evm: Machine
  readonly _runState: RunState
  run(code: Uint8Array, options?: { readonly pc?: number }): Promise<Ran>
  /** Takes one step: charges for `opCode`, moves on, and does what it says. */
  runStep(): Promise<void>
}

export interface Ran {
  readonly runState: RunState
  /** Undefined where the code stopped or returned. */
  readonly exceptionError: EVMError | undefined
}
