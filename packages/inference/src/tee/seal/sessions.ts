import type { RecipientSession } from './context.ts'

/** Sessions that one key remembers; with more of them the one that was used longest ago is forgotten, and costs another key exchange. */
export const MAX_SESSIONS = 4_096

/** The sessions in which requests to one key have opened. */
export class Sessions {
  readonly #kept = new Map<string, RecipientSession>()
  readonly #most: number
  /** The one used last. */
  #last: RecipientSession | undefined

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#kept.size
  }

  /** The session of this name, which is now the one used last. */
  find(name: string): RecipientSession | undefined {
    const session = this.#kept.get(name)
    if (session !== undefined && session !== this.#last) this.#touch(name, session)
    return session
  }

  /** Remembers a session in which a request has opened: whoever knows no more than a public key takes nobody's place. */
  keep(name: string, session: RecipientSession): void {
    this.#touch(name, session)
    if (this.#kept.size <= this.#most) return
    const [[oldest, forgotten]] = this.#kept as Iterable<[string, RecipientSession]> as [[string, RecipientSession]]
    forgotten.erase()
    this.#kept.delete(oldest)
  }

  /** Forgets them all. */
  erase(): void {
    for (const session of this.#kept.values()) session.erase()
    this.#kept.clear()
    this.#last = undefined
  }

  #touch(name: string, session: RecipientSession): void {
    this.#kept.delete(name)
    this.#kept.set(name, session)
    this.#last = session
  }
}
