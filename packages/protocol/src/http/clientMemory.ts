/** A client as the memory of the server knows it. */
export interface MemoryHolder {
  /** It holds so many bytes more. */
  hold(bytes: number): void
  free(bytes: number): void
  /** It holds nothing any more. */
  leave(): void
}

/**
 * What all clients of a server together hold of its memory: requests that come or wait, answers that they do not take, what is kept for them.
 * Each alone is bounded, but there may be thousands; when all hold too much, who holds the most is ended.
 */
export class ClientMemory {
  readonly #max: number
  readonly #holders = new Map<MemoryHolder, { bytes: number; readonly end: () => void }>()
  #held = 0

  /** At most `max` bytes. */
  constructor(max: number) {
    this.#max = max
  }

  /** A client, whose connection `end` ends. */
  enter(end: () => void): MemoryHolder {
    const holder: MemoryHolder = {
      hold: (bytes) => this.#add(holder, bytes),
      free: (bytes) => this.#add(holder, -bytes),
      leave: () => this.#leave(holder),
    }
    this.#holders.set(holder, { bytes: 0, end })
    return holder
  }

  #add(holder: MemoryHolder, bytes: number): void {
    const entry = this.#holders.get(holder)
    if (!entry) return
    entry.bytes += bytes
    this.#held += bytes
    while (this.#held > this.#max) this.#endLargest()
  }

  #leave(holder: MemoryHolder): void {
    this.#held -= this.#holders.get(holder)?.bytes ?? 0
    this.#holders.delete(holder)
  }

  #endLargest(): void {
    let largest: { readonly holder: MemoryHolder; readonly bytes: number; readonly end: () => void } | undefined
    for (const [holder, { bytes, end }] of this.#holders) if (!largest || bytes > largest.bytes) largest = { holder, bytes, end }
    if (!largest) return
    this.#leave(largest.holder)
    largest.end()
  }
}
