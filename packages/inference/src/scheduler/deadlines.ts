/** Something with a time by which it must be over, monotonic milliseconds. */
export interface Timed {
  readonly deadlineAt: number
}

/**
 * Many deadlines on one timer that is seldom set: adding and deleting cost a set operation. Correct to the millisecond, since the timer is
 * always set for the earliest deadline it has seen and looks again when it fires.
 */
export class Deadlines<T extends Timed> {
  readonly #expire: (item: T) => void
  readonly #items = new Set<T>()
  #timer: NodeJS.Timeout | undefined
  #timerAt = Number.POSITIVE_INFINITY

  constructor(expire: (item: T) => void) {
    this.#expire = expire
  }

  add(item: T): void {
    this.#items.add(item)
    if (item.deadlineAt < this.#timerAt) this.#arm(item.deadlineAt)
  }

  delete(item: T): void {
    this.#items.delete(item)
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
    let earliest = Number.POSITIVE_INFINITY
    for (const item of [...this.#items]) {
      if (item.deadlineAt <= now) {
        this.#items.delete(item)
        this.#expire(item)
      } else if (item.deadlineAt < earliest) earliest = item.deadlineAt
    }
    if (earliest !== Number.POSITIVE_INFINITY && earliest < this.#timerAt) this.#arm(earliest)
  }
}
