/** Something with a time by which it must be over, monotonic milliseconds. */
export interface Timed {
  readonly deadlineAt: number
  /** Its place in the list; kept by `Deadlines`. */
  slot: number
}

/**
 * Many deadlines on one timer that is seldom set: adding and deleting cost a few assignments. Correct to the millisecond, since the timer is
 * always set for the earliest deadline it has seen and looks again when it fires. (An array, not a Set: a Set whose elements come and go
 * leaves a chain of dead tables behind, which the garbage collector promotes with everything they hold.)
 */
export class Deadlines<T extends Timed> {
  readonly #expire: (item: T) => void
  readonly #items: T[] = []
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(expire: (item: T) => void) {
    this.#expire = expire
  }

  add(item: T): void {
    item.slot = this.#items.length
    this.#items.push(item)
    if (item.deadlineAt < this.#timerAt) this.#arm(item.deadlineAt)
  }

  /** Idempotent. */
  delete(item: T): void {
    const { slot } = item
    if (slot < 0) return
    const last = this.#items.pop()!
    if (last !== item) {
      this.#items[slot] = last
      last.slot = slot
    }
    item.slot = -1
  }

  #arm(at: number): void {
    clearTimeout(this.#timer)
    this.#timerAt = at
    this.#timer = setTimeout(() => this.#look(), Math.max(0, Math.ceil(at - performance.now())))
    this.#timer.unref()
  }

  #look(): void {
    this.#timerAt = Number.POSITIVE_INFINITY
    const now = performance.now()
    for (const item of this.#items.filter(({ deadlineAt }) => deadlineAt <= now)) {
      this.delete(item)
      this.#expire(item)
    }
    const earliest = this.#items.reduce((at, { deadlineAt }) => Math.min(at, deadlineAt), Number.POSITIVE_INFINITY)
    if (earliest < this.#timerAt) this.#arm(earliest)
  }
}
