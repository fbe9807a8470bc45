/** What decides whose proof is made next. */
export interface Urgency {
  /** A payer demands the proof on chain. */
  readonly challenged: boolean
  /** Unix milliseconds by which the proof is to be there. */
  readonly deadline: number
}

/** Challenged on chain first, then the oldest deadline. For sorting: negative if `a` comes first. */
export function byUrgency(a: Urgency, b: Urgency): number {
  if (a.challenged !== b.challenged) return a.challenged ? -1 : 1
  return a.deadline - b.deadline
}
