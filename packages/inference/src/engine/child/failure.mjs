// Turns what a runtime throws into what the parent understands.

/**
 * `fatal`: the runtime cannot be trusted to run again (a WebAssembly module that aborted, a thread that died), so the process ends after saying so.
 * @param {unknown} error
 */
export function failureOf(error) {
  const text = error instanceof Error ? error.message : typeof error === 'number' ? `exception ${error}` : String(error)
  const outOfMemory =
    /bad_alloc|out of memory|failed to allocate|allocation failed|memory access out of bounds.*grow|cannot enlarge memory|bad array new length/i.test(
      text,
    )
  const aborted = /^abort|unreachable|memory access out of bounds|null function|indirect call/i.test(text)
  const threads = /** @type {{ code?: unknown } | undefined} */ (error)?.code === 'ZK_WORKER'
  return { outOfMemory, fatal: aborted || threads || typeof error === 'number', message: text.slice(0, 2000) }
}
