import type { ExecutionFacts } from '../receipts/executionBytes.ts'

type Parameters = ExecutionFacts['parameters']

/** What parameters depend on where the request sets none. */
interface Run {
  readonly rows: number
  readonly outputs: number
  /** Of a binary answer. */
  readonly headerLength: number | undefined
}

/** Combinations that are remembered of one model. */
const MOST = 64

/** A model's parameters in execution records of requests that set none themselves, each made once: what is the same object is written once, too. */
export class PlainParameters {
  readonly #known = new Map<string, Parameters>()
  /** The one before: most requests are like the one before. */
  #last: (Run & { readonly parameters: Parameters }) | undefined

  /** @param make gives them, frozen, where they are not known yet */
  of({ rows, outputs, headerLength }: Run, make: () => Parameters): Parameters {
    const last = this.#last
    if (last?.rows === rows && last.outputs === outputs && last.headerLength === headerLength) return last.parameters
    const key = `${rows} ${outputs} ${headerLength}`
    const parameters = this.#known.get(key) ?? make()
    if (this.#known.size < MOST) this.#known.set(key, parameters)
    this.#last = { rows, outputs, headerLength, parameters }
    return parameters
  }
}
