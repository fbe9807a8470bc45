import { concatBytes } from '@opengradient/protocol'
import type { BinaryReader } from '../binary/reader.ts'
import type { HashName, PublicKey, SignatureScheme } from '../crypto/types.ts'
import { demand, refuse } from '../result/rejection.ts'
import { buffer, TPM_HASHES } from './quote.ts'

/** A TPMT_SIGNATURE: RSASSA, RSAPSS or ECDSA. */
export interface TpmSignature {
  readonly scheme: SignatureScheme
  readonly hash: HashName
  /** r and s apart for ECDSA, which a TPM writes without leading zeros or with. */
  readonly parts: readonly Uint8Array[]
}

const SCHEMES: Readonly<Record<number, SignatureScheme>> = { 20: 'pkcs1', 22: 'pss', 24: 'ecdsa' }

export function readTpmSignature(r: BinaryReader): TpmSignature {
  const scheme = SCHEMES[r.big(2)] ?? refuse('UNSUPPORTED', 'TPM: a signature scheme that is not accepted.')
  const hash = TPM_HASHES[r.big(2)] ?? refuse('UNSUPPORTED', 'TPM: a signature with a hash that is not accepted.')
  const parts = scheme === 'ecdsa' ? [buffer(r, 48), buffer(r, 48)] : [buffer(r, 512)]
  return { scheme, hash, parts }
}

/** The signature as the port of signatures takes it for this key; MALFORMED when it cannot be of it. */
export function rawSignature({ scheme, parts }: TpmSignature, key: PublicKey): Uint8Array {
  demand(
    (key.kind === 'ec') === (scheme === 'ecdsa'),
    'SIGNATURE_INVALID',
    'TPM: the signature is by another kind of key than the certificate’s.',
  )
  if (key.kind === 'rsa') return parts[0]!
  const size = key.curve === 'P-256' ? 32 : 48
  demand(
    parts.every((part) => part.length <= size),
    'MALFORMED',
    'TPM: a number that is longer than the key.',
  )
  return concatBytes(...parts.map((part) => concatBytes(new Uint8Array(size - part.length), part)))
}
