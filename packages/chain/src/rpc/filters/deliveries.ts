import { Patience } from '../../call/patience.ts'

export interface DeliveriesOptions {
  /** Milliseconds, of any beginning. */
  readonly now: () => number
  /** Lets the rest of the thread run. */
  readonly pause: () => Promise<void>
  /** How many may wait, and how many bytes they may hold together. */
  readonly max: number
  readonly maxBytes: number
  /** Told what went wrong with one; the others go on. */
  readonly onFault: (error: unknown) => void
}

interface Piece {
  readonly work: Iterator<unknown>
  readonly bytes: number
}

/**
 * Does work of many small steps, one piece after the other, in slices between which the thread has its turn: never within the call that brings
 * it, which may be a commit.
 */
export class Deliveries {
  readonly #options: DeliveriesOptions
  #waiting: Piece[] = []
  /** Pieces and their bytes, those that are being done included. */
  #held = { pieces: 0, bytes: 0 }
  #working = false
  /** How often everything was forgotten. */
  #cleared = 0

  constructor(options: DeliveriesOptions) {
    this.#options = options
  }

  /** Work that holds `bytes` in memory until it is done. Answers whether there was room. */
  add(work: Iterator<unknown>, bytes: number): boolean {
    const { max, maxBytes } = this.#options
    if (this.#held.pieces >= max || this.#held.bytes + bytes > maxBytes) return false
    this.#held.pieces += 1
    this.#held.bytes += bytes
    this.#waiting.push({ work, bytes })
    if (!this.#working) void this.#work()
    return true
  }

  /** Forgets what waits, and what is being done. */
  clear(): void {
    this.#waiting = []
    this.#held = { pieces: 0, bytes: 0 }
    this.#cleared++
  }

  async #work(): Promise<void> {
    const { now, pause } = this.#options
    this.#working = true
    await pause()
    const patience = new Patience({ milliseconds: Number.POSITIVE_INFINITY, now, pause })
    while (this.#waiting.length > 0) {
      const batch = this.#waiting.reverse()
      this.#waiting = []
      const cleared = this.#cleared
      // Each is let go of as soon as it is done.
      for (let piece = batch.pop(); piece && cleared === this.#cleared; piece = batch.pop()) {
        while (cleared === this.#cleared && this.#step(piece.work)) {
          const turn = patience.turn()
          if (turn) await turn
        }
        if (cleared !== this.#cleared) break
        this.#held.pieces -= 1
        this.#held.bytes -= piece.bytes
      }
    }
    this.#working = false
  }

  /** Answers whether there is more. */
  #step(work: Iterator<unknown>): boolean {
    try {
      return work.next().done !== true
    } catch (error) {
      this.#options.onFault(error)
      return false
    }
  }
}
