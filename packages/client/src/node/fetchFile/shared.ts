/** Runs one piece of work for all who ask for it at the same time, until it is done or the last of them has lost interest. */
export class SharedRuns<T> {
  private readonly running = new Map<string, { result: Promise<T>; waiting: number; stop: AbortController }>()

  /** @param signal ends this caller's wait; the work goes on while anybody else waits */
  async join(key: string, signal: AbortSignal | undefined, start: (signal: AbortSignal) => Promise<T>): Promise<T> {
    signal?.throwIfAborted()
    const run = this.running.get(key) ?? this.start(key, start)
    run.waiting += 1
    try {
      return await untilAborted(run.result, signal)
    } finally {
      run.waiting -= 1
      if (run.waiting === 0) {
        if (this.running.get(key) === run) this.running.delete(key)
        run.stop.abort(signal?.reason)
        await run.result.catch(() => undefined)
      }
    }
  }

  private start(key: string, start: (signal: AbortSignal) => Promise<T>) {
    const stop = new AbortController()
    const run = { result: start(stop.signal), waiting: 0, stop }
    this.running.set(key, run)
    return run
  }
}

function untilAborted<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return result
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    signal.addEventListener('abort', abort, { once: true })
    result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort))
  })
}
