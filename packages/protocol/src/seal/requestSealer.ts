import { type SealableRequest, type SealedRequest, type SealSession, sealInSession, startSession } from './session.ts'

/** Requests of one session at most. */
export const SESSION_REQUESTS = 1_000
/** Seconds for which a session is used at most. */
export const SESSION_SECONDS = 600
/** Keysets that sessions are kept for; with more of them the one that was begun first is forgotten. */
const MAX_SESSIONS = 64

interface Kept {
  readonly session: Promise<SealSession>
  readonly since: number
  requests: number
}

/**
 * Seals the requests of one caller. The key exchange with a keyset is made once for up to 1,000 requests within ten minutes, and then anew;
 * every request has keys of its own. Sessions are in memory only, and none is used for two keysets.
 */
export class RequestSealer {
  readonly #now: () => number
  readonly #random: (length: number) => Uint8Array
  readonly #sessions = new Map<string, Kept>()

  /**
   * @param now seconds of any clock
   * @param random so many bytes that nobody can guess
   */
  constructor(now: () => number, random: (length: number) => Uint8Array) {
    this.#now = now
    this.#random = random
  }

  /** Seals a request body to the key of a keyset. Throws `CHANNEL_KEY_INVALID` for a key of low order. */
  async seal(request: SealableRequest): Promise<SealedRequest> {
    const kept = this.#current(request) ?? this.#start(request)
    kept.requests += 1
    return sealInSession(await kept.session, request, this.#random)
  }

  /** Sessions that it keeps, and with each what opens all requests of it. */
  get sessions(): number {
    return this.#sessions.size
  }

  /** Forgets the sessions that are over. Each request does that, too: it is for whoever makes no more of them for a while. */
  forget(): void {
    const now = this.#now()
    for (const [name, { since, requests }] of this.#sessions)
      if (now < since || now >= since + SESSION_SECONDS || requests >= SESSION_REQUESTS) this.#sessions.delete(name)
  }

  #current(request: SealableRequest): Kept | undefined {
    this.forget()
    return this.#sessions.get(nameOf(request))
  }

  #start(request: SealableRequest): Kept {
    const name = nameOf(request)
    const kept: Kept = { session: startSession(request), since: this.#now(), requests: 0 }
    this.#sessions.set(name, kept)
    kept.session.catch(() => this.#sessions.delete(name))
    for (const oldest of this.#sessions.keys()) if (this.#sessions.size > MAX_SESSIONS) this.#sessions.delete(oldest)
    return kept
  }
}

const nameOf = ({ keysetDigest, keyset }: SealableRequest): string => `${keysetDigest} ${keyset.hpke}`
