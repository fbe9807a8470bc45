import type { EVMInterface, InterpreterStep } from '@ethereumjs/evm'

/** More was asked for than this node does in one go. The message names the limit and how to stay below it. */
export class LimitReached extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'LimitReached'
  }
}

export interface PatienceOptions {
  /** Milliseconds after which the work is given up. */
  readonly milliseconds: number
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  /** Lets the rest of the process run. */
  readonly pause: () => Promise<void>
}

/** Milliseconds of work after which the rest of the process gets its turn. */
const SLICE_MS = 10

/** Keeps long work from holding the node's one thread: others get their turns, and it ends after a time. */
export class Patience {
  readonly #options: PatienceOptions
  readonly #end: number
  #sliceEnd: number

  constructor(options: PatienceOptions) {
    this.#options = options
    const now = options.now()
    this.#end = now + options.milliseconds
    this.#sliceEnd = now + SLICE_MS
  }

  /** Undefined: go on. Otherwise wait for it. Throws `LimitReached` when the time is up. */
  turn(): Promise<void> | undefined {
    const now = this.#options.now()
    if (now > this.#end) {
      throw new LimitReached(
        `this takes longer than ${this.#options.milliseconds} ms, the most this node works on one request; ask for less`,
      )
    }
    if (now < this.#sliceEnd) return undefined
    return this.#options.pause().then(() => {
      this.#sliceEnd = this.#options.now() + SLICE_MS
    })
  }
}

/** Shows each step of an EVM before it is taken, as long as there is patience. */
export function onStep(evm: EVMInterface, patience: Patience, see: (step: InterpreterStep) => void): void {
  // Two parameters: EthereumJS then waits until the second is called.
  evm.events!.on('step', (step, next) => {
    see(step)
    const turn = patience.turn()
    if (turn) turn.then(next)
    else next?.()
  })
}
