import { Counter, Gauge, type Registry } from 'prom-client'
import type { ChainView } from '../chain/view.ts'
import { STATES, type State } from '../journal/entry.ts'
import type { Journal } from '../journal/journal.ts'

/** How often requests reached each state since the node started. All are there from the beginning: of a series that begins with 1, Prometheus sees no increase. */
export class StateCounts {
  readonly #counts = new Map<State, number>(STATES.map((state) => [state, 0]))

  note(state: State): void {
    this.#counts.set(state, (this.#counts.get(state) ?? 0) + 1)
  }

  entries(): Iterable<[State, number]> {
    return this.#counts
  }
}

interface PaymentMetricsOptions {
  readonly journal: Pick<Journal, 'counts' | 'freeBytes'>
  readonly states: StateCounts
  readonly view: Pick<ChainView, 'balance'>
}

/**
 * Receipts and payments for Prometheus: read from the journal, and the node's view of the chain, when somebody scrapes. A queue that only grows is
 * an operator's alarm, and so is an account that cannot pay for gas.
 */
export function paymentMetrics(registry: Registry, { journal, states, view }: PaymentMetricsOptions): void {
  new Counter({
    name: 'og_requests_state_total',
    help: 'Requests by the state they reached: free, reserved, executed, queued, submitted, settled, expired, reverted, aborted; at level zk held, challenged, released, proved, failed',
    labelNames: ['state'] as const,
    registers: [registry],
    collect: function collect() {
      this.reset()
      for (const [state, count] of states.entries()) this.inc({ state }, count)
    },
  })
  new Gauge({
    name: 'og_requests_waiting',
    help: 'What waits now: open (running and paid), queued (to be settled), refused (on chain, and tried again until the authorisation ends), submitted (in a transaction), withheld (of these three, answers that are given out once settled), unbatched (to be anchored), held (on chain, at level zk), challenged (a proof is demanded)',
    labelNames: ['for'] as const,
    registers: [registry],
    collect: function collect() {
      for (const [what, count] of Object.entries(journal.counts())) this.set({ for: what }, count)
    },
  })
  new Gauge({
    name: 'og_journal_disk_free_bytes',
    help: 'Free where the journal lies; below 64 MiB no new requests are taken',
    registers: [registry],
    collect: function collect() {
      this.set(journal.freeBytes())
    },
  })
  new Gauge({
    name: 'og_node_gas_balance_opg',
    help: 'OPG of the account that pays for gas, in the newest block that the node has seen; NaN before the first',
    registers: [registry],
    collect: function collect() {
      this.set(view.balance === undefined ? Number.NaN : Number(view.balance) / 1e18)
    },
  })
}
