import { isMachineFault } from '@opengradient/protocol'
import { readWhole, TAG } from '../asn1/der.ts'
import { readUnsigned } from '../asn1/values.ts'
import { CURVES } from '../crypto/form.ts'
import type { PublicKey, SignatureCheck } from '../crypto/types.ts'
import { demand } from '../result/rejection.ts'
import type { SignatureAlgorithm } from './algorithm.ts'

/** What certificates and revocation lists have in common. */
export interface Signed {
  readonly signed: Uint8Array
  readonly algorithm: SignatureAlgorithm
  readonly signature: Uint8Array
}

/**
 * Whether the holder of `key` signed it. False also when algorithm and kind of key do not go together, or the signature is malformed.
 * `lasting`: it is an authority's certificate or a list.
 */
export async function isSignedBy(
  { signed, algorithm, signature }: Signed,
  key: PublicKey,
  check: SignatureCheck,
  lasting = false,
): Promise<boolean> {
  const { scheme, hash } = algorithm
  if ((key.kind === 'ec') !== (scheme === 'ecdsa')) return false
  const raw = key.kind === 'ec' ? rawEcdsa(signature, CURVES[key.curve].size) : signature
  return raw !== undefined && (await check({ key, scheme, hash, signature: raw, message: signed, lasting }))
}

/** r ‖ s of an Ecdsa-Sig-Value in strict DER; undefined if it is malformed. */
export function rawEcdsa(der: Uint8Array, size: number): Uint8Array | undefined {
  try {
    const pair = readWhole(der, TAG.sequence, 'Signature')
    const raw = new Uint8Array(2 * size)
    for (const end of [size, 2 * size]) {
      const number = readUnsigned(pair.next(TAG.integer), size)
      raw.set(number, end - number.length)
    }
    demand(pair.done, 'MALFORMED', 'Bytes after a signature.')
    return raw
  } catch (error) {
    if (isMachineFault(error)) throw error
    return undefined
  }
}
