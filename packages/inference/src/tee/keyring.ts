import type { Hex } from '@opengradient/protocol'
import type { HeldKeyset, Registration, TeeLevel } from './keyset.ts'

/**
 * Keysets that are held at once; with more of them the oldest goes before its time. More than there are made for new models while a request
 * waits for its answer: sixteen at once, and one every five minutes.
 */
const MAX_HELD = 24

/** The registered keysets of this process, the newest last. What leaves it is erased. */
export class Keyring<Opener = unknown> {
  #held: readonly HeldKeyset<Opener>[] = []

  /** All of them, oldest first. */
  get held(): readonly HeldKeyset<Opener>[] {
    return this.#held
  }

  /** The one that is shown to callers, unless its time is over or has not begun. @param now unix seconds */
  current(now: number): HeldKeyset<Opener> | undefined {
    const newest = this.#held.at(-1)
    return newest !== undefined && isLive(newest, now) ? newest : undefined
  }

  /** The one of this digest, while it may be used. */
  find(digest: Hex, now: number): HeldKeyset<Opener> | undefined {
    return this.#held.find((held) => held.issued.digest === digest && isLive(held, now))
  }

  /** The level that a model is offered at, besides others. */
  levelOf(modelId: Hex, now: number): TeeLevel | undefined {
    const current = this.current(now)
    return current?.issued.modelIds.includes(modelId) ? current.registration.level : undefined
  }

  /** Takes in a keyset that was registered; it is the current one from now on. */
  add(held: HeldKeyset<Opener>): void {
    this.#held = [...this.#held, held]
    this.#keep((_, i) => this.#held.length - i <= MAX_HELD)
  }

  /** Takes in what the chain says now: what is not registered any more, or whose time is over, is erased. @returns digests of those */
  update(registrations: ReadonlyMap<Hex, Registration | undefined>, now: number): Hex[] {
    this.#held = this.#held.map((held) => {
      if (!registrations.has(held.issued.digest)) return held
      const registration = registrations.get(held.issued.digest) ?? { ...held.registration, until: 0 }
      return { issued: held.issued, registration }
    })
    return this.#keep(({ registration }) => registration.until > now)
  }

  /** Erases everything. */
  clear(): void {
    this.#keep(() => false)
  }

  #keep(keeps: (held: HeldKeyset<Opener>, index: number) => boolean): Hex[] {
    const gone = this.#held.filter((held, i) => !keeps(held, i))
    this.#held = this.#held.filter((held) => !gone.includes(held))
    for (const { issued } of gone) issued.erase()
    return gone.map(({ issued }) => issued.digest)
  }
}

const isLive = ({ registration: { from, until } }: HeldKeyset, now: number): boolean => from <= now && now < until
