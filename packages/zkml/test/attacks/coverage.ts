import { type Profiler, Session } from 'node:inspector'

type Interval = readonly [start: number, end: number]

/** What is known of one function: what of it no input has reached, and where its blocks begin and end. */
interface Seen {
  unreached: readonly Interval[]
  readonly bounds: Set<number>
}

/**
 * Which blocks of JavaScript inputs reach: V8's precise block coverage of the scripts that `watched` picks by their URL. Kernels are WebAssembly,
 * which it does not see; there the place in a verdict tells how far an input came.
 */
export class Coverage {
  readonly #session = new Session()
  readonly #watched: (url: string) => boolean
  readonly #seen = new Map<string, Seen>()

  constructor(watched: (url: string) => boolean) {
    this.#watched = watched
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** Whether anything was reached since the last call that nothing had reached before. */
  take(): boolean {
    let fresh = false
    for (const { url, functions } of this.#counts()) {
      if (!this.#watched(url)) continue
      for (const { isBlockCoverage, ranges } of functions) if (isBlockCoverage && this.#note(url, ranges)) fresh = true
    }
    return fresh
  }

  /** Blocks of all functions that were reached, and those of them that were. */
  blocks(): { readonly reached: number; readonly known: number } {
    let [reached, known] = [0, 0]
    for (const { unreached, bounds } of this.#seen.values()) {
      const sorted = [...bounds].sort((x, y) => x - y)
      for (const [i, start] of sorted.slice(0, -1).entries()) {
        known++
        if (!unreached.some(([from, to]) => from <= start && sorted[i + 1]! <= to)) reached++
      }
    }
    return { reached, known }
  }

  stop(): void {
    this.#session.disconnect()
  }

  /** Counts since the last call. In this process the answer is there when `post` returns. */
  #counts(): readonly Profiler.ScriptCoverage[] {
    let scripts: readonly Profiler.ScriptCoverage[] = []
    this.#session.post('Profiler.takePreciseCoverage', (error, { result }) => {
      if (error) throw error
      scripts = result
    })
    return scripts
  }

  /** The ranges of one function: itself first, then blocks whose counts differ from those around them. */
  #note(url: string, [whole, ...blocks]: readonly Profiler.CoverageRange[]): boolean {
    if (whole === undefined || whole.count === 0) return false
    const { startOffset, endOffset } = whole
    const key = `${url}:${startOffset}`
    const skipped = blocks.filter(({ count }) => count === 0).map(({ startOffset, endOffset }): Interval => [startOffset, endOffset])
    const seen = this.#seen.get(key)
    const bounds = seen?.bounds ?? new Set([startOffset, endOffset])
    for (const bound of skipped.flat()) bounds.add(bound)
    if (seen === undefined) {
      this.#seen.set(key, { unreached: skipped, bounds })
      return true
    }
    if (seen.unreached.length === 0) return false
    const left = common(seen.unreached, skipped)
    const fresh = lengthOf(left) < lengthOf(seen.unreached)
    seen.unreached = left
    return fresh
  }
}

/** What lies in intervals of both lists. */
function common(some: readonly Interval[], others: readonly Interval[]): Interval[] {
  return some.flatMap(([from, to]) =>
    others.flatMap(([start, end]): Interval[] =>
      Math.max(from, start) < Math.min(to, end) ? [[Math.max(from, start), Math.min(to, end)]] : [],
    ),
  )
}

const lengthOf = (intervals: readonly Interval[]): number => intervals.reduce((sum, [from, to]) => sum + to - from, 0)
