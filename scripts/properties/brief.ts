import fc from 'fast-check'

const SET_UP = Symbol.for('failed properties are brief')

/** What a failed property may take: milliseconds to look for a smaller counterexample, and characters to tell of the one that was found. */
export type Brevity = { shrinkMs: number; characters: number }

const now = performance.now.bind(performance)

/**
 * Ends the search for a smaller counterexample in time, and cuts a long one. Seed and path are told first, and repeat it. Some megabytes of bytes
 * are made smaller for an hour otherwise, a process that no test limit ends.
 */
export const brief =
  ({ shrinkMs, characters }: Brevity): fc.Plugin<unknown> =>
  () => {
    let end = Number.POSITIVE_INFINITY
    const noted = <T>(result: T): T => {
      if (result !== null && !fc.PreconditionFailure.isFailure(result) && end === Number.POSITIVE_INFINITY) end = now() + shrinkMs
      return result
    }
    return {
      decorateRun: (run) => (value) => {
        if (now() >= end) return new fc.PreconditionFailure(true)
        const result = run(value)
        return result instanceof Promise ? result.then(noted) : noted(result)
      },
      onAllRunsComplete(details) {
        const told = details.failed ? (fc.defaultReportMessage(details as never) ?? '') : ''
        if (told.length <= characters) return
        const rest = `… ${told.length - characters} characters more: seed and path repeat it.`
        throw new Error(`${told.slice(0, characters)}${rest}`, { cause: details.errorInstance })
      },
    }
  }

// Files of tests share a process, and its plugins.
if (!(SET_UP in globalThis)) {
  Object.assign(globalThis, { [SET_UP]: true })
  fc.installGlobalPlugin(brief({ shrinkMs: 20_000, characters: 4_000 }))
}
