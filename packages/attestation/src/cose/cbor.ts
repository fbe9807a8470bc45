import { decode } from 'cborg'
import { refuse } from '../result/rejection.ts'

/**
 * CBOR (RFC 8949) in its one form: shortest integers and lengths, no key twice, no floats beyond numbers, no tags, nothing after the value. Maps come as
 * `Map`. `indefinite` admits maps and lists of indefinite length, which the Nitro module writes. MALFORMED otherwise.
 */
export function readCbor(bytes: Uint8Array, { indefinite = false } = {}): unknown {
  try {
    return decode(bytes, {
      strict: true,
      useMaps: true,
      rejectDuplicateMapKeys: true,
      allowIndefinite: indefinite,
      allowUndefined: false,
      allowInfinity: false,
      allowNaN: false,
      allowBigInt: true,
    })
  } catch (error) {
    return refuse('MALFORMED', `CBOR: ${error instanceof Error ? error.message : 'not readable'}.`)
  }
}
