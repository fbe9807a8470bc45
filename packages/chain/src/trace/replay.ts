import { runTx, type VM } from '@ethereumjs/vm'
import { type Address, bytesToHex, type Hex } from '@opengradient/protocol'
import type { Patience } from '../call/patience.ts'
import type { ChainBlock } from '../chain.ts'
import { startBlock } from '../executor/systemCalls.ts'
import type { Overlay } from '../state/overlay.ts'
import type { Output } from './output.ts'
import type { Tracer } from './tracer.ts'

/** A throw-away EVM on the state before a block. */
export interface Replay {
  readonly vm: VM
  readonly state: Overlay
  /** The call of `Staking` with which the block began, if there was one. */
  readonly report?: Uint8Array | undefined
}

/** The trace of one transaction of a block. */
export interface TransactionTrace {
  readonly txHash: Hex
  readonly result: unknown
}

export interface ReplayBounds {
  readonly patience: Patience
  readonly output: Output
}

/** Runs a block again from its beginning and traces its transactions: all of them, or only the one at `index`, after which it stops. */
export async function traceBlock(
  { vm, state, report }: Replay,
  { block }: ChainBlock,
  tracer: Tracer,
  bounds: ReplayBounds,
  index?: number,
): Promise<TransactionTrace[]> {
  await startBlock(vm, block, report)
  const traces: TransactionTrace[] = []
  let blockGasUsed = 0n
  for (const [at, tx] of block.transactions.entries()) {
    await bounds.patience.turn()
    const wanted = index === undefined || index === at
    const from = tx.getSenderAddress().toString() as Address
    const to = tx.to?.toString() as Address | undefined
    const coinbase = block.header.coinbase.toString() as Address
    const finish = wanted ? tracer({ vm, state, ...bounds, from, to, coinbase, gasLimit: tx.gasLimit }) : undefined
    const { execResult, totalGasSpent } = await runTx(vm, { tx, block, blockGasUsed })
    blockGasUsed += totalGasSpent
    vm.evm.events!.removeAllListeners()
    if (!finish) continue
    const outcome = { gasUsed: totalGasSpent, failed: execResult.exceptionError !== undefined, returnData: execResult.returnValue }
    traces.push({ txHash: bytesToHex(tx.hash()), result: finish(outcome) })
    if (at === index) break
  }
  return traces
}
