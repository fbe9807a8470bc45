import type { OgError } from '@opengradient/protocol'
import type { Cancellation } from '../engine/cancellation.ts'
import type { Tensor } from '../engine/tensor.ts'

export interface JobOptions {
  /** Indices into the outputs; all by default. */
  readonly outputs?: readonly number[] | undefined
  /** Milliseconds until the caller gets an answer or `ENGINE_DEADLINE`. */
  readonly deadlineMs: number
  readonly cancellation?: Cancellation
  /** Never in one run with requests of others: a model decides what its rows have to do with each other. */
  readonly alone?: boolean
}

export interface JobResult {
  readonly outputs: readonly Tensor[]
  readonly queueUs: number
  readonly computeUs: number
  /** Rows of all requests that ran together; this one's own if it ran alone. */
  readonly rows: number
}

/** One request between `run` and its answer. */
export interface Job {
  readonly inputs: readonly Tensor[]
  readonly outputs: readonly number[] | undefined
  readonly enqueuedAt: number
  readonly deadlineAt: number
  startedAt: number
  /** Of `Deadlines`. */
  slot: number
  attempts: number
  /** Runs alone: it must, or something went wrong while it ran with others. */
  solo: boolean
  done: boolean
  resolve(result: JobResult): void
  reject(error: OgError): void
}
