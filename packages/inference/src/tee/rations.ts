import { isIP, isIPv6 } from 'node:net'
import { Bucket } from './bucket.ts'

export interface Ration {
  /** So many at once, then one every so many milliseconds. */
  readonly burst: number
  readonly everyMs: number
}

export interface RationsOptions {
  /** For everybody together. */
  readonly all: Ration
  /** For one caller: less, so that no caller takes everybody's. */
  readonly each: Ration
  /** Milliseconds of any steady clock. */
  readonly now: () => number
}

/** Callers that are remembered; who is forgotten begins anew. */
const MAX_CALLERS = 4_096

/** Rations something among callers: each has its own, and all of them one together. */
export class Rations {
  readonly #all: Bucket
  readonly #own = new Map<string, Bucket>()
  readonly #options: RationsOptions

  constructor(options: RationsOptions) {
    this.#options = options
    this.#all = new Bucket(options.all.burst, options.all.everyMs, options.now)
  }

  /** Takes one for a caller, who is undefined where nobody can tell callers apart. @returns 0, or milliseconds until there is one */
  take(caller: string | undefined): number {
    const own = caller === undefined ? undefined : this.#of(caller)
    const wait = Math.max(this.#all.wait(), own?.wait() ?? 0)
    if (wait > 0) return wait
    own?.take()
    return this.#all.take()
  }

  #of(caller: string): Bucket {
    const { each, now } = this.#options
    const own = this.#own.get(caller) ?? new Bucket(each.burst, each.everyMs, now)
    this.#own.delete(caller)
    this.#own.set(caller, own)
    const [oldest] = this.#own.keys()
    if (this.#own.size > MAX_CALLERS && oldest !== undefined) this.#own.delete(oldest)
    return own
  }
}

/**
 * Who asks: the address of the connection, of IPv6 the network of 64 bits, which one caller has to itself. Behind a proxy on this machine it is
 * the last address that the proxy names in `X-Forwarded-For`; undefined where it names no address.
 */
export function callerOf(address: string | undefined, forwardedFor: string | readonly string[] | undefined): string | undefined {
  const plain = address && unmapped(address)
  if (plain === undefined) return undefined
  if (!plain.startsWith('127.') && plain !== '::1') return networkOf(plain)
  const named = unmapped([forwardedFor ?? []].flat().join(',').split(',').at(-1)?.trim() ?? '')
  return isIP(named) === 0 ? undefined : networkOf(named)
}

/** An IPv4 address as itself, also where a socket for both kinds wrote it as one of IPv6: all of those are one network. */
const unmapped = (address: string): string => address.replace(/^::ffff:(?=\d+\.)/i, '')

function networkOf(address: string): string {
  if (!isIPv6(address)) return address
  const [head = '', tail = ''] = address.split('%')[0]!.split('::')
  const [first, last] = [head, tail].map((part) => (part === '' ? [] : part.split(':')))
  const missing = address.includes('::') ? Math.max(0, 8 - first!.length - last!.length) : 0
  const groups = [...first!, ...Array<string>(missing).fill('0'), ...last!]
  return groups
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':')
}
