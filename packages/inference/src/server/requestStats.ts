import { Histogram, SECONDS } from '../metrics/histogram.ts'
import { STATUSES } from './status.ts'

/** Inference requests by HTTP status, and how long they took. */
export class RequestStats {
  /** All are there from the beginning: of a series that begins with 1, Prometheus sees no increase. */
  readonly byStatus: Map<number, number> = new Map(STATUSES.map((status) => [status, 0]))
  /** Seconds from the last byte of the request to the answer. */
  readonly duration: Histogram = new Histogram(SECONDS)
  /** Requests that have no answer yet. */
  inFlight = 0

  observe(status: number, seconds: number): void {
    this.byStatus.set(status, (this.byStatus.get(status) ?? 0) + 1)
    this.duration.observe(seconds)
  }
}
