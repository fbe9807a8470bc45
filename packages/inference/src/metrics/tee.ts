import { Counter, Gauge, type Registry } from 'prom-client'
import type { RunningTee } from '../tee/start.ts'

/**
 * The levels of enclaves for Prometheus, read when somebody scrapes. Seconds that fall below half of a keyset's life, and failures that grow,
 * are an operator's alarm: at zero the level is not offered any more.
 */
export function teeMetrics(registry: Registry, { lifecycle, keyring }: Pick<RunningTee, 'lifecycle' | 'keyring'>, now: () => number): void {
  new Gauge({
    name: 'og_tee_keyset_seconds',
    help: 'Seconds until the current keyset is over; 0 without one',
    labelNames: ['level'] as const,
    registers: [registry],
    collect: function collect() {
      this.reset()
      const current = keyring.current(now())
      if (current) this.set({ level: current.registration.level }, current.registration.until - now())
      else this.set(0)
    },
  })
  new Gauge({
    name: 'og_tee_keysets',
    help: 'Keysets whose keys are held: the current one, and earlier ones that are not over',
    registers: [registry],
    collect: function collect() {
      this.set(keyring.held.length)
    },
  })
  new Gauge({
    name: 'og_tee_phase',
    help: '1 for the phase that attestation is in: off, attesting, registering, live',
    labelNames: ['phase'] as const,
    registers: [registry],
    collect: function collect() {
      const { phase } = lifecycle.status
      for (const one of ['off', 'attesting', 'registering', 'live']) this.set({ phase: one }, one === phase ? 1 : 0)
    },
  })
  new Counter({
    name: 'og_tee_failures_total',
    help: 'Tries to register a keyset that failed',
    registers: [registry],
    collect: function collect() {
      this.reset()
      this.inc(lifecycle.failedTries)
    },
  })
}
