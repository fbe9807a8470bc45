import type { Context } from '../context.ts'
import type { Phase } from './screen.ts'

/** Names and times the phases; a terminal sees the one that runs. */
export class Phases {
  readonly done: Phase[] = []
  readonly #context: Context
  #running: { name: string; since: number; timer: NodeJS.Timeout | undefined } | undefined

  constructor(context: Context) {
    this.#context = context
  }

  begin(name: string): void {
    this.end()
    const { io } = this.#context
    const since = io.now()
    const draw = () => io.err.write(`\r\u001b[K${name} … ${((io.now() - since) / 1000).toFixed(1)} s`)
    const live = io.color && !this.#context.flags.json
    this.#running = { name, since, timer: live ? setInterval(draw, 100) : undefined }
  }

  end(): void {
    const running = this.#running
    if (!running) return
    this.#running = undefined
    if (running.timer) {
      clearInterval(running.timer)
      this.#context.io.err.write('\r\u001b[K')
    }
    this.done.push({ name: running.name, seconds: (this.#context.io.now() - running.since) / 1000 })
  }
}
