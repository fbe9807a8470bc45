/** Why a simulation as a whole has no answer. What fails inside of a call is its result, not a refusal. */
export type RefusalReason =
  | 'nonce-too-low'
  | 'nonce-too-high'
  | 'nonce-exhausted'
  | 'fee-too-low'
  | 'gas-too-low'
  | 'funds-too-low'
  | 'block-full'
  | 'number-order'
  | 'time-order'
  | 'init-code-too-large'
  | 'override'
  | 'limit'
  | 'message'

/** A simulation that cannot be run as asked. */
export class SimulationRefusal extends Error {
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, message: string) {
    super(message)
    this.name = 'SimulationRefusal'
    this.reason = reason
  }
}
