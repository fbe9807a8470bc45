import { OgError } from '../error/error.ts'
import { isPlainObject } from '../realm/realm.ts'

const MAX_DEPTH = 256
const LONE_SURROGATE = /\p{Surrogate}/u

/**
 * Canonical JSON (RFC 8785, JCS): keys sorted by UTF-16 code units, numbers and strings as ECMAScript writes them, no
 * spaces. Members that are `undefined` are left out; everything that JSON cannot hold exactly (NaN, infinities, bigint,
 * bytes, class instances, lone surrogates) throws `JSON_UNREPRESENTABLE`.
 */
export function canonicalJson(value: unknown): string {
  return write(value, 0)
}

function write(value: unknown, depth: number): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'string') return writeString(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unrepresentable(`the number ${value}`)
    return JSON.stringify(value)
  }
  if (typeof value !== 'object') throw unrepresentable(`a ${typeof value}`)
  if (depth >= MAX_DEPTH)
    throw new OgError('JSON_TOO_DEEP', `Canonical JSON is written to a depth of ${MAX_DEPTH} only.`, { details: { limit: MAX_DEPTH } })
  if (Array.isArray(value)) return `[${Array.from(value, (item) => write(item, depth + 1)).join(',')}]`
  return writeObject(value, depth)
}

function writeObject(value: object, depth: number): string {
  if (!isPlainObject(value)) throw unrepresentable(`a ${value.constructor?.name ?? 'class instance'}`)
  const members = value as Record<string, unknown>
  let out = ''
  for (const key of Object.keys(members).sort()) {
    const member = members[key]
    if (member === undefined) continue
    out += `${out === '' ? '' : ','}${writeString(key)}:${write(member, depth + 1)}`
  }
  return `{${out}}`
}

function writeString(text: string): string {
  const json = JSON.stringify(text)
  // `JSON.stringify` escapes a lone surrogate, so text that needed no escape holds none.
  if (json.length !== text.length + 2 && LONE_SURROGATE.test(text)) throw unrepresentable('a lone surrogate')
  return json
}

function unrepresentable(what: string): OgError {
  return new OgError('JSON_UNREPRESENTABLE', `Canonical JSON cannot hold ${what}. Convert it first.`)
}
