import type { BlockTiming, RpcOutcome } from '@opengradient/chain'
import { Histogram, SECONDS } from '@opengradient/inference/metrics'

/** What a full node counts while it runs, for whoever scrapes it. */
export class NodeCounts {
  readonly steps = { run: new Histogram(SECONDS), commit: new Histogram(SECONDS) }
  /** Transactions and gas of the blocks since the start. */
  transactions = 0
  gas = 0n
  /** Calls of JSON-RPC by method, and how they ended. */
  readonly calls = new Map<string, Map<RpcOutcome, number>>()

  readonly step: BlockTiming = (step, seconds) => this.steps[step].observe(seconds)

  readonly answered = (method: string, outcome: RpcOutcome): void => {
    const outcomes = this.calls.get(method) ?? new Map<RpcOutcome, number>()
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    this.calls.set(method, outcomes)
  }

  block(transactions: number, gas: bigint): void {
    this.transactions += transactions
    this.gas += gas
  }
}
