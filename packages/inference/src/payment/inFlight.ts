import type { Hex } from '@opengradient/protocol'

/** What a request that comes while its id is at work is told. */
export type Turn =
  | { kind: 'mine'; done: () => void }
  /** The same request is at work: ask again when `over` resolves. */
  | { kind: 'wait'; over: Promise<void> }
  | { kind: 'conflict' }

/** Sees to it that one request id is at work once. */
export class InFlight {
  readonly #running = new Map<Hex, { hash: string; over: Promise<void> }>()

  take(requestId: Hex, hash: string): Turn {
    const running = this.#running.get(requestId)
    if (running) return running.hash === hash ? { kind: 'wait', over: running.over } : { kind: 'conflict' }
    let resolve = () => {}
    const over = new Promise<void>((r) => {
      resolve = r
    })
    this.#running.set(requestId, { hash, over })
    const done = () => {
      if (this.#running.get(requestId)?.over === over) this.#running.delete(requestId)
      resolve()
    }
    return { kind: 'mine', done }
  }
}
