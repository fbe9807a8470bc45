import { type Hex, parseHex, parseStrictJson } from '@opengradient/protocol'
import { TCB_STATUSES, type TcbStatus } from '../result/claims.ts'
import { demand } from '../result/rejection.ts'

/** Intel's files are below this. */
const LIMITS = { maxBytes: 262_144, maxDepth: 16, maxNodes: 50_000 }
const DATE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/

/** A JSON object of Intel's, read member by member. MALFORMED when a member is missing or of another type; unknown members are left alone. */
export class IntelJson {
  private readonly members: Readonly<Record<string, unknown>>
  private readonly what: string

  constructor(value: unknown, what: string) {
    demand(typeof value === 'object' && value !== null && !Array.isArray(value), 'MALFORMED', `${what}: not an object.`)
    this.members = value as Record<string, unknown>
    this.what = what
  }

  static parse(body: Uint8Array, what: string): IntelJson {
    return new IntelJson(parseStrictJson(body, LIMITS), what)
  }

  has(name: string): boolean {
    return Object.hasOwn(this.members, name)
  }

  object(name: string): IntelJson {
    return new IntelJson(this.get(name), `${this.what}.${name}`)
  }

  /** At least one object. */
  objects(name: string): IntelJson[] {
    const list = this.get(name)
    demand(Array.isArray(list) && list.length > 0, 'MALFORMED', `${this.what}.${name}: not a list.`)
    return list.map((item, i) => new IntelJson(item, `${this.what}.${name}[${i}]`))
  }

  text(name: string): string {
    const value = this.get(name)
    demand(typeof value === 'string', 'MALFORMED', `${this.what}.${name}: not a text.`)
    return value
  }

  /** A whole number from 0 to `max`. */
  number(name: string, max: number): number {
    const value = this.get(name)
    demand(
      Number.isInteger(value) && (value as number) >= 0 && (value as number) <= max,
      'MALFORMED',
      `${this.what}.${name}: not a number up to ${max}.`,
    )
    return value as number
  }

  /** Unix seconds. */
  time(name: string): number {
    const text = this.text(name)
    const time = DATE.test(text) ? Date.parse(text) / 1000 : Number.NaN
    // Some engines take the 30th of February for the 2nd of March, and others do not.
    const real = Number.isSafeInteger(time) && new Date(time * 1000).toISOString() === text.replace('Z', '.000Z')
    demand(real, 'MALFORMED', `${this.what}.${name}: not a time.`)
    return time
  }

  /** Hex digits of either case, as Intel writes them. */
  hex(name: string, size: number): Hex {
    return parseHex(`0x${this.text(name).toLowerCase()}`, size, `${this.what}.${name}`)
  }

  status(name: string): TcbStatus {
    const text = this.text(name)
    // Intel never states the last three: they are this package's words for what Intel does not say.
    const found = TCB_STATUSES.slice(0, -3).find((status) => status === text)
    demand(found !== undefined, 'MALFORMED', `${this.what}.${name}: the status ${text} is not known.`)
    return found
  }

  /** A list of texts; empty when the member is missing. */
  texts(name: string): string[] {
    const list = this.has(name) ? this.get(name) : []
    demand(Array.isArray(list) && list.every((item) => typeof item === 'string'), 'MALFORMED', `${this.what}.${name}: not a list of texts.`)
    return list
  }

  private get(name: string): unknown {
    demand(this.has(name), 'MALFORMED', `${this.what}: ${name} is missing.`)
    return this.members[name]
  }
}
