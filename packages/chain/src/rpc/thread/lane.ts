import { LimitReached } from '../../call/patience.ts'
import { Turnstile } from '../../call/turnstile.ts'
import { limitExceeded } from '../codec/error.ts'
import type { JsonText } from '../method.ts'
import type { Question, ThreadOptions } from './messages.ts'
import { type AnswerTime, ReadThread } from './thread.ts'

export interface LaneOptions {
  /** Threads at most. */
  readonly width: number
  /** Questions that may wait for them. */
  readonly line: number
  readonly time: AnswerTime
  /** What is asked for here, for messages. */
  readonly what: string
}

/** Threads for questions of one kind, and the line before them. */
export class Lane {
  readonly #thread: ThreadOptions
  readonly #time: AnswerTime
  readonly #turnstile: Turnstile
  readonly #all: ReadThread[] = []
  /** Those without a question. The last one used comes first, so that no more are started than have something to do. */
  readonly #idle: ReadThread[] = []

  constructor(thread: ThreadOptions, { width, line, time, what }: LaneOptions) {
    this.#thread = thread
    this.#time = time
    this.#turnstile = new Turnstile(width, line, what)
  }

  /** Answers when it is the question's turn; only then it is read. Throws `RpcError`, or `INTERNAL` for a fault of ours. */
  async ask(question: () => Question): Promise<JsonText> {
    try {
      return await this.#turnstile.through(async () => {
        const thread = this.#idle.pop() ?? this.#more()
        try {
          return await thread.ask(question())
        } finally {
          this.#idle.push(thread)
        }
      })
    } catch (error) {
      throw error instanceof LimitReached ? limitExceeded(error.message) : error
    }
  }

  async close(): Promise<void> {
    await Promise.all(this.#all.map((thread) => thread.close()))
  }

  #more(): ReadThread {
    const thread = new ReadThread(this.#thread, this.#time)
    this.#all.push(thread)
    return thread
  }
}
