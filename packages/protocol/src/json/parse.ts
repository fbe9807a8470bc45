import { utf8 } from '../bytes/bytes.ts'
import { OgError } from '../error/error.ts'
import { isBytes } from '../realm/realm.ts'
import { scanJson } from './scan.ts'

/** What of an untrusted JSON text is read at most; a text beyond it is refused. */
export interface JsonLimits {
  /** Most bytes of UTF-8. */
  maxBytes: number
  /** Most arrays and objects inside one another. */
  maxDepth: number
  /** Most values (objects, arrays, strings, numbers, literals); one million if absent. */
  maxNodes?: number
  /**
   * Reads whole numbers beyond ±(2^53 − 1) as the nearest double instead of refusing them. For tensors of floats only, where
   * JavaScript writes 1e17 as 100000000000000000; whoever sets it must refuse unsafe integers where integers are meant.
   */
  inexactNumbers?: boolean
}

const DEFAULT_MAX_NODES = 1_000_000
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * JSON (RFC 8259) as hostile input may hold it, read in the only way that two readers cannot differ about: valid UTF-8
 * without byte order mark or lone surrogates, no key twice (after unescaping), no `__proto__`, no whole number beyond
 * ±(2^53 − 1), no number beyond a double, bounded bytes, depth and values. Throws `JSON_*`, naming offset and limit.
 */
export function parseStrictJson(input: Uint8Array | string, limits: JsonLimits): unknown {
  if (typeof input !== 'string' && !isBytes(input))
    throw new OgError('JSON_SYNTAX', 'JSON is read from bytes (a Uint8Array) or a text; this is neither.')
  // UTF-8 has no fewer bytes than the text has code units, so that a huge text need not be encoded to be refused.
  checkLength(input.length, limits.maxBytes)
  const bytes = typeof input === 'string' ? encode(input) : input
  checkLength(bytes.length, limits.maxBytes)
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) {
    throw new OgError('JSON_BOM', 'The JSON begins with a byte order mark. Save it as UTF-8 without one.', { details: { offset: 0 } })
  }
  const text = typeof input === 'string' ? input : decode(bytes)
  const { maxDepth, maxNodes = DEFAULT_MAX_NODES, inexactNumbers = false } = limits
  scanJson(bytes, { maxDepth, maxNodes, inexactNumbers })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new OgError('JSON_SYNTAX', 'The text is not JSON.', { cause })
  }
}

function checkLength(bytes: number, limit: number): void {
  if (bytes > limit)
    throw new OgError('JSON_TOO_LARGE', `The JSON has ${bytes} bytes; the limit is ${limit}.`, { details: { bytes, limit } })
}

function encode(text: string): Uint8Array {
  try {
    return utf8(text)
  } catch (cause) {
    throw new OgError('JSON_NOT_UTF8', 'The text holds a lone surrogate, which UTF-8 cannot express. Remove it.', { cause })
  }
}

function decode(bytes: Uint8Array): string {
  try {
    return decoder.decode(bytes)
  } catch (cause) {
    throw new OgError('JSON_NOT_UTF8', 'The bytes are not valid UTF-8. Encode the JSON as UTF-8.', { cause })
  }
}
