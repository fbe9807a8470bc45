import { concatBytes, uintBytes, utf8 } from '@opengradient/protocol'
import { readCbor } from '../../cose/cbor.ts'
import { failed } from '../errors.ts'

/** Bytes of the longest answer of the module (linux/nsm.h). */
export const MAX_RESPONSE = 12_288

const NULL = Uint8Array.of(0xf6)
const map = (...pairs: readonly (readonly [string, Uint8Array])[]): Uint8Array =>
  concatBytes(Uint8Array.of(0xa0 | pairs.length), ...pairs.flatMap(([key, value]) => [text(key), value]))
const text = (value: string): Uint8Array => concatBytes(Uint8Array.of(0x60 | utf8(value).length), utf8(value))
/** Up to 255 bytes, with the length in its shortest form. */
const bytes = (value: Uint8Array): Uint8Array =>
  concatBytes(value.length < 24 ? Uint8Array.of(0x40 | value.length) : concatBytes(Uint8Array.of(0x58), uintBytes(value.length, 1)), value)

/** The request for a document over this data, in CBOR (aws-nitro-enclaves-nsm-api, `Request::Attestation`). */
export const attestationRequest = (userData: Uint8Array): Uint8Array =>
  map(['Attestation', map(['user_data', bytes(userData)], ['nonce', NULL], ['public_key', NULL])])

/** The document in an answer. ATTESTER_FAILED with the module's own code when it refused. */
export function readAttestationResponse(response: Uint8Array): Uint8Array {
  const value = readCbor(response, { indefinite: true })
  const error = value instanceof Map ? value.get('Error') : undefined
  if (typeof error === 'string') throw failed(`The Nitro security module refused: ${error.slice(0, 64)}`)
  const attestation = value instanceof Map ? value.get('Attestation') : undefined
  const document = attestation instanceof Map ? attestation.get('document') : undefined
  if (document instanceof Uint8Array) return document
  throw failed('The Nitro security module answered something else than a document')
}
