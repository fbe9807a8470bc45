import { isBytes } from '@opengradient/protocol'
import type { Fail } from './fail.ts'

/** Readers of decoded CBOR, whose numbers are safe integers: each gives a typed value, or refuses through `fail` and names the place. */
export interface Reader {
  /** A map with every key of `keys`, perhaps some of `optional`, and no other. */
  map<K extends string, O extends string = never>(
    value: unknown,
    place: string,
    keys: readonly K[],
    optional?: readonly O[],
  ): Record<K, unknown> & Partial<Record<O, unknown>>
  list(value: unknown, place: string, max: number, min?: number): readonly unknown[]
  int(value: unknown, place: string, min: number, max: number): number
  ints(value: unknown, place: string, min: number, max: number, most: number): readonly number[]
  /** Text of at most `max` UTF-16 units. */
  text(value: unknown, place: string, max: number): string
  /** A byte string of exactly `length` bytes. */
  bytes(value: unknown, place: string, length: number): Uint8Array
}

export function readerOf(fail: Fail): Reader {
  function int(value: unknown, place: string, min: number, max: number): number {
    if (typeof value !== 'number') fail(place, 'is not an integer')
    if (value < min || value > max) fail(place, `is ${value}, outside ${min}..${max}`)
    return value
  }

  function list(value: unknown, place: string, max: number, min = 0): readonly unknown[] {
    if (!Array.isArray(value)) fail(place, 'is not a list')
    if (value.length < min || value.length > max) fail(place, `has ${value.length} items, outside ${min}..${max}`)
    return value
  }

  return {
    int,
    list,
    ints: (value, place, min, max, most) => list(value, place, most).map((item, i) => int(item, `${place}[${i}]`, min, max)),
    text(value, place, max) {
      if (typeof value !== 'string') fail(place, 'is not a text')
      if (value.length > max) fail(place, `is longer than ${max}`)
      return value
    },
    bytes(value, place, length) {
      if (!isBytes(value)) fail(place, 'is not a byte string')
      if (value.length !== length) fail(place, `has ${value.length} bytes, not ${length}`)
      return value
    },
    map(value, place, keys, optional = []) {
      if (!(value instanceof Map)) fail(place, 'is not a map')
      for (const key of keys) if (!value.has(key)) fail(place, `has no key ${key}`)
      for (const key of value.keys()) {
        if (![...keys, ...optional].includes(key)) fail(place, `has the unknown key ${JSON.stringify(String(key).slice(0, 64))}`)
      }
      return Object.fromEntries(value)
    },
  }
}
