import { bytesToUint } from '@opengradient/protocol'
import { type DerReader, readWhole, TAG } from '../asn1/der.ts'
import { OID } from '../asn1/oids.ts'
import { readBitBytes, readOid, readUnsigned } from '../asn1/values.ts'
import { CURVES } from '../crypto/form.ts'
import type { PublicKey } from '../crypto/types.ts'
import { demand, refuse } from '../result/rejection.ts'

/** Bytes of the largest RSA modulus, 4096 bits. */
const MAX_MODULUS = 512

/** A SubjectPublicKeyInfo: P-256 or P-384 with an uncompressed point, or RSA with the exponent 65537. */
export function readPublicKey(reader: DerReader): PublicKey {
  const info = reader.enter(TAG.sequence)
  const algorithm = info.enter(TAG.sequence)
  const oid = readOid(algorithm)
  if (oid === OID.ecPublicKey) {
    const name = readOid(algorithm)
    algorithm.end('Key algorithm')
    const curve =
      name === OID.p256 ? 'P-256' : name === OID.p384 ? 'P-384' : refuse('UNSUPPORTED', `Keys on the curve ${name} are not accepted.`)
    const point = readBitBytes(info)
    info.end('Public key')
    demand(point.length === 1 + 2 * CURVES[curve].size && point[0] === 4, 'MALFORMED', 'A public key that is not an uncompressed point.')
    return { kind: 'ec', curve, point }
  }
  demand(oid === OID.rsaEncryption, 'UNSUPPORTED', `Keys of the kind ${oid} are not accepted.`)
  demand(algorithm.next(TAG.null).value.length === 0, 'MALFORMED', 'A NULL that holds bytes.')
  algorithm.end('Key algorithm')
  const key = readWhole(readBitBytes(info), TAG.sequence, 'RSA key')
  info.end('Public key')
  const modulus = readUnsigned(key.next(TAG.integer), MAX_MODULUS)
  demand(
    bytesToUint(readUnsigned(key.next(TAG.integer), 8)) === 65537n,
    'UNSUPPORTED',
    'RSA keys with another exponent than 65537 are not accepted.',
  )
  key.end('RSA key')
  demand(modulus.length >= 256, 'UNSUPPORTED', 'RSA keys below 2048 bits are not accepted.')
  return { kind: 'rsa', modulus }
}
