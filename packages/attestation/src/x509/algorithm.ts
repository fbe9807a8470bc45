import { DerReader, explicit, readOnly, readWhole, TAG } from '../asn1/der.ts'
import { OID } from '../asn1/oids.ts'
import { readOid, readSmall } from '../asn1/values.ts'
import { digestSize } from '../crypto/hash.ts'
import type { HashName, SignatureScheme } from '../crypto/types.ts'
import { demand, refuse } from '../result/rejection.ts'

/** How a certificate or list is signed, and the exact bytes that say so. */
export interface SignatureAlgorithm {
  readonly scheme: SignatureScheme
  readonly hash: HashName
  readonly bytes: Uint8Array
}

const PLAIN: Readonly<Record<string, readonly [SignatureScheme, HashName]>> = {
  [OID.ecdsaSha256]: ['ecdsa', 'SHA-256'],
  [OID.ecdsaSha384]: ['ecdsa', 'SHA-384'],
  [OID.ecdsaSha512]: ['ecdsa', 'SHA-512'],
  [OID.rsaSha256]: ['pkcs1', 'SHA-256'],
  [OID.rsaSha384]: ['pkcs1', 'SHA-384'],
  [OID.rsaSha512]: ['pkcs1', 'SHA-512'],
}
const HASHES: Readonly<Record<string, HashName>> = { [OID.sha256]: 'SHA-256', [OID.sha384]: 'SHA-384', [OID.sha512]: 'SHA-512' }

/** An AlgorithmIdentifier of a signature. SHA-1, MD5 and whatever else is not in the tables above: UNSUPPORTED. */
export function readSignatureAlgorithm(reader: DerReader): SignatureAlgorithm {
  const { value, bytes } = reader.next(TAG.sequence)
  const inner = new DerReader(value)
  const oid = readOid(inner)
  if (oid === OID.rsaPss) return { scheme: 'pss', hash: readPssHash(inner), bytes }
  const [scheme, hash] = PLAIN[oid] ?? refuse('UNSUPPORTED', `Certificates signed by the algorithm ${oid} are not accepted.`)
  // RSA names its absent parameters by NULL (RFC 8017, A.2.4), ECDSA by nothing (RFC 5758, 3.2).
  if (scheme === 'pkcs1') demand(inner.next(TAG.null).value.length === 0, 'MALFORMED', 'A NULL that holds bytes.')
  inner.end('Signature algorithm')
  return { scheme, hash, bytes }
}

/** RSASSA-PSS-params: hash and MGF1 hash the same, the salt as long, the trailer field 1 (which some vendors write out). */
function readPssHash(reader: DerReader): HashName {
  const params = reader.enter(TAG.sequence)
  reader.end('Signature algorithm')
  const hash = readHash(params.enter(explicit(0)))
  const mask = readWhole(params.next(explicit(1)).value, TAG.sequence, 'Mask')
  demand(readOid(mask) === OID.mgf1, 'UNSUPPORTED', 'RSASSA-PSS with another mask than MGF1.')
  demand(readHash(mask) === hash, 'UNSUPPORTED', 'RSASSA-PSS with two different hashes.')
  const salt = readOnly(params.next(explicit(2)).value, TAG.integer, 'Salt')
  demand(readSmall(salt) === digestSize(hash), 'UNSUPPORTED', 'RSASSA-PSS with an unusual salt.')
  const trailer = params.optional(explicit(3))
  if (trailer)
    demand(readSmall(readOnly(trailer.value, TAG.integer, 'Trailer')) === 1, 'UNSUPPORTED', 'RSASSA-PSS with an unusual trailer.')
  params.end('RSASSA-PSS parameters')
  return hash
}

function readHash(reader: DerReader): HashName {
  const algorithm = reader.enter(TAG.sequence)
  reader.end('Hash algorithm')
  const oid = readOid(algorithm)
  const none = algorithm.optional(TAG.null)
  demand(none === undefined || none.value.length === 0, 'MALFORMED', 'A NULL that holds bytes.')
  algorithm.end('Hash algorithm')
  return HASHES[oid] ?? refuse('UNSUPPORTED', `RSASSA-PSS with the hash ${oid} is not accepted.`)
}
