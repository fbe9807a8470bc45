import { concatBytes } from '@opengradient/protocol'
import { encode } from 'cborg'
import { AUTHORITY, type CertificateOptions, issuerOf, LEAF, type Lineage } from './ca.ts'
import type { SigningKey } from './keys.ts'

export interface NitroKeys {
  readonly root: SigningKey
  readonly zone: SigningKey
  readonly leaf: SigningKey
}

export interface NitroCertificates {
  readonly root: Uint8Array
  readonly zone: Uint8Array
  /** Of one enclave: it lives for hours. */
  readonly leaf: (o: Pick<CertificateOptions, 'notBefore' | 'notAfter'>) => Uint8Array
}

/** AWS: root → zone → enclave. */
export function nitroCertificates(keys: NitroKeys, lineage: Lineage): NitroCertificates {
  const issue = issuerOf(lineage)
  const { root } = lineage
  return {
    root: issue({ subject: root, issuer: root, key: keys.root, by: keys.root, ...AUTHORITY }),
    zone: issue({ subject: 'zone', issuer: root, key: keys.zone, by: keys.root, ...AUTHORITY, pathLength: 0 }),
    leaf: (dates) => issue({ subject: 'enclave', issuer: 'zone', key: keys.leaf, by: keys.zone, ...LEAF, ...dates }),
  }
}

/** The signed message (COSE_Sign1) over a document. */
export function nitroMessage(payload: Uint8Array, by: SigningKey, header: Uint8Array = Uint8Array.of(0xa1, 1, 0x38, 0x22)): Uint8Array {
  const signature = by.raw(encode(['Signature1', header, new Uint8Array(), payload]))
  return encode([header, new Map(), payload, signature])
}

/** A document in the form that the hardware writes: a map of indefinite length. */
export function indefinite(members: Readonly<Record<string, unknown>>): Uint8Array {
  const entries = Object.entries(members).flatMap(([key, value]) => [encode(key), encode(value)])
  return concatBytes(Uint8Array.of(0xbf), ...entries, Uint8Array.of(0xff))
}
