import { type Address, type Hex, OgError, parseAddress, parseHex } from '@opengradient/protocol'

// What is asked for is a place in the state: another type would be that of something else, whose absence reads like an answer.

/** A part of a list: `limit` entries (at most 1,000) from number `offset`. */
export interface Page {
  offset?: number
  limit?: number
}

/** 32 bytes. @throws OgError `HEX_MALFORMED` */
export const hash = (value: unknown, name: string): Hex => parseHex(value, 32, name)

/** With or without checksum. @throws OgError `HEX_MALFORMED` */
export const address = (value: unknown, name: string): Address =>
  parseAddress(typeof value === 'string' ? value.toLowerCase() : value, name)

/** @throws OgError `CONFIG_INVALID` */
export function whole(value: unknown, name: string): number {
  if (Number.isSafeInteger(value) && (value as number) >= 0) return value as number
  throw refused(name, 'a whole number from 0 on')
}

/** @throws OgError `CONFIG_INVALID` */
export function number(value: unknown, name: string): bigint {
  if (typeof value === 'bigint' && value >= 0n) return value
  throw refused(name, 'a bigint from 0n on')
}

/** @throws OgError `CONFIG_INVALID` */
export function requirePage(page: unknown = {}): Page {
  if (typeof page !== 'object' || page === null) throw refused('page', 'an object, such as { offset: 0, limit: 100 }')
  for (const [name, value] of Object.entries(page)) if (value !== undefined) whole(value, `page.${name}`)
  return page
}

const refused = (name: string, wanted: string): OgError => new OgError('CONFIG_INVALID', `${name} has to be ${wanted}`)
