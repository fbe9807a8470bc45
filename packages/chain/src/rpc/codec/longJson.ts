import type { Patience } from '../../call/patience.ts'
import { JsonText } from '../method.ts'
import { limitExceeded } from './error.ts'

/** JSON of many parts, made in slices between which the rest of the thread has its turn, and given up as soon as it is longer than is answered. */
export class LongJson {
  readonly #patience: Patience
  readonly #max: number
  readonly #remedy: string
  readonly #pieces: string[] = []
  #chars = 0

  /** `max` characters; `remedy` says what to ask instead. */
  constructor(patience: Patience, max: number, remedy: string) {
    this.#patience = patience
    this.#max = max
    this.#remedy = remedy
  }

  /** Throws `-32005` when so many characters more are too many: asked before they are made. */
  expect(chars: number): void {
    if (this.#chars + chars <= this.#max) return
    throw limitExceeded(`response too large: at most ${this.#max} characters are answered at once; ${this.#remedy}`)
  }

  /** Adds a piece of text. Throws `-32005`. */
  add(text: string): void {
    this.expect(text.length)
    this.#chars += text.length
    this.#pieces.push(text)
  }

  /** Adds what each item comes to in pieces, with commas between. Throws `-32005`, and `LimitReached` when the time is up. */
  async lists<T>(items: Iterable<T>, write: (item: T) => Iterable<string>): Promise<void> {
    let comma = ''
    for (const item of items) {
      this.add(comma)
      comma = ','
      await this.pieces(write(item))
    }
  }

  /** Adds pieces of text as they are. Throws as `lists`. */
  async pieces(texts: Iterable<string>): Promise<void> {
    for (const text of texts) {
      this.add(text)
      const turn = this.#patience.turn()
      if (turn) await turn
    }
  }

  finish(): JsonText {
    return new JsonText(this.#pieces.join(''))
  }
}
