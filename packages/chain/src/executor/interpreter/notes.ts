import type { Hex } from '@opengradient/protocol'
import type { Result } from './runState.ts'

/** How to take back what was noted down, the last of it at the end. */
type Log = (() => void)[]

class Destroyed extends Map<Hex, Hex> {
  readonly notes: Notes
  readonly #log: Log

  constructor(notes: Notes, log: Log) {
    super()
    this.notes = notes
    this.#log = log
  }

  override set(gone: Hex, heir: Hex): this {
    const before = this.get(gone)
    if (before === heir) return this
    this.#log.push(before === undefined ? () => this.delete(gone) : () => super.set(gone, before))
    return super.set(gone, heir)
  }
}

class Made extends Set<Hex> {
  readonly #log: Log

  constructor(log: Log) {
    super()
    this.#log = log
  }

  override add(made: Hex): this {
    if (this.has(made)) return this
    this.#log.push(() => this.delete(made))
    return super.add(made)
  }
}

type Noted = Pick<Result, 'selfdestruct' | 'createdAddresses'>

/**
 * What a transaction has destroyed and made so far, noted down by calls inside each other for all of them. What a call that fails has noted
 * down is taken back: with a copy for each call, those that are deep inside each other would pay for all of it at every depth.
 */
export class Notes {
  readonly #log: Log = []
  readonly #message: Noted
  readonly selfdestruct = new Destroyed(this, this.#log)
  readonly createdAddresses = new Made(this.#log)

  /** Begins with what the message of the outermost of these calls says. */
  constructor(message: Noted) {
    this.#message = message
    for (const [gone, heir] of message.selfdestruct) this.selfdestruct.set(gone, heir)
    for (const made of message.createdAddresses) this.createdAddresses.add(made)
    this.#log.length = 0
  }

  /** Those that a message brings along, if one of these calls has sent it. */
  static broughtBy({ selfdestruct }: Partial<Noted>): Notes | undefined {
    return selfdestruct instanceof Destroyed ? selfdestruct.notes : undefined
  }

  /** To be given to `undo`. */
  get mark(): number {
    return this.#log.length
  }

  /** Makes everything as it was at the mark. */
  undo(mark: number): void {
    while (this.#log.length > mark) this.#log.pop()!()
  }

  /** Writes everything into the message, where EthereumJS looks for it. */
  tell(): Noted {
    if (this.mark > 0) {
      for (const [gone, heir] of this.selfdestruct) this.#message.selfdestruct.set(gone, heir)
      for (const made of this.createdAddresses) this.#message.createdAddresses.add(made)
    }
    return this.#message
  }
}
