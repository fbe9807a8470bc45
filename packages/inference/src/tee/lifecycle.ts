import { type Hex, isOgError, OgError } from '@opengradient/protocol'
import type { NodeLog } from '../log.ts'
import { Bucket } from './bucket.ts'
import type { Keyring } from './keyring.ts'
import type { HeldKeyset, IssuedKeyset, Registration } from './keyset.ts'

/** What the life of keysets needs of the chain. Reads are of the head. */
export interface KeysetRegistry {
  /** The newest live registration of this node, whoever made it. */
  current(): Promise<Registration | undefined>
  /** A keyset of this node; nothing if it is not registered, revoked, or over. */
  find(digest: Hex): Promise<Registration | undefined>
  /**
   * Registers a keyset and waits for its block.
   * @throws OgError `NODE_ATTESTATION_REFUSED` (nothing is under way), `CHAIN_*`, `RPC_ERROR`, `INTERRUPTED` (whether it was registered is unknown)
   */
  register(issued: Pick<IssuedKeyset, 'input' | 'nonceBlock'>): Promise<void>
}

export interface LifecycleOptions<Opener> {
  readonly keyring: Keyring<Opener>
  readonly registry: KeysetRegistry
  /** Draws keys for these models, has them attested and keeps the envelope on disk. @throws OgError why there is no evidence */
  readonly issue: (modelIds: readonly Hex[]) => Promise<IssuedKeyset<Opener>>
  /** Whether this folder has kept the envelope of this keyset. */
  readonly known: (digest: Hex) => boolean
  /** Models that are offered now, at level signature at least. */
  readonly models: () => Promise<readonly Hex[]>
  /** Unix seconds. */
  readonly now: () => number
  /** Seconds of a clock that nobody sets: what waits, waits by it. */
  readonly steady: () => number
  /** @throws OgError `NODE_CLOCK_SKEW` while `now` and the chain are too far apart to say when a keyset begins and ends */
  readonly checkClock: () => void
  readonly log: NodeLog
}

/** Where the level stands, for metrics and for whoever asks why it is not offered. */
export interface TeeStatus {
  readonly phase: 'off' | 'attesting' | 'registering' | 'live'
  /** Why there is no newer keyset, if the last try failed. */
  readonly trouble?: OgError
  /** Tries that failed since the last one that succeeded. */
  readonly failures: number
}

/** A keyset takes 64 models. */
const MAX_MODELS = 64
/** A new model waits so many seconds for company before a keyset is issued for it. */
const GATHER_SECONDS = 5
/** Keysets that are issued for new models at once, and then one every so often: to publish costs less than to register. */
const FOR_MODELS = { burst: 16, everyMs: 300_000 }
/** A keyset that ends when the one before it does, because its certificate or list ends then, is followed after so many seconds at the soonest. */
const NO_GAIN_SECONDS = 900
/** Seconds until the next try, doubled with each failure. */
const FIRST_RETRY = 5
const LAST_RETRY = 600

/**
 * The life of keysets: issued (keys drawn, evidence made) → registered, and current → followed by a newer one, but still good for what was
 * sealed to it → over, revoked or gone from the chain: keys erased. A new one comes when there is none, when half the life of the current
 * one is over (a little later where the last one gained no time), and when a model is offered that it does not name. `work` is one step; what
 * fails is tried again, ever more rarely, and the node goes on at its other levels.
 */
export class Lifecycle<Opener> {
  readonly #options: LifecycleOptions<Opener>
  #phase: TeeStatus['phase'] = 'off'
  #trouble: OgError | undefined
  #failures = 0
  #failedTries = 0
  #retryAt = 0
  /** Sent to the chain, outcome unknown: looked for, and sent again until the chain has it or refuses it. */
  #pending: IssuedKeyset<Opener> | undefined
  #newModelsSince: number | undefined
  readonly #forModels: Bucket
  #saidTooMany = false

  constructor(options: LifecycleOptions<Opener>) {
    this.#options = options
    this.#forModels = new Bucket(FOR_MODELS.burst, FOR_MODELS.everyMs, () => options.steady() * 1000)
  }

  get status(): TeeStatus {
    const { keyring, now } = this.#options
    const idle = keyring.current(now()) ? 'live' : 'off'
    const phase = this.#phase === 'attesting' || this.#phase === 'registering' ? this.#phase : idle
    return { phase, failures: this.#failures, ...(this.#trouble && { trouble: this.#trouble }) }
  }

  /** Tries that failed since the start. */
  get failedTries(): number {
    return this.#failedTries
  }

  /** One step. Never fails for a reason that is the attester's or the chain's refusal. @throws OgError `CHAIN_UNREACHABLE` while looking */
  async work(): Promise<void> {
    await this.#recheck()
    const { keyring, steady, checkClock } = this.#options
    if (steady() < this.#retryAt && keyring.held.length === 0) return
    try {
      await this.#refuseRollback()
      const models = await this.#models()
      if (!this.#isDue(models)) return
      checkClock()
      await this.#renew(models)
    } catch (error) {
      this.#failed(error)
    } finally {
      this.#phase = 'off'
    }
  }

  /** Erases every key. */
  end(): void {
    this.#pending?.erase()
    this.#pending = undefined
    this.#options.keyring.clear()
  }

  /** Believes the chain about what is held, and about what was sent and not heard of again. */
  async #recheck(): Promise<void> {
    const { keyring, registry, now, log } = this.#options
    const digests = keyring.held.map(({ issued }) => issued.digest)
    const found = await Promise.all(digests.map((digest) => registry.find(digest)))
    const gone = keyring.update(new Map(digests.map((digest, i) => [digest, found[i]])), now())
    for (const digest of gone) log.warn({ keyset: digest }, 'a keyset is over or revoked; its keys are erased')
    if (this.#pending) await this.#look(this.#pending)
  }

  /** Whether the chain has what was sent; it is current then. */
  async #look(issued: IssuedKeyset<Opener>): Promise<boolean> {
    const registration = await this.#options.registry.find(issued.digest)
    if (!registration) return false
    this.#pending = undefined
    this.#adopt(issued, registration)
    return true
  }

  /** Those that are named stay, others follow in the order in which they are offered: whoever publishes more pushes nobody out. */
  async #models(): Promise<readonly Hex[]> {
    const offered = await this.#options.models()
    const named = new Set(this.#options.keyring.held.at(-1)?.issued.modelIds)
    const all = [...offered.filter((modelId) => named.has(modelId)), ...offered.filter((modelId) => !named.has(modelId))]
    if (all.length > MAX_MODELS && !this.#saidTooMany) {
      this.#saidTooMany = true
      this.#options.log.warn({ models: all.length }, `a keyset takes ${MAX_MODELS} models; the others are not offered at this level`)
    }
    return all.slice(0, MAX_MODELS).sort()
  }

  #isDue(models: readonly Hex[]): boolean {
    const { keyring, now, steady } = this.#options
    const at = steady()
    const current = keyring.held.at(-1)
    const known = current?.issued.modelIds ?? []
    const hasNew = models.some((modelId) => !known.includes(modelId))
    this.#newModelsSince = hasNew ? (this.#newModelsSince ?? at) : undefined
    if (models.length === 0 || at < this.#retryAt) return false
    if (current === undefined || this.#pending || now() >= this.#nextAt(current)) return true
    return hasNew && at >= this.#newModelsSince! + GATHER_SECONDS && this.#forModels.take() === 0
  }

  /** When the current keyset is to be followed, Unix seconds: hardware may show the same certificate for all of that one's life. */
  #nextAt({ registration: { from, until } }: HeldKeyset<Opener>): number {
    const before = this.#options.keyring.held.at(-2)
    const half = from + (until - from) / 2
    return before === undefined || before.registration.until < until ? half : Math.max(half, from + NO_GAIN_SECONDS)
  }

  async #renew(models: readonly Hex[]): Promise<void> {
    const { registry, issue } = this.#options
    this.#phase = 'attesting'
    const issued = this.#pending ?? (await issue(models))
    this.#phase = 'registering'
    this.#pending = issued
    let refusal = new OgError('NODE_ATTESTATION_REFUSED', 'The chain took the registration and does not count it: it was revoked at once.')
    try {
      await registry.register(issued)
    } catch (error) {
      // Only a refusal says that it will not be registered, unless what was sent before came through meanwhile.
      if (!isOgError(error, 'NODE_ATTESTATION_REFUSED')) throw error
      refusal = error
    }
    if (await this.#look(issued)) return
    this.#pending = undefined
    issued.erase()
    throw refusal
  }

  /** Whoever has not registered the newest keyset of this node is not the newest copy of it. */
  async #refuseRollback(): Promise<void> {
    const { registry, keyring, known } = this.#options
    const newest = await registry.current()
    if (newest === undefined || known(newest.digest)) return
    const over = new Date(newest.until * 1000).toISOString()
    keyring.clear()
    throw new OgError(
      'NODE_ROLLBACK',
      `The newest keyset of this node, ${newest.digest}, was registered by a data folder that is not this one. Start the node with that folder, or wait until that keyset is over, at ${over}.`,
      { details: { keyset: newest.digest, until: newest.until } },
    )
  }

  #adopt(issued: IssuedKeyset<Opener>, registration: Registration): void {
    const { keyring, log } = this.#options
    keyring.add({ issued, registration })
    this.#failures = 0
    this.#trouble = undefined
    const { level, until } = registration
    log.info({ keyset: issued.digest, level, until, models: issued.modelIds.length }, 'a keyset is registered')
  }

  #failed(error: unknown): void {
    if (!isOgError(error) || error.code === 'INTERRUPTED') throw error
    this.#failures += 1
    this.#failedTries += 1
    const wait = Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (this.#failures - 1))
    this.#retryAt = this.#options.steady() + wait
    this.#trouble = error
    this.#options.log.warn({ code: error.code, reason: error.message, retrySeconds: wait }, 'no keyset could be registered')
  }
}
