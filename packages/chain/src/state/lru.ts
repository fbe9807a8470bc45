/**
 * A map that forgets what was not used for long once its weight nears the limit. It keeps two generations: what is used moves to the
 * young one; when that weighs half the limit it becomes the old one, and the old one is forgotten. Every step takes the same time.
 * (A single `Map` in order of use, whose first entry goes, passes over all deleted entries again each time: measured 13 times slower.)
 */
export class Lru<V> {
  #young = new Map<string, V>()
  #old = new Map<string, V>()
  readonly #limit: number
  readonly #weigh: (value: V) => number
  #weight = 0

  /** `limit` in the units of `weigh`; without it each entry weighs one. */
  constructor(limit: number, weigh: (value: V) => number = () => 1) {
    this.#limit = limit / 2
    this.#weigh = weigh
  }

  get(key: string): V | undefined {
    const value = this.#young.get(key)
    if (value !== undefined) return value
    const old = this.#old.get(key)
    if (old !== undefined) this.set(key, old)
    return old
  }

  set(key: string, value: V): void {
    const before = this.#young.get(key)
    if (before !== undefined) this.#weight -= this.#weigh(before)
    const weight = this.#weigh(value)
    if (this.#weight + weight > this.#limit) {
      this.#old = this.#young
      this.#young = new Map()
      this.#weight = 0
      this.#old.delete(key)
    }
    this.#young.set(key, value)
    this.#weight += weight
  }

  delete(key: string): void {
    const value = this.#young.get(key)
    if (value !== undefined) this.#weight -= this.#weigh(value)
    this.#young.delete(key)
    this.#old.delete(key)
  }

  clear(): void {
    this.#young.clear()
    this.#old.clear()
    this.#weight = 0
  }
}
