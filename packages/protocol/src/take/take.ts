import { opg } from '../amount/opg.ts'
import { utf8 } from '../bytes/bytes.ts'
import type { Address, Hex } from '../bytes/hex.ts'
import { keccak256Hex } from '../crypto/hash.ts'
import { OgError } from '../error/error.ts'
import { isBytes, ownBytes } from '../realm/realm.ts'

// What an application without types may hand over is checked once, where it comes in.

/** Checks a value and gives it in the one form that everything behind works with. @throws OgError `CONFIG_INVALID`, naming it */
export type Take<Value> = (value: unknown, name: string) => Value

const refused = (name: string, wanted: string, value: unknown): OgError =>
  new OgError('CONFIG_INVALID', `${name} has to be ${wanted}; it is ${kindOf(value)}`)

/** Never the value itself: it may be a secret in the wrong place. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'missing'
  if (value === null) return 'null'
  if (typeof value === 'bigint') return value < 0n ? 'below zero' : 'a bigint'
  if (typeof value === 'string') return `a string of ${value.length} characters`
  if (Array.isArray(value)) return 'an array'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** A taker from what tells whether a value is one. */
export function when<Value>(wanted: string, isOne: (value: unknown) => boolean): Take<Value> {
  return (value, name) => {
    if (isOne(value)) return value as Value
    throw refused(name, wanted, value)
  }
}

/** @param example as the message shows it */
export const text = (example: string): Take<string> => when(`a text, such as ${example}`, (value) => typeof value === 'string')
export const model = text("'alice/volatility', or a model id")
export const folder: Take<string> = when(
  "a path, such as '/home/alice/.opengradient'",
  (value) => typeof value === 'string' && value !== '' && !value.includes('\0'),
)
export const hash: Take<Hex> = when(
  '32 bytes in hex: 0x and 64 digits in lower case',
  (value) => typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value),
)
export const flag: Take<boolean> = when('true or false', (value) => typeof value === 'boolean')
export const bytes: Take<Uint8Array> = (value, name) => {
  if (isBytes(value)) return ownBytes(value)
  throw refused(name, 'a Uint8Array', value)
}
export const callable = <Value>(example: string): Take<Value> =>
  when(`a function, such as ${example}`, (value) => typeof value === 'function')
export const signal: Take<AbortSignal> = when(
  'an AbortSignal, such as AbortSignal.timeout(5000)',
  (value) => isRecord(value) && typeof value.throwIfAborted === 'function' && typeof value.addEventListener === 'function',
)
export const url: Take<string> = when(
  "an address, such as 'https://rpc.example.org'",
  (value) => typeof value === 'string' && /^(?:https?|wss?):\/\//.test(value) && URL.canParse(value),
)

/** OPG wei. A cap that is no amount caps nothing: compared with a text, or with nothing, no price is above it. */
export const amount: Take<bigint> = when(
  "an amount of OPG wei, such as opg('0.01'), a bigint",
  (value) => typeof value === 'bigint' && value >= 0n && value < 2n ** 256n,
)
/** OPG wei of which there may be as many. */
export const coins: Take<bigint> = when(
  "an amount of OPG wei, such as opg('0.01'), a bigint, and no more than there are",
  (value) => typeof value === 'bigint' && value >= 0n && value <= ALL,
)
const ALL = opg('1000000000')

/** Given in lower case. Where there are large letters, they are the checksum (EIP-55), which finds mistyped ones. */
export const address: Take<Address> = (value, name) => {
  if (typeof value !== 'string' || !/^0x[0-9a-fA-F]{40}$/.test(value))
    throw refused(name, 'the address of an account: 0x and 40 hex digits', value)
  const lower = value.toLowerCase()
  if (value === lower || value.slice(2) === value.slice(2).toUpperCase() || value === checksummed(lower)) return lower as Address
  throw refused(name, 'an address whose large and small letters are its checksum (EIP-55): one of them is mistyped', value)
}

/** An address as EIP-55 writes it: a letter is large where the digit of its hash in the same place is 8 or more. */
function checksummed(lower: string): string {
  const hash = keccak256Hex(utf8(lower.slice(2)))
  return lower.replace(/[a-f]/g, (letter, at: number) => (hash[at]! >= '8' ? letter.toUpperCase() : letter))
}

export const whole = (most: number): Take<number> =>
  when(`a whole number from 0 to ${most}`, (value) => Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= most)
/** Of as many as JavaScript counts. */
export const count = whole(Number.MAX_SAFE_INTEGER)
export const natural: Take<bigint> = when('a bigint from 0n on', (value) => typeof value === 'bigint' && value >= 0n)

export const positive = (unit: string): Take<number> =>
  when(`a number of ${unit} above zero`, (value) => typeof value === 'number' && value > 0 && Number.isFinite(value))

export const oneOf = <Value extends string>(...allowed: readonly Value[]): Take<Value> =>
  when(allowed.map((value) => `'${value}'`).join(' or '), (value) => allowed.includes(value as Value))

/** With these methods; handed on as it is, since they may be those of a class. */
export const having = <Value>(what: string, ...methods: readonly string[]): Take<Value> =>
  when(
    `${what} with ${methods.join(', ')}`,
    (value) => typeof value === 'object' && value !== null && methods.every((name) => typeof Reflect.get(value, name) === 'function'),
  )

/** What is checked where it is used. */
export const anything: Take<unknown> = (value) => value

export const optional =
  <Value>(take: Take<Value>): Take<Value | undefined> =>
  (value, name) =>
    value === undefined ? undefined : take(value, name)

export const list =
  <Value>(take: Take<Value>): Take<Value[]> =>
  (value, name) => {
    if (!Array.isArray(value)) throw refused(name, 'an array', value)
    return Array.from(value, (one, i) => take(one, `${name}[${i}]`))
  }

type Fields = Readonly<Record<string, Take<unknown>>>

/** An object with these members; a member that is none of them is refused, since a cap that is misspelt is none. */
export const options = (fields: Fields): Take<never> => {
  const take = members(fields)
  return (value, name) => {
    const taken = take(value, name)
    const unknown = Object.keys(value as object).find((key) => !Object.hasOwn(fields, key))
    if (unknown === undefined) return taken
    throw new OgError(
      'CONFIG_INVALID',
      `${name} has no member ${JSON.stringify(unknown.slice(0, 60))}; there are ${Object.keys(fields).join(', ')}`,
    )
  }
}

/** An object with these members and any others. */
export const members =
  (fields: Fields): Take<never> =>
  (value, name) => {
    const names = Object.keys(fields).join(', ')
    if (!isRecord(value)) throw refused(name, names === '' ? 'an object' : `an object with ${names}`, value)
    const taken: Record<string, unknown> = { ...value }
    for (const [key, take] of Object.entries(fields)) {
      const one = take(value[key], `${name}.${key}`)
      if (one !== undefined) taken[key] = one
    }
    return taken as never
  }

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)

/** All arguments of a call, in their order. What throws by itself when it is read (a getter, a proxy) is refused like the rest. */
export function takeAll(takes: readonly (readonly [name: string, take: Take<unknown>])[], args: readonly unknown[]): unknown[] {
  let reading = ''
  try {
    return takes.map(([name, take], i) => {
      reading = name
      return take(args[i], name)
    })
  } catch (cause) {
    if (cause instanceof OgError) throw cause
    throw new OgError('CONFIG_INVALID', `${reading} cannot be read: ${String((cause as Error)?.message)}`, { cause })
  }
}
