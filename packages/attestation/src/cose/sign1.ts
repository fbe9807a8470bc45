import { concatBytes, equalBytes, isBytes, uintBytes, utf8 } from '@opengradient/protocol'
import type { HashName, PublicKey, SignatureCheck } from '../crypto/types.ts'
import { demand } from '../result/rejection.ts'
import { readCbor } from './cbor.ts'

/** A COSE_Sign1 message (RFC 9052, 4.2), without a tag. */
export interface Sign1 {
  readonly protectedHeader: Uint8Array
  readonly payload: Uint8Array
  readonly signature: Uint8Array
}

/** The protected header {1: -35}: ECDSA with SHA-384 (RFC 9053, 2.1). */
const ES384 = Uint8Array.of(0xa1, 0x01, 0x38, 0x22)

/** Reads a message whose unprotected header is empty, as hardware writes it. Another algorithm than ES384: UNSUPPORTED. */
export function readSign1(bytes: Uint8Array): Sign1 {
  const parts = readCbor(bytes)
  demand(Array.isArray(parts) && parts.length === 4, 'MALFORMED', 'COSE: not a list of four.')
  const [protectedHeader, unprotected, payload, signature] = parts as unknown[]
  const bytesEach = isBytes(protectedHeader) && isBytes(payload) && isBytes(signature)
  demand(bytesEach && unprotected instanceof Map && unprotected.size === 0, 'MALFORMED', 'COSE: not the parts of a COSE_Sign1.')
  demand(equalBytes(protectedHeader, ES384), 'UNSUPPORTED', 'COSE: another algorithm than ES384.')
  return { protectedHeader, payload, signature }
}

/** Whether the holder of `key` signed the message (RFC 9052, 4.4: no external data), of 256 to 65,535 bytes as every document. */
export async function isSign1By({ protectedHeader, payload, signature }: Sign1, key: PublicKey, check: SignatureCheck): Promise<boolean> {
  const hash: HashName = 'SHA-384'
  if (key.kind !== 'ec' || key.curve !== 'P-384') return false
  // A list of four: the context, the header, no external data, and a payload whose length takes two bytes.
  const parts = [Uint8Array.of(0x84, 0x6a), utf8('Signature1'), Uint8Array.of(0x44), protectedHeader, Uint8Array.of(0x40, 0x59)]
  const message = concatBytes(...parts, uintBytes(payload.length, 2), payload)
  return check({ key, scheme: 'ecdsa', hash, signature, message })
}
