import { join } from 'node:path'
import { type Address, type AttestationEvidence, type Domain, type Hex, OgError } from '@opengradient/protocol'
import type { EngineIdentity } from '../engine/engine.ts'
import type { NodeLog } from '../log.ts'
import { folderFiles } from '../proving/files.ts'
import { Loop } from '../settlement/loop.ts'
import type { Attester } from './attester.ts'
import { type TeeDoor, teeDoor } from './door.ts'
import { attestKeyset, issueKeyset } from './issue.ts'
import { Keyring } from './keyring.ts'
import type { HeldKeyset, IssuedKeyset } from './keyset.ts'
import { type KeysetRegistry, Lifecycle } from './lifecycle.ts'
import { Rations } from './rations.ts'
import type { Recent } from './recent.ts'
import { runtimeDigest } from './runtime.ts'
import type { SealOpener } from './seal/opener.ts'
import { EnvelopeShelf } from './shelf.ts'

export interface TeeOptions {
  /** The node's folder; envelopes lie in `attestation/`. */
  readonly dataDir: string
  /** Called once it is needed, and again if it failed. */
  readonly attester: () => Promise<Attester>
  readonly registry: KeysetRegistry
  readonly domain: Domain
  readonly node: Address
  readonly engines: readonly { identity(): Promise<EngineIdentity> }[]
  /** Models that are offered now and run in this process's engines. */
  readonly models: () => Promise<readonly Hex[]>
  readonly recent: () => Promise<Recent>
  readonly random: (length: number) => Uint8Array
  /** Unix seconds. */
  readonly now: () => number
  /** The same by the newest block that the node has seen; undefined before the first. */
  readonly chainTime: () => number | undefined
  /** @throws OgError `NODE_CLOCK_SKEW`, `CHAIN_UNREACHABLE` while both times are too far apart, or one is not known */
  readonly checkClock: () => void
  readonly log: NodeLog
}

/** The levels of enclaves of a running node. */
export interface RunningTee {
  readonly door: TeeDoor
  readonly lifecycle: Lifecycle<SealOpener>
  readonly shelf: EnvelopeShelf
  readonly keyring: Keyring<SealOpener>
  /** The keyset that is shown to callers. */
  current(): HeldKeyset<SealOpener> | undefined
  /** Fresh evidence about a keyset under a nonce of a caller (`callerOf`). @throws OgError `NODE_ATTESTATION_BUSY`, `NODE_ATTESTATION_FAILED` */
  fresh(issued: IssuedKeyset<SealOpener>, nonce: Uint8Array, caller: string | undefined): Promise<AttestationEvidence>
  /** Begins to attest, in the background. */
  begin(): void
  /** Looks at once. */
  kick(): void
  /** Stops, and erases every key. */
  stop(): Promise<void>
}

/** Revocations and new models are looked for this often. */
const LOOK_MS = 2_000
/** Fresh evidence, for all callers and for each. Hardware is slow, and some of it locks. */
const FRESH = { all: { burst: 10, everyMs: 1_000 }, each: { burst: 5, everyMs: 5_000 } }

const steady = (): number => performance.now() / 1000

/** Opens the folder of envelopes and makes ready what attests. @throws what the disk says */
export async function startTee(options: TeeOptions): Promise<RunningTee> {
  const { dataDir, registry, domain, node, engines, models, recent, random, now, chainTime, checkClock, log } = options
  const shelf = await EnvelopeShelf.open(await folderFiles(join(dataDir, 'attestation')))
  const keyring = new Keyring<SealOpener>()
  const identities = await Promise.all(engines.map((engine) => engine.identity()))
  const attester = keptOnce(options.attester)
  const issuer = {
    domain,
    node,
    runtimeDigest: runtimeDigest(identities),
    random,
    now,
    recent,
    keep: (digest: Hex, evidence: AttestationEvidence, notAfter: number) => shelf.keep(digest, evidence, notAfter),
  }
  const issue = async (modelIds: readonly Hex[]) => issueKeyset({ ...issuer, attester: await attester.get() }, modelIds)
  const known = (digest: Hex) => shelf.has(digest)
  const lifecycle = new Lifecycle<SealOpener>({ keyring, registry, issue, known, models, now, steady, checkClock, log })
  const work = async () => {
    await lifecycle.work()
    // What a clock that is ahead for a moment removed would look like somebody else's afterwards.
    await shelf.prune(Math.min(now(), chainTime() ?? 0))
    return false
  }
  const loop = new Loop({ name: 'attestation', work, idleMs: LOOK_MS, retryMs: LOOK_MS, log })
  const rations = new Rations({ ...FRESH, now: () => performance.now() })
  return {
    door: teeDoor({ keyring, now, random }),
    lifecycle,
    shelf,
    keyring,
    current: () => keyring.current(now()),
    async fresh({ keyset }, nonce, caller) {
      const retryAfterMs = rations.take(caller)
      if (retryAfterMs > 0)
        throw new OgError('NODE_ATTESTATION_BUSY', 'Fresh evidence was asked for too often; that of the registration needs no waiting.', {
          details: { retryAfterMs },
        })
      return attestKeyset(await attester.get(), keyset, nonce)
    },
    begin: () => loop.start(),
    kick: () => loop.kick(),
    async stop() {
      await loop.stop()
      lifecycle.end()
      await attester.made()?.close()
    },
  }
}

/** What a function gives, asked for once; a failure is not kept. */
function keptOnce<T>(make: () => Promise<T>): { get(): Promise<T>; made(): T | undefined } {
  let made: T | undefined
  return {
    async get() {
      made ??= await make()
      return made
    },
    made: () => made,
  }
}
