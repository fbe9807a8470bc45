import { bytesToHex, type Hex, OgError } from '@opengradient/protocol'
import { ReceiptSigner } from '../receipts/signer.ts'
import { Keyring } from './keyring.ts'
import type { IssuedKeyset, Registration } from './keyset.ts'
import { type KeysetRegistry, Lifecycle } from './lifecycle.ts'

export const digestOf = (n: number): Hex => `0x${n.toString(16).padStart(64, '0')}`
export const MODEL_A: Hex = `0x${'aa'.repeat(32)}`
export const MODEL_B: Hex = `0x${'bb'.repeat(32)}`
export const HOUR = 3_600
export const LIFE = 24 * HOUR
export const START = 1_800_000_000

const DOMAIN = { chainId: 5n, settlement: `0x${'11'.repeat(20)}` as Hex }

/** A chain that registers keysets and can do everything else that a chain does to them. */
class TestRegistry implements KeysetRegistry {
  readonly registrations = new Map<Hex, Registration>()
  newest: Hex | undefined
  registered = 0
  /** When what the evidence rests on ends, as the chain sees it. */
  end = Number.POSITIVE_INFINITY
  /** What happens at the next registration; by default it is taken. */
  fate: 'taken' | 'lost' | 'swallowed' | 'unreachable' | 'refused' | 'twice' = 'taken'
  readonly #now: () => number
  readonly #digestOf: (input: Uint8Array) => Hex

  constructor(now: () => number, digestOf: (input: Uint8Array) => Hex = bytesToHex) {
    this.#now = now
    this.#digestOf = digestOf
  }

  async find(digest: Hex): Promise<Registration | undefined> {
    if (this.fate === 'unreachable') throw unreachable()
    const found = this.registrations.get(digest)
    return found && found.until > this.#now() ? found : undefined
  }

  async current(): Promise<Registration | undefined> {
    return this.newest && this.find(this.newest)
  }

  async register({ input }: Pick<IssuedKeyset, 'input'>): Promise<void> {
    const { fate } = this
    if (fate === 'refused') throw new OgError('NODE_ATTESTATION_REFUSED', 'The chain refuses the evidence: MEASUREMENT_UNKNOWN.')
    if (fate !== 'swallowed' && fate !== 'unreachable') this.put(this.#digestOf(input))
    if (fate === 'twice') throw new OgError('NODE_ATTESTATION_REFUSED', 'The chain refuses the evidence: AlreadyRegistered.')
    if (fate !== 'taken') throw unreachable()
  }

  put(digest: Hex, seconds = LIFE): void {
    this.registered += 1
    const from = this.#now()
    this.registrations.set(digest, { digest, level: 'development', from, until: Math.min(from + seconds, this.end) })
    this.newest = digest
  }

  revoke(digest: Hex): void {
    this.registrations.delete(digest)
  }
}

const unreachable = () => new OgError('CHAIN_UNREACHABLE', 'the RPC did not answer')

/** A life of keysets without hardware, chain and clock. `keep`: what is done with each envelope. */
export function testLife({ keep }: { keep?: (digest: Hex) => Promise<void> } = {}) {
  /** Of the world and the chain; the node's is `ahead` of it. */
  const clock = { now: START, ahead: 0 }
  const now = () => clock.now + clock.ahead
  const steady = () => clock.now
  const checkClock = () => {
    if (Math.abs(clock.ahead) > 120) throw new OgError('NODE_CLOCK_SKEW', 'the node’s clock is wrong')
  }
  const registry = new TestRegistry(steady)
  const keyring = new Keyring<string>()
  const models: Hex[] = [MODEL_A]
  const known = new Set<Hex>()
  const erased: Hex[] = []
  const said: [message: string, details: Record<string, unknown>][] = []
  const tell = (details: object, message: string) => void said.push([message, details as Record<string, unknown>])
  const attester: { trouble?: OgError } = {}
  let issued = 0
  const issue = async (modelIds: readonly Hex[]): Promise<IssuedKeyset<string>> => {
    if (attester.trouble) throw attester.trouble
    issued += 1
    const digest = digestOf(issued)
    await keep?.(digest)
    known.add(digest)
    const input = Uint8Array.from(Buffer.from(digest.slice(2), 'hex'))
    const signer = new ReceiptSigner(new Uint8Array(32).fill(issued), DOMAIN)
    const erase = () => void erased.push(digest)
    return { digest, keyset: input, modelIds, notAfter: steady() + LIFE, signer, opener: 'open', input, nonceBlock: 1n, erase }
  }
  const log = { info: tell, warn: tell, error: tell }
  const lifecycle = new Lifecycle<string>({
    keyring,
    registry,
    issue,
    known: (digest) => known.has(digest),
    models: async () => models,
    now,
    steady,
    checkClock,
    log,
  })
  return { clock, attester, registry, keyring, models, known, erased, said, lifecycle, issued: () => issued }
}
