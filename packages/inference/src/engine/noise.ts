/** Where the lines go that a model's process prints. */
export type LogLine = (line: string) => void

const MAX_LINE = 2_000
const TAIL = 4_096

/**
 * Turns what a child prints into log lines: bounded in length, and in number per interval, so that a noisy model neither fills the disk nor
 * blocks (everything is read, the surplus dropped and counted). Keeps the last 4 KiB to tell one death from another.
 */
export class NoiseFilter {
  readonly #log: LogLine
  readonly #now: () => number
  readonly #maxLines: number
  readonly #intervalMs: number
  #open = ''
  #tail = ''
  #windowStart = Number.NEGATIVE_INFINITY
  #lines = 0
  #dropped = 0

  constructor(
    log: LogLine,
    { now = Date.now, maxLines = 100, intervalMs = 10_000 }: { now?: () => number; maxLines?: number; intervalMs?: number } = {},
  ) {
    this.#log = log
    this.#now = now
    this.#maxLines = maxLines
    this.#intervalMs = intervalMs
  }

  /** The last 4 KiB printed. */
  get tail(): string {
    return this.#tail
  }

  push(chunk: Uint8Array): void {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    this.#tail = (this.#tail + text).slice(-TAIL)
    const lines = (this.#open + text).split('\n')
    this.#open = lines.pop()!.slice(0, MAX_LINE)
    for (const line of lines) this.#line(line)
  }

  /** Writes the unfinished last line. */
  end(): void {
    if (this.#open !== '') this.#line(this.#open)
    this.#open = ''
  }

  #line(line: string): void {
    const now = this.#now()
    if (now - this.#windowStart >= this.#intervalMs) {
      if (this.#dropped > 0) this.#log(`(${this.#dropped} more lines dropped)`)
      this.#windowStart = now
      this.#lines = 0
      this.#dropped = 0
    }
    if (++this.#lines > this.#maxLines) this.#dropped++
    // Control characters would let a model forge log lines or steer a terminal.
    else this.#log(line.slice(0, MAX_LINE).replace(/[^\x20-\x7e]/g, '?'))
  }
}
