import type { VM } from '@ethereumjs/vm'
import type { Address } from '@opengradient/protocol'
import type { Patience } from '../call/patience.ts'
import type { Overlay } from '../state/overlay.ts'
import type { Output } from './output.ts'

/** An EVM about to run one transaction, or a message like one. */
export interface Watched {
  readonly vm: VM
  /** The state before it, and then as it goes on. */
  readonly state: Overlay
  /** Steps are watched with `onStep`, which asks this. */
  readonly patience: Patience
  /** Where everything that is kept is counted. */
  readonly output: Output
  readonly from: Address
  /** Undefined: a contract is created. */
  readonly to: Address | undefined
  readonly coinbase: Address
  readonly gasLimit: bigint
}

/** How it ended. `returnData`: what the code returned or reverted with; the code of a created contract. */
export interface Outcome {
  readonly gasUsed: bigint
  readonly failed: boolean
  readonly returnData: Uint8Array
}

/** Begins to watch; what it returns is asked once for the trace (JSON), when the transaction has ended. */
export type Tracer = (watched: Watched) => (outcome: Outcome) => unknown
