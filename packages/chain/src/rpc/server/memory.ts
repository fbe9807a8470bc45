/** A client as the memory of the server knows it. */
export interface Holder {
  /** It holds so many bytes more. */
  hold(bytes: number): void
  free(bytes: number): void
  /** It holds nothing any more. */
  leave(): void
}

/**
 * What all clients of a server together hold of its memory: requests that wait, answers that they do not take, and what their filters name.
 * Each alone is bounded, but there may be thousands; when all hold too much, who holds the most is ended.
 */
export class Memory {
  readonly #max: number
  readonly #holders = new Map<Holder, { bytes: number; readonly end: () => void }>()
  #held = 0

  /** At most `max` bytes. */
  constructor(max: number) {
    this.#max = max
  }

  /** A client, whose connection `end` ends. */
  enter(end: () => void): Holder {
    const holder: Holder = {
      hold: (bytes) => this.#add(holder, bytes),
      free: (bytes) => this.#add(holder, -bytes),
      leave: () => this.#leave(holder),
    }
    this.#holders.set(holder, { bytes: 0, end })
    return holder
  }

  #add(holder: Holder, bytes: number): void {
    const entry = this.#holders.get(holder)
    if (!entry) return
    entry.bytes += bytes
    this.#held += bytes
    while (this.#held > this.#max) this.#endLargest()
  }

  #leave(holder: Holder): void {
    this.#held -= this.#holders.get(holder)?.bytes ?? 0
    this.#holders.delete(holder)
  }

  #endLargest(): void {
    let largest: { readonly holder: Holder; readonly bytes: number; readonly end: () => void } | undefined
    for (const [holder, { bytes, end }] of this.#holders) if (!largest || bytes > largest.bytes) largest = { holder, bytes, end }
    if (!largest) return
    this.#leave(largest.holder)
    largest.end()
  }
}
