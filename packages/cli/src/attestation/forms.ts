import { fromBase64, fromBase64url, hexToBytes, isOgError, OgError, parseHex, utf8 } from '@opengradient/protocol'

const PEM = /-----BEGIN ([A-Z0-9 ]+)-----\s*([A-Za-z0-9+/=\s]+?)\s*-----END \1-----/g
/** Blocks of one PEM file. */
const MAX_BLOCKS = 32

/** The text of a file that is nothing but text, or undefined: binary formats hold bytes that no text has. */
export function textOf(bytes: Uint8Array): string | undefined {
  const ascii = bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 9 || byte === 10 || byte === 13)
  return ascii ? new TextDecoder().decode(bytes).trim() : undefined
}

/** Binary data from a file that holds it as it is, or in hex, base64 or base64url. JSON stays as it is. @throws OgError `USAGE` */
export function binary(bytes: Uint8Array, name: string): Uint8Array {
  const text = textOf(bytes)
  if (text === undefined || text === '' || text.startsWith('{') || text.startsWith('[')) return bytes
  const plain = text.replace(/\s+/g, '')
  const digits = /^(?:0x)?((?:[0-9a-f]{2})+)$/i.exec(plain)?.[1]
  if (digits !== undefined) return hexToBytes(parseHex(`0x${digits.toLowerCase()}`))
  try {
    return /[-_]/.test(plain) ? fromBase64url(plain.replace(/=+$/, '')) : fromBase64(plain)
  } catch (cause) {
    if (!isOgError(cause)) throw cause
    throw new OgError('USAGE', `${name} is text, and neither hex nor base64 nor JSON: ${cause.message}`, { cause })
  }
}

/** Certificates or revocation lists (DER) from a file: one in DER, hex or base64, or any number in PEM. @throws OgError `USAGE` */
export function derList(bytes: Uint8Array, name: string, label: 'CERTIFICATE' | 'X509 CRL'): Uint8Array[] {
  const text = textOf(bytes)
  if (text === undefined || !text.includes('-----BEGIN ')) return [binary(bytes, name)]
  const blocks = [...text.matchAll(PEM)]
  const wrong = blocks.find(([, kind]) => kind !== label)
  if (wrong) throw new OgError('USAGE', `${name}: expected PEM blocks of "${label}", found "${wrong[1]}"`)
  if (blocks.length === 0 || blocks.length > MAX_BLOCKS)
    throw new OgError('USAGE', `${name}: expected 1 to ${MAX_BLOCKS} PEM blocks of "${label}", found ${blocks.length}`)
  return blocks.map(([, , body = '']) => binary(utf8(body), name))
}

const ISO = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?(?:\.\d+)?(?:Z|[+-]\d{2}:\d{2})$/

/** Unix seconds of `--at`: ISO 8601 with a time zone, or seconds. Without it the clock's. @throws OgError `USAGE` */
export function timeOf(given: unknown, now: number): number {
  if (given === undefined) return Math.floor(now / 1000)
  const text = String(given)
  const seconds = /^\d{1,11}$/.test(text) ? Number(text) : ISO.test(text) ? Math.floor(Date.parse(text) / 1000) : Number.NaN
  if (!Number.isSafeInteger(seconds) || seconds < 0)
    throw new OgError('USAGE', `--at ${text}: expected a time with its zone, such as 2026-02-12T18:00:00Z, or Unix seconds`)
  return seconds
}
