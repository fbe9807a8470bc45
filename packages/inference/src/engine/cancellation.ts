/**
 * "The caller went away", lighter than an AbortSignal (one of those costs microseconds a request).
 * `onCancel` calls back once, at once if it already happened; the returned function unsubscribes.
 */
export interface Cancellation {
  readonly cancelled: boolean
  onCancel(callback: () => void): () => void
}

/** The side that cancels. */
export class Canceller implements Cancellation {
  cancelled = false
  /** Few ever listen: one, mostly. */
  #callbacks: (() => void)[] | undefined

  onCancel(callback: () => void): () => void {
    if (this.cancelled) {
      callback()
      return noop
    }
    this.#callbacks ??= []
    const callbacks = this.#callbacks
    callbacks.push(callback)
    return () => {
      const at = callbacks.indexOf(callback)
      if (at >= 0) callbacks.splice(at, 1)
    }
  }

  cancel(): void {
    if (this.cancelled) return
    this.cancelled = true
    const callbacks = this.#callbacks
    this.#callbacks = undefined
    if (callbacks !== undefined) for (const callback of [...callbacks]) callback()
  }
}

function noop(): void {}
