import type { Context } from '../context.ts'
import { print, printJsonLine } from '../io.ts'
import { fitWidth } from '../render/style.ts'

/** A screen that is drawn over itself on a terminal. Elsewhere its lines are printed once, and `line` prints what is new. */
export class LiveScreen {
  readonly #context: Context
  #height = 0

  constructor(context: Context) {
    this.#context = context
  }

  /** Whether there is a terminal to draw on. */
  get redraws(): boolean {
    return this.#context.io.color && !this.#context.flags.json
  }

  draw(lines: readonly string[]): void {
    const { io, flags } = this.#context
    if (flags.json || (!this.redraws && this.#height > 0)) return
    if (this.redraws && this.#height > 0) io.out.write(`\u001b[${this.#height}A\u001b[0J`)
    // A line that the terminal breaks would be two, and the next screen would be drawn in the wrong place.
    const { columns = 80 } = io.out as { columns?: number }
    for (const line of lines) print(io, this.redraws ? fitWidth(line, columns) : line)
    this.#height = lines.length
  }

  /** A line below the screen, where it is not drawn over; for programs one JSON document, on one line. */
  line(text: string, value: object): void {
    const { io, flags } = this.#context
    if (flags.json) printJsonLine(io, value)
    else if (!this.redraws) print(io, text)
  }
}
