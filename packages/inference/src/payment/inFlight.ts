import type { Hex } from '@opengradient/protocol'
import type { Admission } from '../server/pipeline.ts'

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

/** Gives the turn back unless the request is admitted. */
export function guarded(done: () => void, run: () => Admission | Promise<Admission>): Admission | Promise<Admission> {
  const failed = (error: unknown): never => {
    done()
    throw error
  }
  const decided = (admission: Admission): Admission => {
    if (admission.kind !== 'run') done()
    return admission
  }
  try {
    const admission = run()
    return admission instanceof Promise ? admission.then(decided, failed) : decided(admission)
  } catch (error) {
    return failed(error)
  }
}
