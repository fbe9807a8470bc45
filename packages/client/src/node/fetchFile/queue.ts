/** Chunks to fetch, handed to workers one by one; what one worker fails to get goes to another. */
export class ChunkQueue {
  private readonly waiting: number[]
  private running = 0
  private wake: (() => void)[] = []

  constructor(chunks: number[]) {
    this.waiting = [...chunks]
  }

  /** @returns the next chunk, waiting for one that another worker may give back; undefined when all are done */
  async take(): Promise<number | undefined> {
    while (this.waiting.length === 0 && this.running > 0) await new Promise<void>((resolve) => this.wake.push(resolve))
    const index = this.waiting.shift()
    if (index !== undefined) this.running += 1
    return index
  }

  done(): void {
    this.running -= 1
    this.notify()
  }

  giveBack(index: number): void {
    this.waiting.unshift(index)
    this.done()
  }

  private notify(): void {
    const sleepers = this.wake
    this.wake = []
    for (const resume of sleepers) resume()
  }
}
