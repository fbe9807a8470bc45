/**
 * What `work` gives, if it comes within `ms`; the signal that it is handed ends it then, with a `TimeoutError`, or when `signal` does. Work that
 * does not look at its signal goes on unheard: nobody waits for it. Unlike `AbortSignal.timeout` this keeps a process waiting that waits for
 * nothing else: the `fetch` of Node 20 holds on to nothing when a server closes a connection unasked, and the process would end in the middle,
 * silently.
 */
export async function within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
  const over = new AbortController()
  const timer = setTimeout(() => over.abort(new DOMException(`nothing came within ${ms} ms`, 'TimeoutError')), ms)
  try {
    return await orEnd(work, signal ? AbortSignal.any([signal, over.signal]) : over.signal)
  } finally {
    clearTimeout(timer)
  }
}

/** What `work` gives, or the reason of the signal, whichever comes first. */
function orEnd<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted()
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true })
    work(signal).then(resolve, reject)
  })
}
