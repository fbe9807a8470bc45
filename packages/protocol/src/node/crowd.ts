/** A connection among too many. */
export interface Held {
  /** Who holds it: whoever could have many addresses counts as one. */
  readonly from: string
  /** Whether a request is being answered or waits for its answer (`in full`), has begun to come (`in part`), or neither. */
  readonly asks: 'nothing' | 'in part' | 'in full'
}

/**
 * Connections by who holds them. Looking for one to close costs a look at each holder, and at the connections of one of them: of 10,000 it
 * takes about as long as to accept one.
 */
export class Crowd<T extends Held> {
  readonly #held = new Map<string, Set<T>>()
  size = 0

  add(held: T): void {
    const own = this.#held.get(held.from)
    if (own === undefined) this.#held.set(held.from, new Set([held]))
    else own.add(held)
    this.size++
  }

  remove(held: T): void {
    const own = this.#held.get(held.from)
    if (!own?.delete(held)) return
    if (own.size === 0) this.#held.delete(held.from)
    this.size--
  }

  /**
   * Which one is closed for a newcomer (one of these), itself perhaps: one of whoever holds the most, so that nobody loses a place to somebody who
   * has more of them already.
   *
   * @param cut whether also one that asks in full
   */
  toClose(newcomer: T, cut = false): T {
    const own = this.#held.get(newcomer.from) as Set<T>
    let most: Set<T> = new Set()
    for (const others of this.#held.values()) if (others !== own && others.size > most.size) most = others
    if (own.size > most.size) return oldest(own, 'nothing', newcomer) ?? newcomer
    const found = oldest(most, 'nothing', newcomer)
    if (found !== undefined) return found
    for (const asks of cut ? (['in part', 'in full'] as const) : (['in part'] as const)) {
      const one = own.size < most.size ? oldest(most, asks, newcomer) : undefined
      if (one !== undefined) return one
    }
    for (const others of this.#held.values()) {
      const idle = oldest(others, 'nothing', newcomer)
      if (idle !== undefined) return idle
    }
    return newcomer
  }
}

function oldest<T extends Held>(of: Set<T>, asks: Held['asks'], but: T): T | undefined {
  for (const held of of) if (held !== but && held.asks === asks) return held
  return undefined
}
