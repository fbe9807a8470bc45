import { concatBytes, uintBytes, utf8 } from '@opengradient/protocol'

/** One element: tag, length, parts. */
export function tlv(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const value = concatBytes(...parts)
  return concatBytes(Uint8Array.of(tag, ...size(value.length)), value)
}

/** A length in its shortest form. */
function size(length: number): number[] {
  if (length < 0x80) return [length]
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest & 255)
  return [0x80 | bytes.length, ...bytes]
}

export const seq = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x30, ...parts)
export const set = (...parts: readonly Uint8Array[]): Uint8Array => tlv(0x31, ...parts)
export const octets = (value: Uint8Array): Uint8Array => tlv(0x04, value)
export const bits = (value: Uint8Array, unused = 0): Uint8Array => tlv(0x03, Uint8Array.of(unused), value)
export const text = (value: string): Uint8Array => tlv(0x0c, utf8(value))
export const ia5 = (value: string): Uint8Array => tlv(0x16, utf8(value))
export const NULL = tlv(0x05)
export const TRUE = tlv(0x01, Uint8Array.of(0xff))
export const wrap = (n: number, ...parts: readonly Uint8Array[]): Uint8Array => tlv(0xa0 | n, ...parts)

/** A non-negative INTEGER. */
export function int(value: number | bigint | Uint8Array): Uint8Array {
  const raw = value instanceof Uint8Array ? value : uintBytes(value, 24)
  const start = raw.findIndex((byte) => byte !== 0)
  const bytes = start < 0 ? Uint8Array.of(0) : raw.subarray(start)
  return bytes[0]! >= 0x80 ? tlv(2, Uint8Array.of(0), bytes) : tlv(2, bytes)
}

export function oid(dotted: string): Uint8Array {
  const [first, second, ...rest] = dotted.split('.').map(Number) as [number, number, ...number[]]
  const arc = (value: number): number[] => {
    const out = [value % 128]
    for (let left = Math.floor(value / 128); left > 0; left = Math.floor(left / 128)) out.unshift((left % 128) | 0x80)
    return out
  }
  return tlv(6, Uint8Array.from([...arc(first * 40 + second), ...rest.flatMap(arc)]))
}

/** UTCTime up to 2049, GeneralizedTime after. */
export function time(seconds: number): Uint8Array {
  const digits = new Date(seconds * 1000).toISOString().replace(/[-:T]|\.\d+/g, '')
  return Number(digits.slice(0, 4)) < 2050 ? tlv(0x17, utf8(digits.slice(2))) : tlv(0x18, utf8(digits))
}

/** A distinguished name: organization (if any), then common name. */
export const name = (commonName: string, organization?: string): Uint8Array =>
  seq(...(organization === undefined ? [] : [set(seq(oid('2.5.4.10'), text(organization)))]), set(seq(oid('2.5.4.3'), text(commonName))))

export const extension = (id: string, value: Uint8Array, critical = false): Uint8Array =>
  seq(oid(id), ...(critical ? [TRUE] : []), octets(value))
