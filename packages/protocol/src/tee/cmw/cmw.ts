import { equalBytes, utf8 } from '../../bytes/bytes.ts'
import { canonicalJson } from '../../json/canonical.ts'
import type { AttestationEvidence } from '../attestation.ts'
import { malformed, readCmw } from './read.ts'
import { cmwOf } from './write.ts'

/** Media type of a CMW collection in JSON. */
export const CMW_MEDIA_TYPE = 'application/cmw+json'

/**
 * An attestation as a conceptual message wrapper (RFC 9999): a JSON collection of records `[media type, base64url, indicator]`, in canonical
 * JSON. Throws `ATTESTATION_MALFORMED` for what `parseCmw` would refuse.
 */
export function encodeCmw(value: AttestationEvidence): Uint8Array {
  const bytes = utf8(canonicalJson(cmwOf(value)))
  readCmw(bytes)
  return bytes
}

/** The inverse of `encodeCmw` for untrusted bytes: at most 512 KiB, one form only. Throws `ATTESTATION_MALFORMED`. */
export function parseCmw(bytes: Uint8Array): AttestationEvidence {
  const value = readCmw(bytes)
  if (!equalBytes(utf8(canonicalJson(cmwOf(value))), bytes)) throw malformed('the bytes are not canonical JSON')
  return value
}
