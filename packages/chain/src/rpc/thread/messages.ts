import type { ChainRules } from '../../executor/rules.ts'
import type { RpcLimits } from '../limits.ts'

/** What a thread that answers is started with. */
export interface ThreadOptions {
  /** The chain's database, open in the thread that starts it. */
  readonly folder: string
  readonly rules: ChainRules
  readonly limits: RpcLimits
}

/** A call of a method that only reads; one at a time. `params` as they came, not looked at. */
export interface Question {
  readonly method: string
  readonly params: unknown
  /** The blocks that count: the last one that is committed, and the oldest that is here. */
  readonly first: bigint
  readonly height: bigint
}

/**
 * What the thread says. `ready` or `unready` comes first, unasked. `answered`: JSON. `refused`: the error that the client gets. `failed`: a
 * fault of ours.
 */
export type Answer =
  | { readonly answer: 'ready' }
  | { readonly answer: 'answered'; readonly json: string }
  | { readonly answer: 'refused'; readonly code: number; readonly message: string; readonly data: unknown }
  | { readonly answer: 'unready' | 'failed'; readonly reason: string }
