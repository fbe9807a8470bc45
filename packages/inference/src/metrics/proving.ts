import { Counter, Gauge, type Registry } from 'prom-client'
import type { ProofQueue } from '../proving/queue.ts'
import type { ProofShelf } from '../proving/shelf.ts'
import { histogram } from './metrics.ts'

/** Proofs for Prometheus, read when somebody scrapes. Proofs that wait longer and longer, or fail, are an operator's alarm: each may cost bond. */
export function provingMetrics(
  registry: Registry,
  queue: Pick<ProofQueue, 'counts' | 'seconds' | 'failures'>,
  shelf: Pick<ProofShelf, 'bytes'>,
): void {
  new Gauge({
    name: 'og_zk_proofs',
    help: 'Proofs by state: queued, proving, proved (and kept), failed (given up)',
    labelNames: ['state'] as const,
    registers: [registry],
    collect: function collect() {
      for (const [state, count] of Object.entries(queue.counts())) this.set({ state }, count)
    },
  })
  new Gauge({
    name: 'og_zk_proof_bytes',
    help: 'Bytes of proofs and their jobs on disk',
    registers: [registry],
    collect: function collect() {
      this.set(shelf.bytes)
    },
  })
  new Counter({
    name: 'og_zk_proof_failures_total',
    help: 'Attempts that gave no proof',
    registers: [registry],
    collect: function collect() {
      this.reset()
      this.inc(queue.failures)
    },
  })
  histogram(registry, 'og_zk_proving_seconds', 'Time inside the prover', [], () => [[{}, queue.seconds]])
}
