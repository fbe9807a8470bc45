import { type Hex, OgError } from '@opengradient/protocol'

/** Reads one value of JSON, or says at which member it is not what it must be. */
export type Form<T> = (value: unknown, at: string) => T

/** Says at which member something else was expected. @throws OgError `POLICY_MALFORMED` */
export const wrong = (at: string, what: string): never => {
  throw new OgError('POLICY_MALFORMED', `${at}: expected ${what}.`, { details: { field: at } })
}

/** An object of JSON; its members are not looked at. */
export function shape(value: unknown, at: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  return wrong(at, 'an object')
}

export const bool: Form<boolean> = (value, at) => (typeof value === 'boolean' ? value : wrong(at, 'true or false'))

/** A whole number from 0 to 2^53 − 1. */
export const whole: Form<number> = (value, at) =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && !Object.is(value, -0)
    ? value
    : wrong(at, 'a whole number, not negative')

export const text =
  (most: number): Form<string> =>
  (value, at) =>
    typeof value === 'string' && value.length <= most ? value : wrong(at, `a text of at most ${most} characters`)

/** Lower-case hex of at most `most` bytes, at least `least`. */
export const hex =
  (most: number, least = 0): Form<Hex> =>
  (value, at) => {
    const fits = typeof value === 'string' && /^0x(?:[0-9a-f]{2})*$/.test(value) && value.length >= 2 + 2 * least
    return fits && value.length <= 2 + 2 * most ? (value as Hex) : wrong(at, `0x and lower-case hex of ${least} to ${most} bytes`)
  }

export const oneOf =
  <T extends string>(words: readonly T[]): Form<T> =>
  (value, at) =>
    words.find((word) => word === value) ?? wrong(at, words.join(', '))

export const anyOf =
  <W extends string, T>(word: W, other: Form<T>): Form<W | T> =>
  (value, at) =>
    value === word ? word : other(value, at)

export const list =
  <T>(most: number, item: Form<T>): Form<T[]> =>
  (value, at) => {
    if (!Array.isArray(value) || value.length > most) return wrong(at, `a list of at most ${most}`)
    return value.map((one, i) => item(one, `${at}[${i}]`))
  }

/** An object with any keys (of 1 to 64 characters) whose values have one form. */
export const aMap =
  <T>(most: number, item: Form<T>): Form<Record<string, T>> =>
  (value, at) => {
    const entries = Object.entries(shape(value, at))
    const fits = entries.length <= most && entries.every(([key]) => key.length > 0 && key.length <= 64 && key !== '__proto__')
    if (!fits) return wrong(at, `at most ${most} members with names of 1 to 64 characters`)
    return Object.fromEntries(entries.map(([key, one]) => [key, item(one, `${at}.${key}`)]))
  }

const OPTIONAL = Symbol('optional')
interface Maybe<T> extends Form<T | undefined> {
  readonly [OPTIONAL]: true
}

/** A member that may be absent. */
export const maybe = <T>(form: Form<T>): Maybe<T> =>
  Object.assign((value: unknown, at: string) => (value === undefined ? undefined : form(value, at)), { [OPTIONAL]: true as const })

type Forms<T> = { readonly [K in keyof T]-?: undefined extends T[K] ? Maybe<Exclude<T[K], undefined>> : Form<T[K]> }

/** An object with these members and no other. */
export const record =
  <T>(forms: Forms<T>): Form<T> =>
  (value, at) => {
    const members = shape(value, at)
    const stranger = Object.keys(members).find((key) => !Object.hasOwn(forms, key))
    if (stranger !== undefined) return wrong(`${at}.${stranger}`, `one of ${Object.keys(forms).join(', ')}`)
    const read = Object.entries<Form<unknown>>(forms as Readonly<Record<string, Form<unknown>>>).map(([key, form]) => {
      if (!Object.hasOwn(members, key) && !(OPTIONAL in form)) return wrong(`${at}.${key}`, 'this member')
      return [key, form(members[key], `${at}.${key}`)] as const
    })
    return Object.fromEntries(read.filter(([, one]) => one !== undefined)) as T
  }
