import { demand, refuse } from '../result/rejection.ts'
import { type DerReader, type Element, TAG } from './der.ts'

/** An OBJECT IDENTIFIER in dotted form. */
export function readOid(reader: DerReader): string {
  const { value } = reader.next(TAG.oid)
  demand(value.length <= 64 && value.at(-1)! < 0x80, 'MALFORMED', 'DER: a broken object identifier.')
  const arcs: number[] = []
  let arc = 0
  let fresh = true
  for (const byte of value) {
    demand(!(fresh && byte === 0x80) && arc < 2 ** 45, 'MALFORMED', 'DER: an object identifier that is not in its shortest form.')
    arc = arc * 128 + (byte & 0x7f)
    fresh = byte < 0x80
    if (!fresh) continue
    arcs.push(arc)
    arc = 0
  }
  const first = arcs[0]!
  const top = Math.min(2, Math.floor(first / 40))
  return [top, first - top * 40, ...arcs.slice(1)].join('.')
}

/** A non-negative INTEGER as big-endian bytes without leading zeros (empty for 0), at most `maxBytes` of them. */
export function readUnsigned(element: Element, maxBytes: number): Uint8Array {
  const { value } = element
  demand(value[0]! < 0x80, 'MALFORMED', 'DER: an integer that is negative or has no bytes.')
  demand(value.length === 1 || value[0] !== 0 || value[1]! >= 0x80, 'MALFORMED', 'DER: an integer that is not in its shortest form.')
  const bytes = value[0] === 0 ? value.subarray(1) : value
  demand(bytes.length <= maxBytes, 'MALFORMED', `DER: an integer of more than ${maxBytes} bytes.`)
  return bytes
}

/** A non-negative INTEGER below 2^48. */
export function readSmall(element: Element): number {
  return readUnsigned(element, 6).reduce((value, byte) => value * 256 + byte, 0)
}

export function readBoolean(element: Element): boolean {
  const { value } = element
  demand(value.length === 1 && (value[0] === 0 || value[0] === 0xff), 'MALFORMED', 'DER: a boolean that is neither 00 nor FF.')
  return value[0] === 0xff
}

/** A BIT STRING of whole bytes, as keys and signatures are. */
export function readBitBytes(reader: DerReader): Uint8Array {
  const { value } = reader.next(TAG.bitString)
  demand(value[0] === 0, 'MALFORMED', 'DER: a bit string that is not of whole bytes.')
  return value.subarray(1)
}

/**
 * A BIT STRING of named flags: the numbers of the bits that are set. Unused bits must be zero; zero bits at the end, which DER would leave out,
 * are accepted, because AMD's authorities have them.
 */
export function readFlags(element: Element): ReadonlySet<number> {
  const unused = element.value[0] ?? refuse('MALFORMED', 'DER: a bit string without bytes.')
  const bits = element.value.subarray(1)
  const sound = bits.length === 0 ? unused === 0 : unused < 8 && (bits.at(-1)! & ((1 << unused) - 1)) === 0
  demand(sound && bits.length <= 4, 'MALFORMED', 'DER: a bit string with unused bits that are not zero.')
  const set = new Set<number>()
  for (let i = 0; i < bits.length * 8; i++) if ((bits[i >> 3]! >> (7 - (i & 7))) & 1) set.add(i)
  return set
}

const UTC = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/
const GENERALIZED = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/

/** A Time of RFC 5280 (4.1.2.5) in Unix seconds: UTCTime up to 2049, GeneralizedTime after, both in whole seconds and with Z. */
export function readTime(reader: DerReader): number {
  const { tag, value } = reader.next()
  const text = String.fromCharCode(...value.subarray(0, 20))
  const parts = (tag === TAG.utcTime ? UTC : tag === TAG.generalizedTime ? GENERALIZED : undefined)?.exec(text)
  if (!parts) return refuse('MALFORMED', 'DER: a time that is not in the form of RFC 5280.')
  const [, y, month, day, hour, minute, second] = parts.map(Number) as [number, number, number, number, number, number, number]
  const year = tag === TAG.utcTime ? (y < 50 ? 2000 + y : 1900 + y) : y
  demand(tag === TAG.utcTime || year >= 2050, 'MALFORMED', 'DER: a time before 2050 that is not a UTCTime.')
  const time = Date.UTC(year, month - 1, day, hour, minute, second)
  // A part beyond its bounds becomes another time: written out it is no longer what was read.
  const back = new Date(time).toISOString().replace(/\D/g, '').slice(0, 14)
  demand(`${back}Z`.endsWith(text), 'MALFORMED', 'DER: a time that does not exist.')
  return time / 1000
}
